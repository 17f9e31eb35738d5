//! Streams that are being closed.

use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// How long a stream may take to open late or to close before it is given up.
const DEADLINE: Duration = Duration::from_secs(2);

/// Streams that are being closed, each on its thread. A driver can hold a stream for good; then its thread is left to itself, and
/// no one waits for it.
#[derive(Default)]
pub(super) struct ClosingStreams {
    streams: Vec<Closing>,
}

struct Closing {
    /// Disconnected when it is closed.
    ended: Receiver<()>,
    since: Instant,
    is_given_up: bool,
}

impl ClosingStreams {
    /// Leaves a stream to its thread.
    pub(super) fn add(&mut self, ended: Receiver<()>, now: Instant) {
        self.streams.push(Closing { ended, since: now, is_given_up: false });
    }

    /// How many threads are given up now.
    pub(super) fn observe(&mut self, now: Instant) -> usize {
        self.streams.retain(|stream| stream.ended.try_recv() != Err(TryRecvError::Disconnected));
        let before = self.stuck();
        for stream in &mut self.streams {
            stream.is_given_up |= now - stream.since > DEADLINE;
        }
        self.stuck() - before
    }

    /// Whether any may still be closed in time.
    pub(super) fn any_in_time(&self) -> bool {
        self.streams.iter().any(|stream| !stream.is_given_up)
    }

    /// How many are given up and have not ended since.
    pub(super) fn stuck(&self) -> usize {
        self.streams.iter().filter(|stream| stream.is_given_up).count()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_that_does_not_end_in_time_is_given_up_once() {
        let (now, mut closing) = (Instant::now(), ClosingStreams::default());
        let (quick, quick_ended) = mpsc::channel();
        let (slow, slow_ended) = mpsc::channel::<()>();
        closing.add(quick_ended, now);
        closing.add(slow_ended, now);
        drop(quick);
        assert_eq!(closing.observe(now + DEADLINE), 0);
        assert_eq!(closing.observe(now + 2 * DEADLINE), 1);
        assert_eq!((closing.observe(now + 3 * DEADLINE), closing.stuck()), (0, 1));
        drop(slow);
        assert_eq!((closing.observe(now + 4 * DEADLINE), closing.stuck()), (0, 0), "it ended after all");
    }
}
