//! The terminal's keyboard, one key at a time.

use std::sync::{Mutex, PoisonError};

#[cfg(unix)]
use termios::{ECHO, ICANON, TCSANOW, Termios, tcsetattr};

#[cfg(unix)]
use super::terminal;

/// A keyboard whose keys come as they are pressed and are not echoed, from taking it until it is restored or dropped. Ctrl-C stays a
/// signal.
///
/// (`console` reads single keys too, but whoever waits for one leaves the terminal changed when the program ends.)
pub(super) struct Keyboard {
    /// The settings to be restored, while it is taken.
    #[cfg(unix)]
    before: Mutex<Option<Termios>>,
    #[cfg(not(unix))]
    _none: Mutex<()>,
}

#[cfg(unix)]
impl Keyboard {
    /// The keyboard, if standard input is a terminal that can do so; not taken yet.
    pub(super) fn find() -> Option<Self> {
        settings()?;
        Some(Self { before: Mutex::default() })
    }

    /// Takes it, unless that is done, or other programs have the terminal: whoever changes it then is stopped.
    pub(super) fn take(&self) {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        if before.is_some() || terminal::is_anothers() {
            return;
        }
        *before = settings();
        if let Some(mut now) = *before {
            now.c_lflag &= !(ICANON | ECHO);
            change(&now);
        }
    }

    /// Leaves the terminal as it was found.
    pub(super) fn restore(&self) {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(before) = before
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
    pub(super) fn find() -> Option<Self> {
        None
    }

    pub(super) fn take(&self) {}

    pub(super) fn restore(&self) {}
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.restore();
    }
}
