//! What runs a network on a stream of frames.
//!
//! `kernel` is written for polyspot's own family of networks; `tract` runs any causal temporal network. Both read the same
//! file and give the same posteriors; a model of the family is run by the kernel unless it is told otherwise.

pub(crate) mod kernel;
mod state;
#[cfg(feature = "tract")]
pub(crate) mod tract;

use std::error::Error;
use std::fmt;

pub use kernel::StepCost;
pub use state::NetworkState;

/// What runs a model's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The streaming kernel for polyspot's own family of networks: the fastest, in safe Rust with the processor's vector
    /// instructions.
    Kernel,
    /// The inference engine tract, which runs any causal temporal network.
    #[cfg(feature = "tract")]
    Tract,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "kernel",
            #[cfg(feature = "tract")]
            Self::Tract => "tract",
        })
    }
}

/// A network made ready for one engine.
pub(crate) enum Program {
    Kernel(kernel::Network),
    #[cfg(feature = "tract")]
    Tract(tract::Plan),
}

impl Program {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Kernel(_) => Engine::Kernel,
            #[cfg(feature = "tract")]
            Self::Tract(_) => Engine::Tract,
        }
    }
}

/// The inference engine failed.
#[derive(Debug, thiserror::Error)]
#[error("the inference engine failed: {0}")]
pub struct EngineError(Box<dyn Error + Send + Sync>);

impl EngineError {
    pub(crate) fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
