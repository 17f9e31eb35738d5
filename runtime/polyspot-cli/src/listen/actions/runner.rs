//! Starts programs and sees to their end, on a thread of its own: whoever listens waits for none of them.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// How often programs that run are looked after.
const LOOK: Duration = Duration::from_millis(20);
/// When listening ends, programs that still run have so long.
const GRACE: Duration = Duration::from_secs(1);
/// What a service manager tells us is not for others.
const OURS: [&str; 5] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS"];

/// A program to be run.
pub(super) struct Order {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
}

/// What became of an order.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Done,
    /// So many ran already.
    LeftOut {
        program: PathBuf,
        running: usize,
    },
    NotStarted {
        program: PathBuf,
        reason: String,
    },
    Failed {
        program: PathBuf,
        how: String,
    },
    Killed {
        program: PathBuf,
        why: Why,
    },
}

/// Why a program was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It ran for longer than this.
    TooLong(Duration),
    /// Nobody listens any more.
    TheEnd,
}

/// Where what programs write goes: our standard output is for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    /// To our standard error.
    Heard,
    /// Nowhere: it would run through a display.
    Unheard,
}

pub(super) struct Runner {
    pub(super) orders: Receiver<Order>,
    pub(super) outcomes: Sender<Outcome>,
    /// So many run at once.
    pub(super) limit: usize,
    pub(super) timeout: Duration,
    pub(super) talk: Talk,
    pub(super) running: Vec<Running>,
}

/// A program that runs.
pub(super) struct Running {
    program: PathBuf,
    child: Child,
    /// When it is to be killed, and why.
    deadline: (Instant, Why),
    /// It was killed; its end is waited for.
    was_killed: bool,
}

impl Runner {
    /// Runs programs until nobody orders any more and all have ended.
    pub(super) fn run(mut self) {
        loop {
            let order = if self.running.is_empty() {
                self.orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.orders.recv_timeout(LOOK)
            };
            // Before one is left out for want of a place.
            self.look_after();
            match order {
                Ok(order) => self.start(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let end = Instant::now() + GRACE;
        for running in self.running.iter_mut().filter(|running| running.deadline.0 > end) {
            running.deadline = (end, Why::TheEnd);
        }
        while !self.running.is_empty() {
            self.look_after();
            std::thread::sleep(LOOK);
        }
    }

    fn start(&mut self, order: Order) {
        let Order { program, arguments, environment } = order;
        if self.running.len() >= self.limit {
            return self.tell(Outcome::LeftOut { program, running: self.limit });
        }
        let mut command = Command::new(&program);
        command.args(arguments).envs(environment).stdin(Stdio::null());
        // With all that it starts it is a group of its own: it can be killed as one, and Ctrl-C is for us.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        for name in OURS {
            command.env_remove(name);
        }
        match self.talk {
            Talk::Heard => command.stdout(std::io::stderr()),
            Talk::Unheard => command.stdout(Stdio::null()).stderr(Stdio::null()),
        };
        match command.spawn() {
            Ok(child) => {
                let deadline = (Instant::now() + self.timeout, Why::TooLong(self.timeout));
                self.running.push(Running { program, child, deadline, was_killed: false });
            }
            Err(error) => self.tell(Outcome::NotStarted { program, reason: error.to_string() }),
        }
    }

    /// Takes leave of programs that have ended, and kills those whose time is over.
    fn look_after(&mut self) {
        let now = Instant::now();
        for mut running in std::mem::take(&mut self.running) {
            match running.child.try_wait() {
                Ok(None) => {
                    if now >= running.deadline.0 && !running.was_killed {
                        running.kill();
                    }
                    self.running.push(running);
                }
                Ok(Some(status)) => self.tell(running.outcome(status)),
                // Nobody else waits for it: this does not happen.
                Err(error) => {
                    let how = format!("its end cannot be waited for: {error}");
                    self.tell(Outcome::Failed { program: running.program, how });
                }
            }
        }
    }

    fn tell(&self, outcome: Outcome) {
        // Whoever listens no more need not know.
        let _ = self.outcomes.send(outcome);
    }
}

impl Running {
    fn kill(&mut self) {
        self.was_killed = true;
        // It has not been waited for, so its number is still its own; if it has ended meanwhile, that is as well.
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::KILL,
        );
        #[cfg(not(unix))]
        let _ = self.child.kill();
    }

    fn outcome(self, status: ExitStatus) -> Outcome {
        let program = self.program;
        if self.was_killed {
            Outcome::Killed { program, why: self.deadline.1 }
        } else if status.success() {
            Outcome::Done
        } else {
            Outcome::Failed { program, how: status.to_string() }
        }
    }
}
