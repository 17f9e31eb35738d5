//! MFCCs of several frames side by side.

use alloc::vec::Vec;
use core::f64::consts::PI;

use pulp::{Simd, WithSimd};

use super::fourier::PowerSpectra;
use super::frame_buffer::{FRAMES, FrameBuffer};
use super::logarithm::ln;
use super::spec::{Dct, FrontEndSpec, MelScale, WindowFunction};
use crate::float;
use crate::simd::{Aligned, Instructions};

/// Coefficients summed at once: as many as hide the latency of a sum.
const TOGETHER: usize = 4;

/// One number of each frame.
type Lanes = [f32; FRAMES];

/// One triangular mel filter over the bins that it touches.
struct MelFilter {
    first_bin: usize,
    weights: Vec<f32>,
}

/// Tables and scratch for MFCCs: planned once, run for every few frames without allocating.
///
/// Every frame has a lane of the vectors to itself, from its samples to its coefficients: whichever frames are computed with it, it
/// gets the same bits. None of the loops here fuses a product with a sum, so that apart from the Fourier transform
/// every processor computes the same bits.
pub(super) struct Mfcc {
    instructions: Instructions,
    spectra: PowerSpectra,
    tables: Tables,
    /// `[bins, FRAMES]`.
    power: Aligned,
    /// `[mel_bins, FRAMES]`.
    log_mel: Aligned,
    /// `[mel_bins / 2, 2, FRAMES]`: sums and differences of mirrored mel bins.
    folded: Aligned,
    /// `[coefficients, FRAMES]`.
    cepstra: Aligned,
}

/// What is between power spectra and coefficients.
struct Tables {
    filters: Vec<MelFilter>,
    log_floor: f32,
    /// `[coefficients / TOGETHER, mel_bins / 2, TOGETHER]`: of the first half of the mel bins. The others' weights are the same,
    /// mirrored, and of the other sign for odd coefficients.
    dct: Vec<f32>,
}

impl Mfcc {
    /// Plans the transform of a checked specification, for frames of this buffer.
    pub(super) fn new(spec: &FrontEndSpec, buffer: &FrameBuffer, instructions: Instructions) -> Self {
        Self {
            instructions,
            spectra: PowerSpectra::new(spec.fft_samples, &window(spec), buffer, instructions),
            power: Aligned::zeros((spec.fft_samples / 2 + 1) * FRAMES),
            log_mel: Aligned::zeros(spec.mel_bins * FRAMES),
            folded: Aligned::zeros(spec.mel_bins.div_ceil(2) * 2 * FRAMES),
            cepstra: Aligned::zeros(spec.coefficients.next_multiple_of(TOGETHER) * FRAMES),
            tables: Tables::new(spec),
        }
    }

    /// Computes the first `frames` frames of the buffer: `[coefficients]`, each with one number of every frame.
    #[inline(never)]
    pub(super) fn compute(&mut self, buffer: &FrameBuffer, frames: usize) -> &[Lanes] {
        self.instructions.dispatch(Run { mfcc: self, buffer, frames });
        self.cepstra.values().as_chunks().0
    }
}

/// The computation, compiled for the processor's vector instructions.
struct Run<'a> {
    mfcc: &'a mut Mfcc,
    buffer: &'a FrameBuffer,
    frames: usize,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { mfcc: Mfcc { spectra, tables, power, log_mel, folded, cepstra, .. }, buffer, frames } =
            self;
        spectra.compute(simd, buffer, frames, power.values_mut().as_chunks_mut().0);
        tables.mel_energies(power.values().as_chunks().0, log_mel.values_mut().as_chunks_mut().0);
        ln(log_mel.values_mut());
        tables.cepstra(
            log_mel.values().as_chunks().0,
            folded.values_mut().as_chunks_mut().0.as_chunks_mut().0,
            cepstra.values_mut().as_chunks_mut().0.as_chunks_mut().0,
        );
    }
}

impl Tables {
    fn new(spec: &FrontEndSpec) -> Self {
        Self { filters: mel_filters(spec), log_floor: spec.log_floor, dct: dct_matrix(spec) }
    }

    #[inline(always)]
    fn mel_energies(&self, power: &[Lanes], energies: &mut [Lanes]) {
        let log_floor = self.log_floor;
        for (energy, filter) in energies.iter_mut().zip(&self.filters) {
            let mut sums = [0.0; FRAMES];
            for (weight, power) in filter.weights.iter().zip(&power[filter.first_bin..]) {
                for (sum, power) in sums.iter_mut().zip(power) {
                    *sum += weight * power;
                }
            }
            for (energy, sum) in energy.iter_mut().zip(sums) {
                *energy = sum + log_floor;
            }
        }
    }

    /// The discrete cosine transform: even coefficients are products with the sums of mirrored mel bins, odd ones with their
    /// differences.
    #[inline(always)]
    fn cepstra(&self, log_mel: &[Lanes], folded: &mut [[Lanes; 2]], cepstra: &mut [[Lanes; TOGETHER]]) {
        for (bin, [sum, difference]) in folded.iter_mut().enumerate() {
            let (low, high) = (&log_mel[bin], &log_mel[log_mel.len() - 1 - bin]);
            // The bin in the middle of an odd number has no other.
            let is_pair = 2 * bin + 1 != log_mel.len();
            for lane in 0..FRAMES {
                sum[lane] = if is_pair { low[lane] + high[lane] } else { low[lane] };
                difference[lane] = low[lane] - high[lane];
            }
        }
        let weights = self.dct.as_chunks().0.chunks_exact(folded.len());
        for (cepstra, weights) in cepstra.iter_mut().zip(weights) {
            let mut sums = [[0.0; FRAMES]; TOGETHER];
            for (values, weights) in folded.iter().zip(weights) {
                let weights: &[f32; TOGETHER] = weights;
                for k in 0..TOGETHER {
                    for lane in 0..FRAMES {
                        sums[k][lane] += weights[k] * values[k % 2][lane];
                    }
                }
            }
            *cepstra = sums;
        }
    }
}

fn window(spec: &FrontEndSpec) -> Vec<f64> {
    let n = spec.frame_samples as f64;
    match spec.window {
        WindowFunction::HannPeriodic => {
            (0..spec.frame_samples).map(|i| 0.5 - 0.5 * float::cos(2.0 * PI * i as f64 / n)).collect()
        }
    }
}

fn mel_filters(spec: &FrontEndSpec) -> Vec<MelFilter> {
    let to_mel = |hz: f64| match spec.mel_scale {
        MelScale::Htk => 2595.0 * float::log10(1.0 + hz / 700.0),
    };
    let to_hz = |mel: f64| match spec.mel_scale {
        MelScale::Htk => 700.0 * (float::pow(10.0, mel / 2595.0) - 1.0),
    };
    let (low, high) = (to_mel(f64::from(spec.low_hz)), to_mel(f64::from(spec.high_hz)));
    let edge = |i: usize| to_hz(low + (high - low) * i as f64 / (spec.mel_bins + 1) as f64);
    let bins = spec.fft_samples / 2 + 1;
    let bin_hz = f64::from(spec.sample_rate_hz) / spec.fft_samples as f64;
    (0..spec.mel_bins)
        .map(|m| {
            let (left, centre, right) = (edge(m), edge(m + 1), edge(m + 2));
            let triangle = |bin: usize| {
                let hz = bin as f64 * bin_hz;
                ((hz - left) / (centre - left)).min((right - hz) / (right - centre)).max(0.0) as f32
            };
            let first_bin = (0..bins).find(|&bin| triangle(bin) > 0.0).unwrap_or(0);
            let weights = (first_bin..bins).map(triangle).take_while(|&w| w > 0.0).collect();
            MelFilter { first_bin, weights }
        })
        .collect()
}

fn dct_matrix(spec: &FrontEndSpec) -> Vec<f32> {
    let n = spec.mel_bins as f64;
    let weight = |k: usize, m: usize| match spec.dct {
        Dct::OrthonormalIi => {
            let scale = float::sqrt(if k == 0 { 1.0 / n } else { 2.0 / n });
            (scale * float::cos(PI * k as f64 * (m as f64 + 0.5) / n)) as f32
        }
    };
    let mut matrix = Vec::new();
    for first in (0..spec.coefficients).step_by(TOGETHER) {
        for m in 0..spec.mel_bins.div_ceil(2) {
            matrix.extend((first..first + TOGETHER).map(|k| weight(k, m)));
        }
    }
    matrix
}
