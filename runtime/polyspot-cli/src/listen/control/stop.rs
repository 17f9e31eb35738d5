//! Signals: ending, reading the models again, and leaving the terminal to others for a while.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::desk::Desk;
use super::keyboard::Keyboard;

/// Sets `stop` on Ctrl-C, Ctrl-\ and SIGTERM; a second one ends the program at once, and leaves the terminal as it was.
///
/// A hang-up of the controlling terminal ends it too; where there is none, SIGHUP asks for the models to be read again. On Ctrl-Z the
/// keyboard is given back before the program stops, and taken again when it goes on in the foreground.
pub(crate) fn on_signals(
    stop: &Arc<AtomicBool>,
    keyboard: Option<&Arc<Keyboard>>,
    desk: &Arc<Desk>,
) -> io::Result<()> {
    let (stop, keyboard) = (Arc::clone(stop), keyboard.map_or_else(Weak::new, Arc::downgrade));
    let mut signals = Signals::new([SIGINT, SIGQUIT, SIGTERM])?;
    #[cfg(unix)]
    let others = unix::Others::begin(&signals.handle(), &keyboard, desk)?;
    #[cfg(not(unix))]
    let _ = desk;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            #[cfg(unix)]
            if others.deal_with(signal, &stop, &keyboard) {
                continue;
            }
            if stop.swap(true, Ordering::Relaxed) {
                if let Some(keyboard) = keyboard.upgrade() {
                    keyboard.end();
                }
                std::process::exit(128 + signal);
            }
        }
    })?;
    Ok(())
}

/// Signals that only Unix has.
#[cfg(unix)]
mod unix {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGTSTP};
    use signal_hook::iterator::Handle;
    use signal_hook::low_level::emulate_default_handler;

    use super::{Arc, AtomicBool, Desk, Keyboard, Ordering, Weak, io};
    use crate::listen::control::desk::Wishes;
    use crate::listen::control::terminal::HangUp;

    pub(crate) struct Others {
        hang_up: HangUp,
        desk: Arc<Desk>,
    }

    impl Others {
        pub(crate) fn begin(
            signals: &Handle,
            keyboard: &Weak<Keyboard>,
            desk: &Arc<Desk>,
        ) -> io::Result<Self> {
            let hang_up = HangUp::of_this_process();
            if hang_up != HangUp::IsIgnored {
                signals.add_signal(SIGHUP)?;
            }
            if keyboard.strong_count() > 0 {
                signals.add_signal(SIGTSTP)?;
                signals.add_signal(SIGCONT)?;
            }
            Ok(Self { hang_up, desk: Arc::clone(desk) })
        }

        /// Whether the signal was one of these.
        pub(crate) fn deal_with(&self, signal: i32, stop: &AtomicBool, keyboard: &Weak<Keyboard>) -> bool {
            let keyboard = keyboard.upgrade();
            match signal {
                // It often comes twice, from the system and from the shell: it never ends the program at once.
                SIGHUP if self.hang_up == HangUp::Ends => stop.store(true, Ordering::Relaxed),
                SIGHUP => self.desk.ask(Wishes { reload: true, ..Wishes::default() }),
                SIGTSTP => {
                    if let Some(keyboard) = &keyboard {
                        keyboard.restore();
                    }
                    // Stops here, and goes on when the program is continued.
                    let _ = emulate_default_handler(SIGTSTP);
                }
                SIGCONT => {}
                _ => return false,
            }
            if let (SIGTSTP | SIGCONT, Some(keyboard)) = (signal, &keyboard) {
                keyboard.take();
            }
            true
        }
    }
}
