//! Between the audio callback and the listening thread: a ring of samples and two counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rtrb::{Consumer, Producer, RingBuffer};

/// Frames counted by the audio callback.
#[derive(Default)]
struct Counts {
    delivered: AtomicU64,
    dropped: AtomicU64,
}

/// The callback's end.
pub(super) struct Sink {
    ring: Producer<f32>,
    channels: usize,
    counts: Arc<Counts>,
}

/// The listening thread's end.
pub(super) struct Source {
    ring: Consumer<f32>,
    channels: usize,
    counts: Arc<Counts>,
}

/// A ring for so many frames.
pub(super) fn ring(frames: usize, channels: usize) -> (Sink, Source) {
    let (producer, consumer) = RingBuffer::new(frames * channels);
    let counts = Arc::new(Counts::default());
    let sink = Sink { ring: producer, channels, counts: Arc::clone(&counts) };
    (sink, Source { ring: consumer, channels, counts })
}

impl Sink {
    /// Copies what fits and counts the rest. Called by the audio callback: no lock, no allocation.
    pub(super) fn push<T: Copy>(&mut self, interleaved: &[T], to_f32: fn(T) -> f32) {
        // Whole frames only, or the channels would change places for the rest of the stream.
        let delivered = interleaved.len() / self.channels;
        let taken = delivered.min(self.ring.slots() / self.channels);
        if let Ok(room) = self.ring.write_chunk_uninit(taken * self.channels) {
            room.fill_from_iter(interleaved.iter().map(|sample| to_f32(*sample)));
        }
        self.counts.delivered.fetch_add(delivered as u64, Ordering::Relaxed);
        self.counts.dropped.fetch_add((delivered - taken) as u64, Ordering::Relaxed);
    }
}

impl Source {
    /// Moves at most so many frames to `interleaved`, replacing what is in it.
    pub(super) fn pop(&mut self, frames: usize, interleaved: &mut Vec<f32>) {
        interleaved.clear();
        let waiting = self.ring.slots().min(frames.saturating_mul(self.channels));
        if let Ok(chunk) = self.ring.read_chunk(waiting) {
            interleaved.extend(chunk);
        }
    }

    /// Frames that the callback was given so far, dropped ones included.
    pub(super) fn delivered(&self) -> u64 {
        self.counts.delivered.load(Ordering::Relaxed)
    }

    /// Frames that the callback had to drop because the ring was full.
    pub(super) fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use cpal::Sample;

    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_channels_stay_in_place() {
        let (mut sink, mut source) = ring(2, 2);
        sink.push(&[i16::MIN, 0, 16_384, 0], Sample::to_sample);
        sink.push(&[1_i16, 2, 3, 4, 5, 6], Sample::to_sample);
        assert_eq!((source.delivered(), source.dropped()), (5, 3));
        let mut heard = Vec::new();
        source.pop(1, &mut heard);
        assert_eq!(heard, [-1.0, 0.0]);
        source.pop(9, &mut heard);
        assert_eq!(heard, [0.5, 0.0]);
    }
}
