//! Why a word cannot be enrolled.

use alloc::string::String;

use crate::front_end::FrontEndSpecError;
use crate::kernel::NetworkError;

/// Why a word cannot be enrolled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// The network has no last layer that a word can be added to.
    #[error(
        "a word can be added to a network that ends in words, softmax and their sums to labels; this one: {0}"
    )]
    Unsupported(&'static str),
    /// The statistics are of other features.
    #[error("the statistics are of {found} features, the network has {expected} in three moments")]
    OtherFeatures {
        /// Features of the network.
        expected: usize,
        /// Features of the statistics.
        found: usize,
    },
    /// The numbers are no statistics of features.
    #[error("the statistics must be {expected}, found {found}")]
    Statistics {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// The take holds no word.
    #[error(
        "a take must hold a word of 0.1 to 3 seconds, found {seconds:.2} seconds within 30 dB of its loudest part"
    )]
    NoWord {
        /// Seconds from the first to the last 10 ms within 30 dB of the loudest.
        seconds: f64,
    },
    /// There was no take.
    #[error("a word needs at least one take")]
    NoTake,
    /// The takes sound like anything else: no direction tells them from other speech.
    #[error("the takes cannot be told from other speech")]
    Indistinct,
    /// The front end cannot be computed.
    #[error(transparent)]
    FrontEnd(#[from] FrontEndSpecError),
    /// The network cannot be run.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
