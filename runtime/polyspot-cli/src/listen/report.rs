//! Where events go: to a terminal or, as JSON lines, to a program.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use console::Term;

use super::choices::Choice;
use super::display::Display;
use super::events::{Event, Stamped};
use crate::json_lines;

/// Shows events, on standard output.
pub(super) enum Report {
    Terminal(Display),
    Lines(Box<dyn Write>),
}

impl Report {
    /// A display where there is a terminal that can be redrawn, unless JSON is asked for.
    pub(super) fn new(json: bool) -> Self {
        if json || !Term::stdout().is_term() || console::is_dumb() {
            Self::Lines(Box::new(io::stdout()))
        } else {
            Self::Terminal(Display::new())
        }
    }

    /// Whether someone watches a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }

    /// Shows the languages that keys choose, from now on.
    pub(super) fn offer(&mut self, choices: Vec<Choice>) {
        if let Self::Terminal(display) = self {
            display.offer(choices);
        }
    }

    pub(super) fn show(&mut self, event: &Event<'_>) -> io::Result<()> {
        match self {
            Self::Terminal(display) => display.show(event),
            Self::Lines(out) => {
                json_lines::write(out, &Stamped::new(event, SystemTime::now()))?;
                out.flush()
            }
        }
    }

    /// From one level to the next, of audio, if nothing else is asked for.
    pub(super) fn level_interval(&self) -> Duration {
        Duration::from_millis(match self {
            Self::Terminal(_) => 100,
            Self::Lines(_) => 500,
        })
    }
}
