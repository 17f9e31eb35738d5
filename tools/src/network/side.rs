//! The network that a language has beside the blocks (`SynQT`: Zhang et al. 2024, arXiv 2407.06964).
//!
//! It reads what the blocks give out and gives nothing back to them, so that no gradient goes through them. Its state s, of a few
//! channels, begins as relu(S·f) of the first output f. At each residual block it makes a query of its state, q = σ(Q·s + b), by which
//! it takes from the block's output f what it asks for: s + q ∘ relu(E·f). At the end U·s is added to the last block's output.

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};

use super::shape::NetworkShape;

/// What the head is to see: of the outputs of the last block before the residual ones, or of the stem, and of each residual block;
/// `get` gives the parameters by their names.
pub(super) fn beside(
    outputs: &[Tensor<2>],
    shape: &NetworkShape,
    get: impl Fn(&str) -> Tensor<2>,
) -> Tensor<2> {
    let mut state = relu(get("side.start").matmul(outputs[0].clone()));
    for (block, output) in shape.side_blocks().zip(&outputs[1..]) {
        let part = |part: &str| get(&format!("side.{block}.{part}"));
        let query = sigmoid(part("query").matmul(state.clone()) + part("bias"));
        state = state + query * relu(part("extract").matmul(output.clone()));
    }
    outputs[outputs.len() - 1].clone() + get("side.end").matmul(state)
}
