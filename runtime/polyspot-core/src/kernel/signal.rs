//! A signal inside the network: what an operation made, as far back as others need it.

use crate::simd::Aligned;

/// Shape of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignalShape {
    /// Channels, without padding.
    pub(super) channels: usize,
    /// Numbers from one time to the next: the channels, padded to whole vectors with zeros.
    pub(super) width: usize,
    /// Frames from one time to the next.
    pub(super) frames_per_row: usize,
    /// Past times kept for the operations that look back.
    pub(super) history: usize,
}

/// A signal in one stream: rows of channels, first the past ones, then those of the frames being run.
pub(super) struct Signal {
    pub(super) shape: SignalShape,
    rows: Aligned,
}

impl Signal {
    /// A signal that was 0 before the stream, with room for so many frames at once.
    pub(super) fn new(shape: SignalShape, most_frames: usize) -> Self {
        let rows = shape.history + most_frames.div_ceil(shape.frames_per_row);
        Self { shape, rows: Aligned::zeros(rows * shape.width) }
    }

    /// The `rows` rows that a causal operation of `taps` taps and a step of `stride` rows rests on for its output `index`,
    /// and all that follow.
    #[inline(always)]
    pub(super) fn window(&self, index: usize, taps: usize, stride: usize) -> &[f32] {
        let first = self.shape.history + stride - taps + index * stride;
        &self.rows.values()[first * self.shape.width..]
    }

    /// The new row `index`.
    #[inline(always)]
    pub(super) fn row(&self, index: usize) -> &[f32] {
        let start = (self.shape.history + index) * self.shape.width;
        &self.rows.values()[start..start + self.shape.width]
    }

    /// The new row `index`, to be written.
    #[inline(always)]
    pub(super) fn row_mut(&mut self, index: usize) -> &mut [f32] {
        let start = (self.shape.history + index) * self.shape.width;
        &mut self.rows.values_mut()[start..start + self.shape.width]
    }

    /// Makes so many new rows past ones.
    pub(super) fn advance(&mut self, rows: usize) {
        let (width, history) = (self.shape.width, self.shape.history);
        self.rows.values_mut().copy_within(rows * width..(rows + history) * width, 0);
    }

    /// As before the stream.
    pub(super) fn reset(&mut self) {
        self.rows.values_mut().fill(0.0);
    }
}

impl Default for Signal {
    /// An empty signal, to stand in while one is written.
    fn default() -> Self {
        let shape = SignalShape { channels: 0, width: 0, frames_per_row: 1, history: 0 };
        Self { shape, rows: Aligned::default() }
    }
}
