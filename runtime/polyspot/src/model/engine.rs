//! What runs a network on a stream of frames.
//!
//! The kernel is written for polyspot's own family of networks; `tract` runs any causal temporal network. Both read the same file and
//! give the same posteriors; a model of the family is run by the kernel unless it is told otherwise.

use std::fmt;

/// What runs a model's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Engine {
    /// The streaming kernel for polyspot's own family of networks: the fastest, in safe Rust with the processor's vector
    /// instructions.
    Kernel,
    /// The inference engine tract, which runs any causal temporal network. It is part of the library where the feature `tract` is on.
    Tract,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "kernel",
            Self::Tract => "tract",
        })
    }
}
