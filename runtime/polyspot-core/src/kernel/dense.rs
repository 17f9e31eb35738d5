//! Full convolutions: every output channel rests on every input channel.

use alloc::borrow::Cow;

use pulp::Simd;

use super::description::Convolution;
use super::signal::{Signal, SignalShape};
use super::weights::Weights;
use crate::simd::{Aligned, Instructions};

/// Vectors side by side in one panel of output channels.
const VECTORS: usize = 2;

/// A causal convolution with everything that follows it: bias, residual, `ReLU`.
///
/// A window of `taps` rows lies in one piece in its signal, so a convolution is a product of its weights with that piece.
/// The weights are packed into panels of as many output channels as two vectors hold, `[panel][depth][channel]`: the order in
/// which they are read.
#[derive(Debug, PartialEq)]
pub(super) struct Dense {
    pub(super) taps: usize,
    pub(super) stride: usize,
    /// Signal added before the `ReLU`, if any.
    pub(super) residual: Option<usize>,
    pub(super) relu: bool,
    /// Numbers that one output channel rests on.
    depth: usize,
    pub(super) weights: Weights,
    /// One per output channel, padded like the weights.
    pub(super) bias: Weights,
}

impl Dense {
    /// Packs a convolution into panels of so many output channels, unless it is packed already.
    ///
    /// # Panics
    /// If there are not as many weights and biases as its shape says.
    pub(super) fn new(
        convolution: &Convolution,
        input: SignalShape,
        output: SignalShape,
        panel: usize,
    ) -> Self {
        let Convolution { weights, bias, taps, stride, residual, relu, .. } = convolution;
        // Of the last row only the channels count; between rows the padding has weights of 0.
        let depth = (taps - 1) * input.width + input.channels;
        let weights = match convolution.packed_for {
            Some(_) => Weights::padded(weights, output.width * depth),
            None => Weights::Owned(packed(weights, input, output, *taps, panel)),
        };
        let bias = bias.as_ref().unwrap_or(&Cow::Borrowed(&[]));
        let bias = Weights::padded(bias, output.width);
        Self { taps: *taps, stride: *stride, residual: *residual, relu: *relu, depth, weights, bias }
    }

    /// Computes the first `rows` new rows of `output`.
    ///
    /// Every output is summed in the same order, however many rows are computed at once: the same bits.
    #[inline(always)]
    pub(super) fn run<S: Simd>(
        &self,
        simd: S,
        input: &Signal,
        residual: Option<&Signal>,
        output: &mut Signal,
        rows: usize,
    ) {
        let mut row = 0;
        while row < rows {
            // As many sums at once as hide the multipliers' latency and fit into the registers.
            row += match rows - row {
                1 => self.panels::<S, 4, 1>(simd, input, residual, output, row),
                2 | 3 => self.panels::<S, 2, 2>(simd, input, residual, output, row),
                _ => self.panels::<S, 1, 4>(simd, input, residual, output, row),
            };
        }
    }

    /// `T` rows from `row` on, `P` panels at a time; gives `T`.
    #[inline(always)]
    fn panels<S: Simd, const P: usize, const T: usize>(
        &self,
        simd: S,
        input: &Signal,
        residual: Option<&Signal>,
        output: &mut Signal,
        row: usize,
    ) -> usize {
        let panels = self.bias.values().len() / (VECTORS * S::F32_LANES);
        let mut panel = 0;
        while panel + P <= panels {
            self.tile::<S, P, T>(simd, input, residual, output, row, panel);
            panel += P;
        }
        while panel < panels {
            self.tile::<S, 1, T>(simd, input, residual, output, row, panel);
            panel += 1;
        }
        T
    }

    #[inline(always)]
    #[expect(
        clippy::needless_range_loop,
        reason = "indices into arrays of fixed length keep the sums in registers"
    )]
    fn tile<S: Simd, const P: usize, const T: usize>(
        &self,
        simd: S,
        input: &Signal,
        residual: Option<&Signal>,
        output: &mut Signal,
        row: usize,
        panel: usize,
    ) {
        let depth = self.depth;
        let vectors = S::as_simd_f32s(self.weights.values()).0.as_chunks::<VECTORS>().0;
        let bias = S::as_simd_f32s(self.bias.values()).0.as_chunks::<VECTORS>().0;
        let weights: [&[[S::f32s; VECTORS]]; P] =
            core::array::from_fn(|p| &vectors[(panel + p) * depth..][..depth]);
        let windows: [&[f32]; T] =
            core::array::from_fn(|t| &input.window(row + t, self.taps, self.stride)[..depth]);
        // So that no index in the loop below is checked.
        assert!(weights.iter().all(|w| w.len() == depth) && windows.iter().all(|x| x.len() == depth));
        let mut sums: [[[S::f32s; VECTORS]; T]; P] = core::array::from_fn(|p| [bias[panel + p]; T]);
        for k in 0..depth {
            for p in 0..P {
                for t in 0..T {
                    let x = simd.splat_f32s(windows[t][k]);
                    for v in 0..VECTORS {
                        sums[p][t][v] = simd.mul_add_e_f32s(weights[p][k][v], x, sums[p][t][v]);
                    }
                }
            }
        }
        let zero = simd.splat_f32s(0.0);
        for t in 0..T {
            let added = residual.map(|signal| S::as_simd_f32s(signal.row(row + t)).0);
            let target = S::as_mut_simd_f32s(output.row_mut(row + t)).0;
            for p in 0..P {
                for v in 0..VECTORS {
                    let at = (panel + p) * VECTORS + v;
                    let mut sum = sums[p][t][v];
                    if let Some(added) = added {
                        sum = simd.add_f32s(sum, added[at]);
                    }
                    target[at] = if self.relu { simd.max_f32s(sum, zero) } else { sum };
                }
            }
        }
    }
}

/// Weights `[outputs, inputs, taps]` as `[panel][depth][channel]`.
fn packed(weights: &[f32], input: SignalShape, output: SignalShape, taps: usize, panel: usize) -> Aligned {
    let (inputs, outputs) = (input.channels, output.channels);
    assert_eq!(weights.len(), outputs * inputs * taps);
    let depth = (taps - 1) * input.width + inputs;
    let mut packed = Aligned::zeros(output.width * depth);
    for o in 0..outputs {
        for i in 0..inputs {
            for tap in 0..taps {
                let at = (o / panel * depth + tap * input.width + i) * panel + o % panel;
                packed.values_mut()[at] = weights[(o * inputs + i) * taps + tap];
            }
        }
    }
    packed
}

/// Output channels in one panel for these instructions.
pub(super) fn panel_width(instructions: Instructions) -> usize {
    struct Lanes;
    impl pulp::WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    VECTORS * instructions.dispatch(Lanes)
}
