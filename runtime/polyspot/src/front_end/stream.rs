//! The front end as a stream: any slices of audio in, whole frames out.

use super::mfcc::Mfcc;
use super::spec::{FrontEndSpec, FrontEndSpecError};

/// Samples beyond this magnitude (full scale is 1) are clamped, so that no input, however broken, makes a
/// feature overflow or rings on in the network for longer than it can look back. It leaves room for audio that was scaled to 16-bit integers by mistake.
const LARGEST_MAGNITUDE: f32 = 65_536.0;

/// Computes MFCC frames from a stream of samples, whatever the lengths of the slices it comes in.
///
/// Nothing is allocated after construction. The latency is one frame: a frame is delivered by the push that
/// brings its last sample.
pub struct FrontEnd {
    spec: FrontEndSpec,
    mfcc: Mfcc,
    /// The last samples heard that a coming frame still needs; room for one frame.
    pending: Vec<f32>,
    coefficients: Vec<f32>,
}

impl FrontEnd {
    /// Plans the front end of `spec`.
    ///
    /// # Errors
    /// When [`FrontEndSpec::check`] refuses the specification.
    pub fn new(spec: &FrontEndSpec) -> Result<Self, FrontEndSpecError> {
        spec.check()?;
        Ok(Self {
            mfcc: Mfcc::new(spec),
            pending: Vec::with_capacity(spec.frame_samples),
            coefficients: vec![0.0; spec.coefficients],
            spec: spec.clone(),
        })
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
            let missing = self.spec.frame_samples - self.pending.len();
            let (now, later) = samples.split_at(missing.min(samples.len()));
            self.pending.extend(now.iter().map(|&sample| {
                if sample.is_finite() { sample.clamp(-LARGEST_MAGNITUDE, LARGEST_MAGNITUDE) } else { 0.0 }
            }));
            samples = later;
            if self.pending.len() == self.spec.frame_samples {
                self.mfcc.compute(&self.pending, &mut self.coefficients);
                on_frame(&self.coefficients);
                self.pending.drain(..self.spec.hop_samples);
            }
        }
    }

    /// Forgets all audio heard: the next sample is the first of a new stream.
    pub fn reset(&mut self) {
        self.pending.clear();
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
