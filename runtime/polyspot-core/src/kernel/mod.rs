//! The streaming kernel for polyspot's own family of networks.
//!
//! A network of the family is a chain of causal convolutions, full (`group` 1) or depthwise, with biases, residuals, `ReLU`s and a
//! softmax. Its signals are kept time by time, the channels of one time side by side, each with as many past times as
//! the operations on it look back. Nothing is computed twice, and nothing is allocated once a stream has begun.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the processor's vector instructions"
)]

mod cost;
mod dense;
mod depthwise;
mod description;
mod network;
mod packing;
mod signal;
mod state;
mod weights;

pub use cost::{Cost, padded};
pub use description::{Convolution, Layer, NetworkDescription, NetworkError, Operation};
pub use network::{Network, Step, StepCost};
pub(crate) use state::State;
