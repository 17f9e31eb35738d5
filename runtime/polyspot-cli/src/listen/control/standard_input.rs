//! Standard input, read only while it is ours to read, and no faster than anyone can mean it.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::keyboard::Keyboard;
use super::terminal;

/// Whoever writes faster than this, in bytes a second, waits: to read it all would take a core.
const FASTEST: u32 = 2 << 20;
/// Less than this, in bytes, is read without a pause.
const LITTLE: usize = 4 << 10;
/// We look so often whether we are in the foreground again: no signal tells a program that runs in the background.
const BACKGROUND: Duration = Duration::from_secs(1);

/// Standard input. A terminal's is left alone while the program is in the background: who reads it there is stopped. To be read in
/// pieces, not byte by byte: it must hold nothing back while it waits.
pub(super) struct StandardInput {
    is_terminal: bool,
    /// Whose keys are read one by one.
    keyboard: Option<Arc<Keyboard>>,
}

impl StandardInput {
    /// Its lines, or the keys of a keyboard.
    pub(super) fn new(keyboard: Option<Arc<Keyboard>>) -> Self {
        Self { is_terminal: io::stdin().is_terminal(), keyboard }
    }

    /// Waits until the terminal has something for us.
    fn wait_for_the_terminal(&self) {
        loop {
            while terminal::is_anothers() {
                thread::sleep(BACKGROUND);
            }
            if let Some(keyboard) = &self.keyboard {
                keyboard.take();
            }
            // While we waited, the program may have gone to the background, and come back with a keyboard to be taken anew: keys of one that
            // is not are nothing to read.
            if terminal::wait_for_input(BACKGROUND) && !terminal::is_anothers() {
                return;
            }
        }
    }
}

impl Read for StandardInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_terminal {
            self.wait_for_the_terminal();
        }
        let count = io::stdin().read(buffer)?;
        if count > LITTLE {
            thread::sleep(Duration::from_secs(1) * count as u32 / FASTEST);
        }
        Ok(count)
    }
}
