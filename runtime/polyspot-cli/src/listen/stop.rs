//! Ending on a signal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::keyboard::Keyboard;

/// Sets `stop` on Ctrl-C, Ctrl-\ and SIGTERM; a second one ends the program at once, and leaves the terminal as it was.
pub(super) fn on_signals(stop: &Arc<AtomicBool>, keyboard: Option<&Arc<Keyboard>>) -> io::Result<()> {
    let (stop, keyboard) = (Arc::clone(stop), keyboard.map(Arc::downgrade));
    let mut signals = Signals::new([SIGINT, SIGQUIT, SIGTERM])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if stop.swap(true, Ordering::Relaxed) {
                if let Some(keyboard) = keyboard.as_ref().and_then(std::sync::Weak::upgrade) {
                    keyboard.restore();
                }
                std::process::exit(128 + signal);
            }
        }
    })?;
    Ok(())
}
