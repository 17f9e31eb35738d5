//! Batch normalisation folded into the convolution before it.

use crate::network::Weights;
use crate::network::forward::NORM_EPSILON;

/// Kernel and bias that do what `[outputs, inputs]` `kernel` and the normalisation `layer` after it do:
/// `scale / sqrt(variance + ε) * (W x - mean) + shift`.
pub(super) fn fold_norm(weights: &Weights, kernel: &str, layer: &str) -> (Vec<f32>, Vec<f32>) {
    let part = |part: &str| weights.get(&format!("{layer}.norm.{part}"));
    let factors = part("scale").iter().zip(part("variance")).map(|(s, v)| s / (v + NORM_EPSILON).sqrt());
    let factors: Vec<f32> = factors.collect();
    let kernel = weights.get(kernel);
    let inputs = kernel.len() / factors.len();
    let folded =
        kernel.chunks_exact(inputs).zip(&factors).flat_map(|(row, f)| row.iter().map(move |w| w * f));
    let bias = factors.iter().zip(part("mean")).zip(part("shift")).map(|((f, mean), shift)| shift - f * mean);
    (folded.collect(), bias.collect())
}
