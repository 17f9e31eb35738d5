//! Where events go: to a terminal or, as JSON lines, to a program.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use console::Term;

use super::display::Display;
use super::events::{Event, Stamped};
use super::outlet::Outlet;
use crate::json_lines;
use crate::listen::control::Choice;

/// Shows events, on standard output.
pub(crate) enum Report {
    Terminal(Display),
    /// JSON lines on standard output.
    Standard(Outlet),
    /// JSON lines for someone within the program.
    Lines(Box<dyn Write>),
}

impl Report {
    /// A display where there is a terminal that can be redrawn, unless JSON is asked for.
    pub(crate) fn new(json: bool) -> Self {
        if json || !Term::stdout().is_term() || console::is_dumb() {
            Outlet::standard().map_or_else(|_| Self::Lines(Box::new(io::stdout())), Self::Standard)
        } else {
            Self::Terminal(Display::new())
        }
    }

    /// Whether someone watches a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }

    /// Shows the languages that keys choose, from now on.
    pub(crate) fn offer(&mut self, choices: Vec<Choice>) {
        if let Self::Terminal(display) = self {
            display.offer(choices);
        }
    }

    pub(crate) fn show(&mut self, event: &Event<'_>) -> io::Result<()> {
        match self {
            Self::Terminal(display) => display.show(event),
            // A level that comes too late says nothing.
            Self::Standard(outlet) if outlet.is_behind() && matches!(event, Event::Level { .. }) => {
                outlet.pass_on()
            }
            Self::Standard(outlet) => {
                let mut line = Vec::new();
                json_lines::write(&mut line, &Stamped::new(event, SystemTime::now()))?;
                outlet.line(&line)?;
                if matches!(event, Event::Summary { .. }) { outlet.end() } else { Ok(()) }
            }
            Self::Lines(out) => {
                json_lines::write(out, &Stamped::new(event, SystemTime::now()))?;
                out.flush()
            }
        }
    }

    /// Writes what a reader has not taken before, if it does now.
    pub(crate) fn pass_on(&mut self) -> io::Result<()> {
        if let Self::Standard(outlet) = self { outlet.pass_on() } else { Ok(()) }
    }

    /// From one level to the next, of audio, if nothing else is asked for.
    pub(crate) fn level_interval(&self) -> Duration {
        Duration::from_millis(match self {
            Self::Terminal(_) => 100,
            Self::Standard(_) | Self::Lines(_) => 500,
        })
    }
}
