//! Options that several commands have, and values that they take.

mod channel;
mod model;
#[cfg(feature = "devices")]
mod secret;
mod value;

pub(crate) use channel::Channel;
pub(crate) use model::{ModelChoice, refused};
#[cfg(feature = "devices")]
pub(crate) use secret::secret;
pub(crate) use value::{positive, score};
