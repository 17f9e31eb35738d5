//! Measuring a model: on single clips, and on streams.

mod clip_set;
mod stream;
mod tradeoff;

pub(crate) use clip_set::{accuracy_of_keywords, clip_set};
pub(crate) use stream::{Keywords, Track};
pub(crate) use tradeoff::{OperatingPoint, tradeoff};
