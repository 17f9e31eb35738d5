//! Batch normalisation folded into the convolution before it.

use polyspot::base::Normalisation;

use crate::network::Weights;
use crate::network::forward::NORM_EPSILON;

/// Kernel and bias that do what `[outputs, inputs]` `kernel` and the normalisation `layer` after it do.
pub(super) fn fold_norm(weights: &Weights, kernel: &str, layer: &str) -> (Vec<f32>, Vec<f32>) {
    let part = |part: &str| weights.get(&format!("{layer}.norm.{part}"));
    let normalisation = Normalisation {
        scale: part("scale"),
        shift: part("shift"),
        mean: part("mean"),
        variance: part("variance"),
        epsilon: NORM_EPSILON,
    };
    normalisation.fold(weights.get(kernel))
}
