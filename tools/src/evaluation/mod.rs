//! Measuring a model: on single clips, and on streams.

mod bootstrap;
pub(crate) mod choice;
mod clip_set;
pub(crate) mod clips;
pub(crate) mod conditions;
pub(crate) mod figures;
pub(crate) mod judge;
pub(crate) mod noise_tape;
pub(crate) mod requirement;
mod reverberation;
pub(crate) mod streams;

pub(crate) use clip_set::{accuracy_of_keywords, clip_set};
