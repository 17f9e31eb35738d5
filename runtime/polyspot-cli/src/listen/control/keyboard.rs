//! The terminal's keyboard, one key at a time.

use std::sync::Arc;
#[cfg(unix)]
use std::sync::{Mutex, PoisonError};

#[cfg(unix)]
use termios::{ECHO, ICANON, TCSANOW, Termios, tcsetattr};

#[cfg(unix)]
use super::terminal;

/// A keyboard whose keys come as they are pressed and are not echoed, from taking it until it is restored. Ctrl-C stays a signal.
///
/// (`console` reads single keys too, but whoever waits for one leaves the terminal changed when the program ends.)
pub(crate) struct Keyboard {
    #[cfg(unix)]
    state: Mutex<State>,
}

#[cfg(unix)]
#[derive(Default)]
struct State {
    /// The settings to be restored, while it is taken.
    before: Option<Termios>,
    /// Whether nobody may take it any more.
    is_over: bool,
}

/// Has a keyboard restored for good when it is dropped.
pub(crate) struct Lent(pub(crate) Arc<Keyboard>);

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(unix)]
impl Keyboard {
    /// The keyboard, if standard input is a terminal that can do so; not taken yet.
    pub(crate) fn find() -> Option<Self> {
        settings()?;
        Some(Self { state: Mutex::default() })
    }

    /// Takes it, unless that is done, or other programs have the terminal: whoever changes it then is stopped.
    pub(super) fn take(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_over || state.before.is_some() || terminal::is_anothers() {
            return;
        }
        state.before = settings();
        if let Some(mut now) = state.before {
            now.c_lflag &= !(ICANON | ECHO);
            change(&now);
        }
    }

    /// Leaves the terminal as it was found, until it is taken again …
    pub(super) fn restore(&self) {
        self.give_back(false);
    }

    /// … or for good.
    pub(super) fn end(&self) {
        self.give_back(true);
    }

    fn give_back(&self, for_good: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_over |= for_good;
        if let Some(before) = state.before.take()
            && !terminal::is_anothers()
        {
            change(&before);
        }
    }
}

#[cfg(unix)]
fn settings() -> Option<Termios> {
    use std::os::fd::AsRawFd;
    Termios::from_fd(std::io::stdin().as_raw_fd()).ok()
}

#[cfg(unix)]
fn change(settings: &Termios) {
    use std::os::fd::AsRawFd;
    // A terminal that is gone needs no settings.
    let _ = tcsetattr(std::io::stdin().as_raw_fd(), TCSANOW, settings);
}

/// Elsewhere lines are read, as from a pipe.
#[cfg(not(unix))]
impl Keyboard {
    pub(crate) fn find() -> Option<Self> {
        None
    }

    pub(super) fn take(&self) {}

    pub(super) fn end(&self) {}
}
