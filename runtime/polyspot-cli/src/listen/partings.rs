//! Streams that are being closed.

use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// How long a stream may take to open late or to close before it is given up.
const DEADLINE: Duration = Duration::from_secs(2);

/// Streams that are being closed, each on its thread. A driver can hold a stream for good; then its thread is left to itself, and
/// no one waits for it.
#[derive(Default)]
pub(super) struct Partings {
    leaving: Vec<Leaving>,
}

struct Leaving {
    /// Disconnected when it is closed.
    ended: Receiver<()>,
    since: Instant,
    is_given_up: bool,
}

impl Partings {
    /// Lets go of a thread.
    pub(super) fn add(&mut self, ended: Receiver<()>, now: Instant) {
        self.leaving.push(Leaving { ended, since: now, is_given_up: false });
    }

    /// How many threads are given up now.
    pub(super) fn observe(&mut self, now: Instant) -> usize {
        self.leaving.retain(|leaving| leaving.ended.try_recv() != Err(TryRecvError::Disconnected));
        let before = self.stuck();
        for leaving in &mut self.leaving {
            leaving.is_given_up |= now - leaving.since > DEADLINE;
        }
        self.stuck() - before
    }

    /// Whether one may still be closed in time.
    pub(super) fn are_closing(&self) -> bool {
        self.leaving.iter().any(|leaving| !leaving.is_given_up)
    }

    /// How many are given up and have not ended since.
    pub(super) fn stuck(&self) -> usize {
        self.leaving.iter().filter(|leaving| leaving.is_given_up).count()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_that_does_not_end_in_time_is_given_up_once() {
        let (now, mut partings) = (Instant::now(), Partings::default());
        let (quick, quick_ended) = mpsc::channel();
        let (slow, slow_ended) = mpsc::channel::<()>();
        partings.add(quick_ended, now);
        partings.add(slow_ended, now);
        drop(quick);
        assert_eq!(partings.observe(now + DEADLINE), 0);
        assert_eq!(partings.observe(now + 2 * DEADLINE), 1);
        assert_eq!((partings.observe(now + 3 * DEADLINE), partings.stuck()), (0, 1));
        drop(slow);
        assert_eq!((partings.observe(now + 4 * DEADLINE), partings.stuck()), (0, 0), "it ended after all");
    }
}
