//! The front end as a stream: any slices of audio in, whole frames out.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::frame_buffer::{FRAMES, FrameBuffer};
use super::mfcc::Mfcc;
use super::spec::{FrontEndSpec, FrontEndSpecError};
use crate::simd::Instructions;

/// Computes MFCC frames from a stream of samples, whatever the lengths of the slices it comes in.
///
/// Nothing is allocated after construction. The latency is one frame: a frame is delivered by the push that
/// brings its last sample, unless frames are to be [gathered](Self::gather).
pub struct FrontEnd {
    spec: FrontEndSpec,
    mfcc: Mfcc,
    /// The last samples heard that a coming frame still needs, and those of frames that wait for others.
    buffer: FrameBuffer,
    coefficients: Vec<f32>,
    at_once: u64,
    delivered: u64,
}

impl FrontEnd {
    /// Plans the front end of `spec`.
    ///
    /// # Errors
    /// When [`FrontEndSpec::check`] refuses the specification.
    pub fn new(spec: &FrontEndSpec) -> Result<Self, FrontEndSpecError> {
        Self::with_instructions(spec, Instructions::best())
    }

    /// Plans the front end of `spec` for a set of vector instructions: to compare them.
    ///
    /// # Errors
    /// When [`FrontEndSpec::check`] refuses the specification.
    pub fn with_instructions(
        spec: &FrontEndSpec,
        instructions: Instructions,
    ) -> Result<Self, FrontEndSpecError> {
        spec.check()?;
        let buffer = FrameBuffer::new(spec);
        Ok(Self {
            mfcc: Mfcc::new(spec, &buffer, instructions),
            buffer,
            coefficients: vec![0.0; spec.coefficients],
            spec: spec.clone(),
            at_once: 1,
            delivered: 0,
        })
    }

    /// Lets frames wait until a multiple of so many have been heard, for a receiver that waits for so many anyway. Frames that
    /// are computed together cost a fraction; they are the same bits.
    ///
    /// # Panics
    /// If `frames == 0`.
    pub fn gather(&mut self, frames: usize) {
        assert!(frames > 0);
        self.at_once = frames as u64;
    }

    /// What this front end computes.
    pub fn spec(&self) -> &FrontEndSpec {
        &self.spec
    }

    /// Takes any number of samples (mono, at the specification's rate, full scale ±1) and calls `on_frame`
    /// with each frame of `[coefficients]` that they complete.
    ///
    /// A sample that is no finite number counts as 0, and one beyond ±65,536 as that. This is the one place where the library
    /// looks at single samples: behind it there are only finite numbers.
    pub fn push(&mut self, mut samples: &[f32], mut on_frame: impl FnMut(&[f32])) {
        while !samples.is_empty() {
            samples = self.buffer.fill(samples);
            let whole = self.spec.frames_in(self.buffer.len());
            let is_due = self.delivered / self.at_once < (self.delivered + whole as u64) / self.at_once;
            if whole == FRAMES || (samples.is_empty() && is_due) {
                self.deliver(whole, &mut on_frame);
            }
        }
    }

    /// Delivers the frames that wait for others.
    pub fn flush(&mut self, on_frame: impl FnMut(&[f32])) {
        self.deliver(self.spec.frames_in(self.buffer.len()), on_frame);
    }

    /// Forgets all audio heard: the next sample is the first of a new stream.
    pub fn reset(&mut self) {
        self.buffer.clear();
        self.delivered = 0;
    }

    /// Computes the first frames that are held.
    fn deliver(&mut self, frames: usize, mut on_frame: impl FnMut(&[f32])) {
        let cepstra = self.mfcc.compute(&self.buffer, frames);
        for frame in 0..frames {
            for (coefficient, of_frames) in self.coefficients.iter_mut().zip(cepstra) {
                *coefficient = of_frames[frame];
            }
            on_frame(&self.coefficients);
        }
        self.buffer.drop_first(frames);
        self.delivered += frames as u64;
    }
}

impl fmt::Debug for FrontEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrontEnd").field("spec", &self.spec).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(chunks: &[&[f32]]) -> Vec<f32> {
        let mut front_end = FrontEnd::new(&FrontEndSpec::default()).unwrap();
        let mut all = Vec::new();
        for chunk in chunks {
            front_end.push(chunk, |frame| all.extend_from_slice(frame));
        }
        all
    }

    #[test]
    fn nan_and_huge_samples_give_finite_features() {
        let mut samples = vec![0.1; 2_000];
        samples[100] = f32::NAN;
        samples[700] = f32::INFINITY;
        samples[701] = f32::MIN;
        assert!(frames(&[&samples]).iter().all(|c| c.is_finite()));
    }

    #[test]
    fn frames_wait_for_others_and_are_the_same() {
        let samples: Vec<f32> = (0..5_000).map(|i| (i as f32 * 0.3).sin()).collect();
        for at_once in [2, 3, 8, 11] {
            let mut front_end = FrontEnd::new(&FrontEndSpec::default()).unwrap();
            front_end.gather(at_once);
            let (mut all, mut heard) = (Vec::new(), 0);
            for slice in samples.chunks(100) {
                front_end.push(slice, |frame| all.extend_from_slice(frame));
                heard += slice.len();
                let delivered = all.len() / front_end.spec().coefficients;
                let whole = front_end.spec().frames_in(heard);
                assert!((whole / at_once * at_once..=whole).contains(&delivered), "{delivered} of {whole}");
            }
            front_end.flush(|frame| all.extend_from_slice(frame));
            assert_eq!(all, frames(&[&samples]));
        }
    }

    #[test]
    fn reset_forgets() {
        let samples: Vec<f32> = (0..1_000).map(|i| (i as f32 * 0.3).sin()).collect();
        let mut front_end = FrontEnd::new(&FrontEndSpec::default()).unwrap();
        front_end.push(&[0.5; 777], |_| {});
        front_end.reset();
        let mut again = Vec::new();
        front_end.push(&samples, |frame| again.extend_from_slice(frame));
        assert_eq!(again, frames(&[&samples]));
    }
}
