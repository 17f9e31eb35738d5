//! Why a stream cannot be started, or go on.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::error::Error;

use crate::front_end::FrontEndSpecError;

/// Why a stream cannot be started, or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A stream needs a model.
    #[error("there is no model to listen with")]
    NoModel,
    /// The models cannot hear one stream.
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
    /// The front end cannot be computed.
    #[error(transparent)]
    FrontEnd(#[from] FrontEndSpecError),
    /// Finite weights may still be so large that sums overflow.
    #[error("the inference engine failed: posteriors that are no numbers")]
    NotFinite,
    /// The general engine failed.
    #[error("the inference engine failed: {0}")]
    General(Box<dyn Error + Send + Sync>),
}

/// Two models cannot hear one stream together.
#[derive(Debug, thiserror::Error)]
#[error("the models {} and {} differ in {what}: {} and {}", languages[0], languages[1], found[0], found[1])]
pub struct MismatchError {
    pub(super) languages: [Arc<str>; 2],
    pub(super) what: &'static str,
    pub(super) found: [String; 2],
}
