//! What is said on standard error, however much happens.

use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use polyspot_text::{is_writable, say};

use crate::pace::Pace;

/// So many lines come at once …
const AT_ONCE: u32 = 50;
/// … and then one in this time.
const PER_LINE: Duration = Duration::from_millis(200);

/// Says lines at a pace, and how many it leaves out. It waits for nobody who does not read them: that would hold up clients.
pub(super) struct Log {
    begin: Instant,
    state: Mutex<State>,
}

struct State {
    pace: Pace,
    left_out: u64,
}

impl Log {
    pub(super) fn new() -> Self {
        let state = Mutex::new(State { pace: Pace::new(AT_ONCE, PER_LINE), left_out: 0 });
        Self { begin: Instant::now(), state }
    }

    pub(super) fn say(&self, line: fmt::Arguments<'_>) {
        let now = self.begin.elapsed();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.pace.wait(now).is_zero() || !is_writable(&io::stderr(), Duration::ZERO) {
            state.left_out += 1;
            return;
        }
        state.pace.note(now);
        match std::mem::take(&mut state.left_out) {
            0 => say!("polyspot: {line}"),
            left_out => say!("polyspot: ({left_out} lines left out) {line}"),
        }
    }
}
