//! Measuring a model: on single clips, and on streams.

mod clip_set;
mod confusion;
mod stream;
mod tradeoff;

pub(crate) use clip_set::clip_set;
pub(crate) use confusion::Confusion;
pub(crate) use stream::{Keywords, Track};
pub(crate) use tradeoff::{OperatingPoint, tradeoff};
