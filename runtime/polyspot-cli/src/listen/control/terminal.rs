//! The terminal that the program was started from: whose it is at the moment, and whether there is one.

use std::time::Duration;

/// Waits until standard input has something to read, whosever that is, or has ended, but no longer than `patience`. Whether it has; true
/// where that cannot be told.
#[cfg(unix)]
pub(super) fn wait_for_input(patience: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    let patience = Timespec::try_from(patience).ok();
    let ready = poll(&mut [PollFd::new(&std::io::stdin(), PollFlags::IN)], patience.as_ref());
    !matches!(ready, Ok(0) | Err(Errno::INTR))
}

#[cfg(not(unix))]
pub(super) fn wait_for_input(_patience: Duration) -> bool {
    true
}

/// Whether standard input is a terminal that belongs to other programs now: ours is in the background.
#[cfg(unix)]
pub(crate) fn is_anothers() -> bool {
    let foreground = rustix::termios::tcgetpgrp(std::io::stdin());
    foreground.is_ok_and(|group| group != rustix::process::getpgrp())
}

#[cfg(not(unix))]
pub(crate) fn is_anothers() -> bool {
    false
}

/// What the signal of a hang-up means.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HangUp {
    /// The terminal is gone, and with it whoever wanted to hear.
    Ends,
    /// There is no terminal: a service is told to read its files again.
    Reloads,
    /// Whoever started the program wants it to outlive the terminal (`nohup`).
    IsIgnored,
}

#[cfg(unix)]
impl HangUp {
    /// What it means to this process. To be asked at the start: later the terminal may be gone.
    pub(super) fn of_this_process() -> Self {
        match (std::fs::File::open("/dev/tty").is_ok(), is_ignored()) {
            (true, false) => Self::Ends,
            (true, true) => Self::IsIgnored,
            (false, _) => Self::Reloads,
        }
    }
}

/// Whether the signal was ignored when the program began, as far as the system tells that.
#[cfg(unix)]
fn is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // SIGHUP is the first signal.
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}
