//! Depthwise convolutions: every channel for itself.

use alloc::borrow::Cow;

use pulp::Simd;

use super::description::Convolution;
use super::signal::{Signal, SignalShape};
use super::weights::Weights;
use crate::simd::Aligned;

/// A causal depthwise convolution.
#[derive(Debug, PartialEq)]
pub(super) struct Depthwise {
    pub(super) taps: usize,
    pub(super) stride: usize,
    /// `[taps][channels]`, padded like the signal's rows.
    pub(super) weights: Weights,
    pub(super) bias: Weights,
    pub(super) relu: bool,
}

impl Depthwise {
    /// Packs a convolution of a signal, unless it is packed already.
    ///
    /// # Panics
    /// If there are not as many weights and biases as its shape says.
    pub(super) fn new(convolution: &Convolution, signal: SignalShape) -> Self {
        let Convolution { weights, bias, taps, stride, relu, .. } = convolution;
        let weights = match convolution.packed_for {
            Some(_) => Weights::padded(weights, taps * signal.width),
            None => Weights::Owned(packed(weights, signal, *taps)),
        };
        let bias = Weights::padded(bias.as_ref().unwrap_or(&Cow::Borrowed(&[])), signal.width);
        Self { taps: *taps, stride: *stride, weights, bias, relu: *relu }
    }

    /// Computes the first `rows` new rows of `output`.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, input: &Signal, output: &mut Signal, rows: usize) {
        let weights = S::as_simd_f32s(self.weights.values()).0;
        let bias = S::as_simd_f32s(self.bias.values()).0;
        let vectors = bias.len();
        let zero = simd.splat_f32s(0.0);
        for row in 0..rows {
            let window = S::as_simd_f32s(input.window(row, self.taps, self.stride)).0;
            let target = S::as_mut_simd_f32s(output.row_mut(row)).0;
            for (at, (target, bias)) in target.iter_mut().zip(bias).enumerate() {
                let mut sum = *bias;
                let taps = weights[at..].iter().step_by(vectors).zip(window[at..].iter().step_by(vectors));
                for (weight, x) in taps {
                    sum = simd.mul_add_e_f32s(*weight, *x, sum);
                }
                *target = if self.relu { simd.max_f32s(sum, zero) } else { sum };
            }
        }
    }
}

/// Weights `[channels, 1, taps]` as `[taps][channels]`.
fn packed(weights: &[f32], signal: SignalShape, taps: usize) -> Aligned {
    assert_eq!(weights.len(), signal.channels * taps);
    let mut packed = Aligned::zeros(taps * signal.width);
    for (channel, row) in weights.chunks_exact(taps).enumerate() {
        for (tap, weight) in row.iter().enumerate() {
            packed.values_mut()[tap * signal.width + channel] = *weight;
        }
    }
    packed
}
