//! The last frames of a stream, for models that join it.

use alloc::vec;
use alloc::vec::Vec;

use super::model::StreamModel;

/// Frames kept at least: more than the context of any shipped model.
const FEWEST_FRAMES: usize = 256;

/// A ring of the last frames.
pub(crate) struct History {
    /// `[room, coefficients]`.
    frames: Vec<f32>,
    coefficients: usize,
    room: usize,
    /// Frames of the stream so far.
    count: u64,
    /// First frame that is still to be heard again.
    next: u64,
}

impl History {
    /// Room for what these models look back over.
    pub(crate) fn new<'a>(models: impl Iterator<Item = &'a StreamModel> + Clone) -> Self {
        let needed = models.clone().map(|model| {
            // A replay begins with a pulse's multiple, and a pulse may not have been run.
            model.context_frames() + 2 * model.spec().network.pulse_frames
        });
        let room = needed.max().unwrap_or(0).max(FEWEST_FRAMES);
        let coefficients = models.map(|model| model.spec().front_end.coefficients).next().unwrap_or(0);
        Self { frames: vec![0.0; room * coefficients], coefficients, room, count: 0, next: 0 }
    }

    pub(crate) fn push(&mut self, frame: &[f32]) {
        let at = (self.count % self.room as u64) as usize * self.coefficients;
        self.frames[at..at + self.coefficients].copy_from_slice(frame);
        self.count += 1;
    }

    /// Goes back as far as the ring reaches, to a frame whose number is a multiple of `pulse_frames`; gives that number, or
    /// `None` if it holds no such frame.
    pub(crate) fn rewind(&mut self, pulse_frames: usize) -> Option<u64> {
        let oldest = self.count.saturating_sub(self.room as u64);
        let first = oldest.next_multiple_of(pulse_frames as u64);
        self.next = first;
        (first <= self.count).then_some(first)
    }

    /// Lets so many frames be heard again, from where the history was rewound to on, the oldest first; gives whether none is left.
    ///
    /// A frame that is pushed takes the oldest one's place: one at least must be heard again before it.
    pub(crate) fn replay<E>(
        &mut self,
        most: u64,
        mut on_frame: impl FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<bool, E> {
        let end = self.count.min(self.next.saturating_add(most));
        while self.next < end {
            let at = (self.next % self.room as u64) as usize * self.coefficients;
            self.next += 1;
            on_frame(&self.frames[at..at + self.coefficients])?;
        }
        Ok(self.next == self.count)
    }

    /// Frames that are still to be heard again.
    #[cfg(test)]
    pub(crate) fn left(&self) -> u64 {
        self.count - self.next
    }

    /// As if the ring had been filled so many times more.
    #[cfg(test)]
    pub(crate) fn jump(&mut self, rounds: u64) -> u64 {
        self.count += rounds * self.room as u64;
        self.next += rounds * self.room as u64;
        rounds * self.room as u64
    }

    pub(crate) fn reset(&mut self) {
        self.count = 0;
        self.next = 0;
    }
}
