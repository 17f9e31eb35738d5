//! Where events go: to a terminal or, as JSON lines, to a program; and to any number of others, who subscribe.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use console::Term;

use super::display::Display;
use super::events::{Event, Stamped};
use super::outlet::Outlet;
use super::subscription::{self, Subscriber, Subscription, Tell};
use super::work::Work;
use crate::json_lines;
use crate::listen::control::Choice;

/// Shows events.
pub(crate) struct Report {
    output: Output,
    subscribers: Vec<Tell>,
    work: Arc<Work>,
}

/// Who sees all events, and without whom there is no use in listening.
enum Output {
    Terminal(Display),
    /// JSON lines on standard output.
    Standard(Outlet),
    /// JSON lines for someone within the program.
    Lines(Box<dyn Write>),
}

impl Report {
    /// On standard output: a display where there is a terminal that can be redrawn, unless JSON is asked for.
    pub(crate) fn new(json: bool) -> Self {
        let output = if json || !Term::stdout().is_term() || console::is_dumb() {
            Outlet::standard().map_or_else(|_| Output::Lines(Box::new(io::stdout())), Output::Standard)
        } else {
            Output::Terminal(Display::new())
        };
        Self::on(output)
    }

    /// As JSON lines, for someone within the program.
    pub(crate) fn lines(out: impl Write + 'static) -> Self {
        Self::on(Output::Lines(Box::new(out)))
    }

    fn on(output: Output) -> Self {
        Self { output, subscribers: Vec::new(), work: Arc::new(Work::new()) }
    }

    /// Tells someone else of events too, who can neither hold up nor break listening: [`subscription::start`].
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn subscribe<T: Send + 'static>(
        &mut self,
        name: &str,
        room: usize,
        pick: impl FnMut(&Event<'_>, SystemTime) -> Option<T> + 'static,
        work: impl FnOnce(Subscription<T>) + Send + 'static,
    ) -> io::Result<Subscriber> {
        let (tell, subscriber) = subscription::start(name, room, pick, work)?;
        self.subscribers.push(tell);
        Ok(subscriber)
    }

    /// Whether someone watches a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.output, Output::Terminal(_))
    }

    /// Shows the languages that keys choose, from now on.
    pub(crate) fn offer(&mut self, choices: Vec<Choice>) {
        if let Output::Terminal(display) = &mut self.output {
            display.offer(choices);
        }
    }

    /// Shows an event to everyone; a level to those alone who read standard output.
    pub(crate) fn show(&mut self, event: &Event<'_>) -> io::Result<()> {
        let now = SystemTime::now();
        if !matches!(event, Event::Level { .. }) {
            self.tell(event, now);
        }
        self.output.show(event, now)
    }

    /// Shows a level to the viewers.
    pub(crate) fn show_viewers(&mut self, level: &Event<'_>) {
        self.tell(level, SystemTime::now());
    }

    fn tell(&mut self, event: &Event<'_>, now: SystemTime) {
        self.subscribers.iter_mut().for_each(|tell| tell(event, now));
    }

    /// Whether there are viewers, who want levels whatever standard output gets.
    pub(crate) fn is_viewed(&self) -> bool {
        self.work.is_viewed()
    }

    /// Counts samples that were worked on for so long.
    pub(crate) fn count(&self, samples: usize, took: Duration) {
        self.work.heard(samples, took);
    }

    /// What was counted, for others to read.
    pub(crate) fn work(&self) -> Arc<Work> {
        Arc::clone(&self.work)
    }

    /// Writes what a reader has not taken before, if it does now.
    pub(crate) fn pass_on(&mut self) -> io::Result<()> {
        if let Output::Standard(outlet) = &mut self.output { outlet.pass_on() } else { Ok(()) }
    }

    /// From one level to the next, of audio, if nothing else is asked for.
    pub(crate) fn level_interval(&self) -> Duration {
        Duration::from_millis(match self.output {
            Output::Terminal(_) => 100,
            Output::Standard(_) | Output::Lines(_) => 500,
        })
    }
}

impl Output {
    fn show(&mut self, event: &Event<'_>, now: SystemTime) -> io::Result<()> {
        match self {
            Self::Terminal(display) => display.show(event),
            // A level that comes too late says nothing.
            Self::Standard(outlet) if outlet.is_behind() && matches!(event, Event::Level { .. }) => {
                outlet.pass_on()
            }
            Self::Standard(outlet) => {
                let mut line = Vec::new();
                json_lines::write(&mut line, &Stamped::new(event, now))?;
                outlet.line(&line)?;
                if matches!(event, Event::Summary { .. }) { outlet.end() } else { Ok(()) }
            }
            Self::Lines(out) => {
                json_lines::write(out, &Stamped::new(event, now))?;
                out.flush()
            }
        }
    }
}
