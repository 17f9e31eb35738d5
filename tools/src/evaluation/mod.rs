//! Measuring a model: on single clips, and on streams.

pub(crate) mod babble;
pub(crate) mod banked;
mod bootstrap;
pub(crate) mod choice;
mod clip_set;
pub(crate) mod clips;
pub(crate) mod conditions;
pub(crate) mod figures;
pub(crate) mod gated;
pub(crate) mod held_out;
pub(crate) mod judge;
pub(crate) mod keywords;
mod level;
mod matching;
pub(crate) mod negatives;
pub(crate) mod noise_tape;
pub(crate) mod raised;
pub(crate) mod requirement;
mod reverberation;
pub(crate) mod rooms;
pub(crate) mod shrinkage;
pub(crate) mod streams;
mod tail;
pub(crate) mod verdict;

pub(crate) use clip_set::{accuracy_of_keywords, clip_set};
