//! The samples that coming frames need.

use alloc::vec;
use alloc::vec::Vec;

use super::spec::FrontEndSpec;

/// Frames computed side by side, a lane of the vectors each: as many as a live stream of the shipped models gathers, or as the widest
/// vectors have lanes.
pub(super) const FRAMES: usize =
    if cfg!(all(feature = "single-precision", any(target_arch = "x86", target_arch = "x86_64"))) {
        16
    } else {
        8
    };

/// Samples beyond this magnitude (full scale is 1) are clamped, so that no input, however broken, makes a
/// feature overflow or rings on in the network for longer than it can look back. It leaves room for audio that was scaled to 16-bit integers by mistake.
const LARGEST_MAGNITUDE: f32 = 65_536.0;

/// Samples of up to [`FRAMES`] frames, so that those which these frames have in the same place lie side by side.
///
/// Frames are a hop apart: sample `i` of a hop lies beside sample `i` of the next.
pub(super) struct FrameBuffer {
    /// `[hop_samples, columns]`: a column is a hop.
    samples: Vec<f32>,
    columns: usize,
    hop_samples: usize,
    /// Samples held, and room for them.
    len: usize,
    capacity: usize,
}

impl FrameBuffer {
    /// Room for the frames of a checked specification.
    pub(super) fn new(spec: &FrontEndSpec) -> Self {
        let capacity = spec.frame_samples + (FRAMES - 1) * spec.hop_samples;
        let columns = FRAMES + (spec.frame_samples - 1) / spec.hop_samples;
        Self {
            samples: vec![0.0; spec.hop_samples * columns],
            columns,
            hop_samples: spec.hop_samples,
            len: 0,
            capacity,
        }
    }

    /// Where sample `i` of a frame is for the first of the frames; for the others it follows.
    pub(super) fn place(&self, i: usize) -> usize {
        i % self.hop_samples * self.columns + i / self.hop_samples
    }

    pub(super) fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// Samples held.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Takes the first samples, as many as there is room for; gives the others.
    ///
    /// One that is no finite number counts as 0.
    pub(super) fn fill<'a>(&mut self, samples: &'a [f32]) -> &'a [f32] {
        let (mut now, later) = samples.split_at(samples.len().min(self.capacity - self.len));
        while !now.is_empty() {
            let row = self.len % self.hop_samples;
            let (of_hop, others) = now.split_at(now.len().min(self.hop_samples - row));
            let column = self.len / self.hop_samples;
            let rows = self.samples.chunks_exact_mut(self.columns).skip(row);
            for (row, &sample) in rows.zip(of_hop) {
                let finite = if sample.is_finite() { sample } else { 0.0 };
                row[column] = finite.clamp(-LARGEST_MAGNITUDE, LARGEST_MAGNITUDE);
            }
            self.len += of_hop.len();
            now = others;
        }
        later
    }

    /// Forgets the first hops, which are over.
    pub(super) fn drop_first(&mut self, hops: usize) {
        // A row's last columns get the next row's first ones, until new samples come.
        self.samples.copy_within(hops.., 0);
        self.len -= hops * self.hop_samples;
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }
}
