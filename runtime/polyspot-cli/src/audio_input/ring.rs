//! Between the audio callback and the listening thread: a ring of samples and what is known of those that are not in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;

use rtrb::{Consumer, Producer, RingBuffer};

/// What the audio callback leaves for the listening thread.
#[derive(Default)]
struct Shared {
    delivered: AtomicU64,
    dropped: AtomicU64,
    /// Set by the callback when the ring is full, cleared by the listening thread when it has emptied it. In between nothing is
    /// taken: one hole of known place is better than many small ones.
    is_discontinuous: AtomicBool,
}

/// The callback's end.
pub(crate) struct Sink {
    ring: Producer<f32>,
    /// The device's.
    channels: usize,
    shared: Arc<Shared>,
    /// Whom to wake when something has come.
    listener: Thread,
}

/// The listening thread's end.
pub(crate) struct Source {
    ring: Consumer<f32>,
    channels: usize,
    shared: Arc<Shared>,
}

/// A ring for so many frames of a device with so many channels, which this thread listens to.
pub(crate) fn ring(frames: usize, channels: usize, listener: Thread) -> (Sink, Source) {
    let (producer, consumer) = RingBuffer::new(frames * channels);
    let shared = Arc::new(Shared::default());
    let sink = Sink { ring: producer, channels, shared: Arc::clone(&shared), listener };
    (sink, Source { ring: consumer, channels, shared })
}

impl Sink {
    /// Takes what fits, counts the rest, and gives the frames taken. Called by the audio callback: no lock, no allocation.
    pub(crate) fn push(&mut self, interleaved: impl ExactSizeIterator<Item = f32>) -> usize {
        // Whole frames only, or the channels would change places for the rest of the stream.
        let delivered = interleaved.len() / self.channels;
        let room = if self.shared.is_discontinuous.load(Ordering::Acquire) { 0 } else { self.ring.slots() };
        let taken = delivered.min(room / self.channels);
        if let Ok(room) = self.ring.write_chunk_uninit(taken * self.channels) {
            room.fill_from_iter(interleaved);
        }
        self.shared.delivered.fetch_add(delivered as u64, Ordering::Relaxed);
        if taken < delivered {
            self.shared.dropped.fetch_add((delivered - taken) as u64, Ordering::Relaxed);
            self.shared.is_discontinuous.store(true, Ordering::Release);
        }
        // It need not look again and again whether something has come.
        self.listener.unpark();
        taken
    }
}

impl Source {
    /// Moves at most so many frames to `samples`, replacing what is in it.
    pub(super) fn pop(&mut self, frames: usize, samples: &mut Vec<f32>) {
        samples.clear();
        let waiting = self.ring.slots().min(frames.saturating_mul(self.channels));
        if let Ok(chunk) = self.ring.read_chunk(waiting) {
            samples.extend(chunk);
        }
    }

    /// Whether frames are missing between all that was popped and what will be; told once for each hole.
    pub(super) fn take_discontinuity(&mut self) -> bool {
        // In this order: what the callback took before it set the flag is then seen in the ring.
        let is_behind = self.shared.is_discontinuous.load(Ordering::Acquire) && self.ring.is_empty();
        if is_behind {
            self.shared.is_discontinuous.store(false, Ordering::Release);
        }
        is_behind
    }

    /// Frames that the callback was given so far, dropped ones included.
    pub(super) fn delivered(&self) -> u64 {
        self.shared.delivered.load(Ordering::Relaxed)
    }

    /// Frames that the callback had to drop because the ring was full.
    pub(super) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_channels_stay_in_place() {
        let (mut sink, mut source) = ring(2, 2, thread::current());
        sink.push([-1.0, 0.0, 0.5, 0.0].into_iter());
        sink.push([0.1, 0.2, 0.3, 0.4, 0.5, 0.6].into_iter());
        assert_eq!((source.delivered(), source.dropped()), (5, 3));
        let mut heard = Vec::new();
        source.pop(1, &mut heard);
        assert_eq!(heard, [-1.0, 0.0]);
        source.pop(9, &mut heard);
        assert_eq!(heard, [0.5, 0.0]);
    }

    #[test]
    fn after_a_full_ring_nothing_is_taken_until_it_was_emptied_and_the_hole_is_told_once() {
        let (mut sink, mut source) = ring(4, 1, thread::current());
        let mut heard = Vec::new();
        sink.push([0.1, 0.2, 0.3, 0.4, 0.5].into_iter());
        source.pop(3, &mut heard);
        assert!(!source.take_discontinuity(), "a frame from before the hole is still there");
        sink.push([0.6].into_iter());
        source.pop(9, &mut heard);
        assert_eq!(heard, [0.4], "0.6 does not follow 0.4");
        assert!(source.take_discontinuity() && !source.take_discontinuity());
        sink.push([0.7].into_iter());
        source.pop(9, &mut heard);
        assert_eq!((heard, source.delivered(), source.dropped()), (vec![0.7], 7, 2));
    }
}
