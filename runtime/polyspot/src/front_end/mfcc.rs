//! MFCCs of one frame.

use std::f64::consts::PI;
use std::sync::Arc;

use pulp::Arch;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::logarithm::ln;
use super::spec::{Dct, FrontEndSpec, MelScale, WindowFunction};

/// Sums kept side by side in a mel filter: one vector's worth.
const LANES: usize = 8;

/// One triangular mel filter over the FFT bins it touches.
struct MelFilter {
    first_bin: usize,
    /// Padded with zeros to whole vectors.
    weights: Vec<[f32; LANES]>,
}

/// Tables and scratch for the MFCCs of one frame: planned once, run for every frame without allocating.
///
/// Up to the power spectrum it computes in double precision: beside a loud tone, single precision would leave
/// so much rounding noise in the quiet bands that their logarithms are off by several 1e-4.
///
/// All loops are compiled for each set of vector instructions; none fuses a product with a sum, so that apart from the Fourier
/// transform every processor computes the same bits.
pub(super) struct Mfcc {
    arch: Arch,
    log_floor: f32,
    window: Vec<f64>,
    fft: Arc<dyn RealToComplex<f64>>,
    filters: Vec<MelFilter>,
    /// `[mel_bins, coefficients]`, row by row: summed mel bin by mel bin, all coefficients side by side.
    dct: Vec<f32>,
    fft_input: Vec<f64>,
    fft_scratch: Vec<Complex<f64>>,
    spectrum: Vec<Complex<f64>>,
    power: Vec<f32>,
    log_mel: Vec<f32>,
}

impl Mfcc {
    /// Plans the transform of a checked specification.
    pub(super) fn new(spec: &FrontEndSpec) -> Self {
        let fft = RealFftPlanner::<f64>::new().plan_fft_forward(spec.fft_samples);
        let bins = spec.fft_samples / 2 + 1;
        Self {
            arch: Arch::new(),
            log_floor: spec.log_floor,
            window: window(spec),
            filters: mel_filters(spec),
            dct: dct_matrix(spec),
            fft_input: vec![0.0; spec.fft_samples],
            fft_scratch: fft.make_scratch_vec(),
            spectrum: fft.make_output_vec(),
            // A filter's last vector may reach past the last bin.
            power: vec![0.0; bins + LANES],
            log_mel: vec![0.0; spec.mel_bins],
            fft,
        }
    }

    /// Computes the coefficients of one frame of `frame_samples` samples.
    pub(super) fn compute(&mut self, frame: &[f32], coefficients: &mut [f32]) {
        debug_assert_eq!(frame.len(), self.window.len());
        let Self { arch, window, fft, fft_input, fft_scratch, spectrum, .. } = self;
        let lead = (fft_input.len() - window.len()) / 2;
        arch.dispatch(
            #[inline(always)]
            || {
                // The transform destroys its input, the zeros around the frame included.
                fft_input.fill(0.0);
                for ((slot, sample), weight) in fft_input[lead..].iter_mut().zip(frame).zip(&*window) {
                    *slot = f64::from(*sample) * weight;
                }
            },
        );
        // Lengths come from the plan itself, the only thing that the transform can object to.
        let done = fft.process_with_scratch(fft_input, spectrum, fft_scratch);
        debug_assert!(done.is_ok());
        self.arch.dispatch(
            #[inline(always)]
            || {
                let Self { log_floor, filters, dct, spectrum, power, log_mel, .. } = self;
                for (power, bin) in power.iter_mut().zip(&*spectrum) {
                    *power = bin.norm_sqr() as f32;
                }
                for (log_mel, filter) in log_mel.iter_mut().zip(&*filters) {
                    *log_mel = filter.energy(power) + *log_floor;
                }
                ln(log_mel);
                coefficients.fill(0.0);
                for (log_mel, row) in log_mel.iter().zip(dct.chunks_exact(coefficients.len())) {
                    for (coefficient, weight) in coefficients.iter_mut().zip(row) {
                        *coefficient += log_mel * weight;
                    }
                }
            },
        );
    }
}

impl MelFilter {
    #[inline(always)]
    fn energy(&self, power: &[f32]) -> f32 {
        let mut sums = [0.0f32; LANES];
        for (weights, power) in self.weights.iter().zip(power[self.first_bin..].as_chunks::<LANES>().0) {
            for ((sum, weight), power) in sums.iter_mut().zip(weights).zip(power) {
                *sum += weight * power;
            }
        }
        // In halves, so that the order is the same on every processor.
        let quarters: [f32; 4] = std::array::from_fn(|i| sums[i] + sums[i + 4]);
        (quarters[0] + quarters[2]) + (quarters[1] + quarters[3])
    }
}

fn window(spec: &FrontEndSpec) -> Vec<f64> {
    let n = spec.frame_samples as f64;
    match spec.window {
        WindowFunction::HannPeriodic => {
            (0..spec.frame_samples).map(|i| 0.5 - 0.5 * (2.0 * PI * i as f64 / n).cos()).collect()
        }
    }
}

fn mel_filters(spec: &FrontEndSpec) -> Vec<MelFilter> {
    let to_mel = |hz: f64| match spec.mel_scale {
        MelScale::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
    };
    let to_hz = |mel: f64| match spec.mel_scale {
        MelScale::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
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
            let weights: Vec<f32> = (first_bin..bins).map(triangle).take_while(|&w| w > 0.0).collect();
            let vectors = weights.chunks(LANES).map(|part| {
                let mut vector = [0.0; LANES];
                vector[..part.len()].copy_from_slice(part);
                vector
            });
            MelFilter { first_bin, weights: vectors.collect() }
        })
        .collect()
}

fn dct_matrix(spec: &FrontEndSpec) -> Vec<f32> {
    let n = spec.mel_bins as f64;
    match spec.dct {
        Dct::OrthonormalIi => (0..spec.mel_bins)
            .flat_map(|m| {
                (0..spec.coefficients).map(move |k| {
                    let scale = if k == 0 { (1.0 / n).sqrt() } else { (2.0 / n).sqrt() };
                    (scale * (PI * k as f64 * (m as f64 + 0.5) / n).cos()) as f32
                })
            })
            .collect(),
    }
}
