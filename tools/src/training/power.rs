//! Powerpropagation: a base in which few weights are large (Schwarz et al. 2021, arXiv 2110.00296).
//!
//! What is trained is the root θ of each weight: w = θ|θ|^(α−1) with α > 1. A step of θ moves the weight by w′(θ) = α|θ|^(α−1) times
//! as much, and the gradient of θ is w′(θ) times the weight's: what is large learns fast, what is small stays small. Far more of the
//! weights are then near zero, and can be pruned or given to a language.
//!
//! An optimiser that divides by the size of gradients would undo one of the two factors. So it is given the gradient of the weight,
//! and its step is multiplied by w′(θ) (`Optimiser::step`); decay and averages are the root's. What is saved are the weights: a
//! checkpoint with its roots' power is a base like another, which every method of adaptation starts from.
//!
//! The paper's claim on our data is in `experiments/2026-11-29-sparse-base.md`, measured by `polyspot-tools prune`; what methods that
//! change few weights make of such a base in `experiments/2026-11-29-methods-in-streams.md`.

use burn::tensor::Tensor;

/// θ of a weight: sign(w)|w|^(1/α).
pub(super) fn root(weight: f32, power: f32) -> f32 {
    weight.signum() * weight.abs().powf(1.0 / power)
}

/// w′(θ).
pub(super) fn derivative(root: f32, power: f32) -> f32 {
    power * root.abs().powf(power - 1.0)
}

/// The weights of trained roots, of which `value` is a copy without a gradient. The gradient of a root is its weight's: see above.
pub(super) fn weights(root: Tensor<2>, value: Tensor<2>, power: f32) -> Tensor<2> {
    let weights = value.clone() * value.clone().abs().powf_scalar(power - 1.0);
    // The difference is 0 and brings the gradient.
    weights + (root - value)
}
