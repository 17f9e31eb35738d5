//! Options that several commands have, and values that they take.

mod channel;
mod gain;
mod keywords;
mod model;
mod outputs;
#[cfg(feature = "devices")]
mod secret;
mod selection;
mod value;

pub(crate) use channel::Channel;
pub(crate) use gain::{Amplifier, Gain};
pub(crate) use keywords::check_keywords;
#[cfg(feature = "devices")]
pub(crate) use model::load_each;
pub(crate) use model::{ModelChoice, refused};
pub(crate) use outputs::check_apart;
#[cfg(feature = "devices")]
pub(crate) use secret::secret;
pub(crate) use selection::{Selected, Selection};
pub(crate) use value::{positive, score};
