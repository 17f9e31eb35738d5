//! Options that several commands have, and values that they take.

mod channel;
mod model;
mod value;

pub(crate) use channel::Channel;
pub(crate) use model::{ModelChoice, refused};
pub(crate) use value::{positive, score};
