//! The terminal's keyboard, one key at a time.

#[cfg(unix)]
use std::os::fd::AsRawFd;

#[cfg(unix)]
use termios::{ECHO, ICANON, TCSANOW, Termios, tcsetattr};

/// A keyboard whose keys come as they are pressed and are not echoed, until it is dropped. Ctrl-C stays a signal.
///
/// (`console` reads single keys too, but whoever waits for one leaves the terminal changed when the program ends.)
pub(super) struct Keyboard {
    #[cfg(unix)]
    before: Termios,
}

impl Keyboard {
    /// The keyboard, if standard input is a terminal that can do so.
    #[cfg(unix)]
    pub(super) fn open() -> Option<Self> {
        let input = std::io::stdin().as_raw_fd();
        let before = Termios::from_fd(input).ok()?;
        let mut now = before;
        now.c_lflag &= !(ICANON | ECHO);
        tcsetattr(input, TCSANOW, &now).ok()?;
        Some(Self { before })
    }

    /// Elsewhere lines are read, as from a pipe.
    #[cfg(not(unix))]
    pub(super) fn open() -> Option<Self> {
        None
    }

    /// Leaves the terminal as it was found.
    pub(super) fn restore(&self) {
        // A terminal that is gone needs no restoring.
        #[cfg(unix)]
        let _ = tcsetattr(std::io::stdin().as_raw_fd(), TCSANOW, &self.before);
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.restore();
    }
}
