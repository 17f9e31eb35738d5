//! Measuring a model file, through the same library that users run.

mod stream;
mod tradeoff;

pub(crate) use stream::{Keywords, Track};
pub(crate) use tradeoff::{OperatingPoint, tradeoff};
