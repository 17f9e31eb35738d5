//! Augmentation of features: vocal tract length, microphone response, masks.
//!
//! The orthonormal DCT is undone to reach log-mel energies and done again afterwards.

use std::f32::consts::PI;

use polyspot::front_end::FrontEndSpec;
use rand::Rng;
use serde::{Deserialize, Serialize};

/// How strongly features are changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeatureSettings {
    /// The mel axis is stretched by 1 ± this (vocal tract length perturbation, Jaitly and Hinton 2013).
    pub(crate) warp: f32,
    /// Amplitude of a smooth random frequency response, in nepers of energy.
    pub(crate) response: f32,
    /// Longest mask in time, in frames, and number of masks (`SpecAugment`, arXiv 1904.08779).
    pub(crate) time_mask: (usize, usize),
    /// Widest mask in frequency, in mel bins, and number of masks.
    pub(crate) frequency_mask: (usize, usize),
}

impl Default for FeatureSettings {
    fn default() -> Self {
        Self { warp: 0.05, response: 0.25, time_mask: (6, 1), frequency_mask: (4, 1) }
    }
}

/// Changes windows of MFCC frames at random.
pub(crate) struct FeatureAugment {
    settings: FeatureSettings,
    bins: usize,
    /// `[bins, bins]`, the orthonormal DCT-II.
    dct: Vec<f32>,
    transposed: Vec<f32>,
}

impl FeatureAugment {
    /// Augmentation for a front end that keeps all its coefficients; `None` for one that does not, whose DCT
    /// cannot be undone.
    pub(crate) fn new(settings: FeatureSettings, spec: &FrontEndSpec) -> Option<Self> {
        let bins = spec.mel_bins;
        let row = |k: usize| {
            let scale = if k == 0 { (1.0 / bins as f32).sqrt() } else { (2.0 / bins as f32).sqrt() };
            (0..bins).map(move |m| scale * (PI * k as f32 * (m as f32 + 0.5) / bins as f32).cos())
        };
        (spec.coefficients == bins).then(|| {
            let dct: Vec<f32> = (0..bins).flat_map(row).collect();
            let transposed = (0..bins * bins).map(|i| dct[i % bins * bins + i / bins]).collect();
            Self { settings, bins, dct, transposed }
        })
    }

    /// Changes the `[T, coefficients]` frames of one window.
    pub(crate) fn apply(&self, frames: &mut [f32], rng: &mut impl Rng) {
        let n = self.bins;
        let warp = self.settings.warp;
        let stretch = if warp > 0.0 { rng.random_range(1.0 - warp..=1.0 + warp) } else { 1.0 };
        let response = self.response(rng);
        let mut log_mel = vec![0.0; frames.len()];
        for (frame, out) in frames.chunks_exact(n).zip(log_mel.chunks_exact_mut(n)) {
            let mut plain = vec![0.0; n];
            for (k, &coefficient) in frame.iter().enumerate() {
                for (bin, d) in plain.iter_mut().zip(&self.dct[k * n..]) {
                    *bin += coefficient * d;
                }
            }
            for (m, bin) in out.iter_mut().enumerate() {
                let at = (m as f32 * stretch).min((n - 1) as f32);
                let low = (at as usize).min(n - 2);
                *bin = plain[low] + (plain[low + 1] - plain[low]) * (at - low as f32) + response[m];
            }
        }
        self.mask(&mut log_mel, rng);
        for (frame, log_mel) in frames.chunks_exact_mut(n).zip(log_mel.chunks_exact(n)) {
            frame.fill(0.0);
            for (m, column) in log_mel.iter().zip(self.transposed.chunks_exact(n)) {
                frame.iter_mut().zip(column).for_each(|(coefficient, d)| *coefficient += d * m);
            }
        }
    }

    /// A tilt and two slow waves over the mel axis.
    fn response(&self, rng: &mut impl Rng) -> Vec<f32> {
        let a = self.settings.response;
        let mut draw = || if a > 0.0 { rng.random_range(-a..=a) } else { 0.0 };
        let (tilt, cosine, sine) = (draw(), draw(), draw());
        (0..self.bins)
            .map(|m| {
                let x = 2.0 * m as f32 / (self.bins - 1) as f32 - 1.0;
                tilt * x + cosine * (PI * x).cos() + sine * (2.0 * PI * x).sin()
            })
            .collect()
    }

    /// Replaces a few stretches of time and frequency by the window's mean.
    fn mask(&self, log_mel: &mut [f32], rng: &mut impl Rng) {
        let n = self.bins;
        let frames = log_mel.len() / n;
        let mean = log_mel.iter().sum::<f32>() / log_mel.len() as f32;
        let (longest, count) = self.settings.time_mask;
        for _ in 0..count {
            let length = rng.random_range(0..=longest.min(frames));
            let first = rng.random_range(0..=frames - length);
            log_mel[first * n..(first + length) * n].fill(mean);
        }
        let (widest, count) = self.settings.frequency_mask;
        for _ in 0..count {
            let width = rng.random_range(0..=widest.min(n));
            let first = rng.random_range(0..=n - width);
            log_mel.chunks_exact_mut(n).for_each(|frame| frame[first..first + width].fill(mean));
        }
    }
}
