//! The network: its shape, its weights, and its output as a function of both.

pub(crate) mod forward;
pub(crate) mod layers;
pub(crate) mod pruning;
pub(crate) mod shape;
mod side;
#[cfg(test)]
mod tests;
pub(crate) mod weights;

pub(crate) use layers::Layer;
pub(crate) use shape::NetworkShape;
pub(crate) use weights::{HeadShape, Role, Weights};
