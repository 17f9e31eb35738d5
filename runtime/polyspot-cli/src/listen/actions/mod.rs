//! Commands that are run when a keyword is heard.
//!
//! ```text
//! detection ─ Facts ─ Actions: Template ─ Order ─ Runner: programs
//!                        └──────── Outcome ──────────┘
//! ```
//! A program gets its words as they are: there is no shell. It never holds up listening, nor do those that hang: so many run at once,
//! each for so long.

mod facts;
mod runner;
mod template;

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use polyspot_text::shown_path;
use serde::Serialize;

use crate::arguments;
use crate::pace::Pace;
use runner::{Order, Outcome, Runner, Talk, Why};
use template::Template;

pub(super) use facts::Facts;

/// Orders that wait for the thread that starts them; it takes them at once.
const WAITING: usize = 256;
/// So many warnings come at once, …
const WARNINGS_AT_ONCE: u32 = 4;
/// … and then one in this time.
const PER_WARNING: Duration = Duration::from_secs(10);

/// The options that name commands.
#[derive(clap::Args)]
pub(super) struct ActionArgs {
    /// Run this command for each detection. Its words are split as a shell splits them, and there is no shell. `{keyword}`,
    /// `{language}`, `{score}`, `{start}`, `{end}`, `{start_seconds}`, `{end_seconds}`, `{time}` and `{json}`, the whole event, are put
    /// in; the same is in the environment: `POLYSPOT_KEYWORD` and so on. May be given several times.
    #[arg(long, value_name = "COMMAND")]
    on_detection: Vec<String>,

    /// Run this command for detections of this keyword, as 'stop=systemctl suspend'. May be given several times.
    #[arg(long, value_name = "KEYWORD=COMMAND", value_parser = keyword_and_command)]
    on: Vec<(String, String)>,

    /// Let so many commands run at once; what is heard while they do runs none, which is counted and warned of.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    command_limit: u16,

    /// Kill a command that runs longer than this, with all that it started.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = arguments::positive)]
    command_timeout: f64,
}

fn keyword_and_command(text: &str) -> Result<(String, String), String> {
    let (keyword, command) = text.split_once('=').unwrap_or_default();
    if keyword.is_empty() {
        return Err("expected KEYWORD=COMMAND".into());
    }
    Ok((keyword.to_owned(), command.to_owned()))
}

/// What became of commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    /// Commands that were to be run.
    pub(crate) wanted: u64,
    /// Of them those that were not, because too many ran already.
    pub(crate) left_out: u64,
    /// Those that could not be started, or ended with another exit code than 0.
    pub(crate) failed: u64,
    /// Those that were killed: they ran for too long, or still when listening ended.
    pub(crate) killed: u64,
}

/// The commands, and the thread that runs them.
pub(super) struct Actions {
    /// For any keyword, or for one.
    commands: Vec<(Option<String>, Template)>,
    /// None once it is over.
    orders: Option<SyncSender<Order>>,
    outcomes: Receiver<Outcome>,
    thread: Option<JoinHandle<()>>,
    totals: Totals,
    begin: Instant,
    pace: Pace,
    /// Warnings that have not been given since the last.
    untold: u64,
}

impl ActionArgs {
    /// The keywords that have commands of their own.
    pub(super) fn keywords(&self) -> impl Iterator<Item = &str> {
        self.on.iter().map(|(keyword, _)| keyword.as_str())
    }

    /// What is to be done, if anything. What programs write comes to our standard error, unless there is a display.
    ///
    /// # Errors
    /// When a command is none, or its program is not there.
    pub(super) fn actions(&self, has_display: bool) -> anyhow::Result<Option<Actions>> {
        let any = self.on_detection.iter().map(|command| (None, command));
        let own = self.on.iter().map(|(keyword, command)| (Some(keyword), command));
        let mut commands = Vec::new();
        for (keyword, command) in any.chain(own) {
            let option = keyword.map_or("--on-detection".to_owned(), |keyword| format!("--on {keyword}"));
            commands.push((keyword.cloned(), Template::read(command).context(option)?));
        }
        if commands.is_empty() {
            return Ok(None);
        }
        let talk = if has_display { Talk::Unheard } else { Talk::Heard };
        let timeout = Duration::from_secs_f64(self.command_timeout);
        Actions::begin(commands, self.command_limit.into(), timeout, talk).map(Some)
    }
}

impl Actions {
    fn begin(
        commands: Vec<(Option<String>, Template)>,
        limit: usize,
        timeout: Duration,
        talk: Talk,
    ) -> anyhow::Result<Self> {
        let (orders, ordered) = mpsc::sync_channel(WAITING);
        let (tell, outcomes) = mpsc::channel();
        let runner = Runner { orders: ordered, outcomes: tell, limit, timeout, talk, running: Vec::new() };
        let thread = thread::Builder::new().name("commands".into()).spawn(|| runner.run())?;
        Ok(Self {
            commands,
            orders: Some(orders),
            outcomes,
            thread: Some(thread),
            totals: Totals::default(),
            begin: Instant::now(),
            pace: Pace::new(WARNINGS_AT_ONCE, PER_WARNING),
            untold: 0,
        })
    }

    /// Runs the commands for a detection.
    pub(super) fn detected(&mut self, facts: &Facts) {
        self.run(facts, |_| true);
    }

    /// Runs the commands that are for this keyword alone.
    pub(super) fn woken(&mut self, facts: &Facts) {
        self.run(facts, Option::is_some);
    }

    fn run(&mut self, facts: &Facts, counts: impl Fn(&Option<String>) -> bool) {
        let Some(orders) = &self.orders else { return };
        for (keyword, template) in &self.commands {
            if !counts(keyword) || keyword.as_ref().is_some_and(|keyword| keyword != facts.keyword()) {
                continue;
            }
            self.totals.wanted += 1;
            let order = Order {
                program: template.program.clone(),
                arguments: template.arguments(facts),
                environment: facts.environment().map(|(name, value)| (name, value.to_owned())).collect(),
            };
            // Only a system that hardly starts programs at all lets so many wait.
            if orders.try_send(order).is_err() {
                self.totals.left_out += 1;
            }
        }
    }

    /// What has gone wrong since the last call, in words; of much that goes wrong only some.
    pub(super) fn warnings(&mut self) -> Vec<String> {
        let outcomes: Vec<Outcome> = self.outcomes.try_iter().collect();
        outcomes.into_iter().filter_map(|outcome| self.warning(outcome)).collect()
    }

    fn warning(&mut self, outcome: Outcome) -> Option<String> {
        let (program, trouble) = self.count(outcome)?;
        let now = self.begin.elapsed();
        if self.pace.wait(now) > Duration::ZERO {
            self.untold += 1;
            return None;
        }
        self.pace.note(now);
        let more = match std::mem::take(&mut self.untold) {
            0 => String::new(),
            more => format!(" ({more} more troubles with commands since the last warning)"),
        };
        Some(format!("the command {} {trouble}{more}", shown_path(&program)))
    }

    fn count(&mut self, outcome: Outcome) -> Option<(PathBuf, String)> {
        Some(match outcome {
            Outcome::Done => return None,
            Outcome::LeftOut { program, running } => {
                self.totals.left_out += 1;
                (program, format!("was left out: {running} commands are running (--command-limit)"))
            }
            Outcome::NotStarted { program, reason } => {
                self.totals.failed += 1;
                (program, format!("could not be started: {reason}"))
            }
            Outcome::Failed { program, how } => {
                self.totals.failed += 1;
                (program, format!("failed: {how}"))
            }
            Outcome::Killed { program, why: Why::TooLong(after) } => {
                self.totals.killed += 1;
                let seconds = after.as_secs_f64();
                (program, format!("was killed: it ran for more than {seconds} s (--command-timeout)"))
            }
            Outcome::Killed { program, why: Why::TheEnd } => {
                self.totals.killed += 1;
                (program, "was killed: listening has ended".to_owned())
            }
        })
    }

    /// Waits, though not for long, until all programs have ended; gives the last warnings too.
    pub(super) fn end(&mut self) -> (Totals, Vec<String>) {
        self.close();
        let warnings = self.warnings();
        (self.totals, warnings)
    }

    fn close(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic; if it did, its programs would be nobody's.
            let _ = thread.join();
        }
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(all(test, unix))]
#[path = "tests.rs"]
mod tests;
