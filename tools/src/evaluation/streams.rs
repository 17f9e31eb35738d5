//! Recordings played to a model as continuous streams, heard once and judged at any thresholds.

use polyspot::Model;
use polyspot::evaluation::Trace;

use super::conditions::Condition;

/// Silence after each recording of a stream, in seconds.
pub(crate) const GAP_SECONDS: f64 = 1.0;

/// The lowest threshold that streams can be judged at.
pub(crate) const FLOOR: f32 = 0.02;

/// A half of the data, so that thresholds can be chosen on one and judged on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    First,
    Second,
}

impl Half {
    pub(super) fn of(index: usize) -> Self {
        if index.is_multiple_of(2) { Self::First } else { Self::Second }
    }
}

/// Keywords as a stream, and where in it each is.
pub(crate) struct KeywordStream {
    pub(crate) condition: Condition,
    pub(crate) trace: Trace,
    /// In the order in which they are said.
    pub(crate) words: Vec<Spoken>,
}

/// A keyword of a stream: from the first to the last 10 ms within 30 dB of its clip's loudest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    /// Its number among the model's keywords.
    pub(crate) keyword: usize,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Number of the speaker, all of whose words are in one half.
    pub(crate) speaker: usize,
    pub(crate) half: Half,
}

/// Audio without keywords, as a stream.
pub(crate) struct NegativeStream {
    pub(crate) trace: Trace,
    pub(crate) recordings: Vec<Played>,
}

/// A recording of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Played {
    /// Number of its [`Kind`].
    pub(crate) kind: usize,
    /// Where the next begins.
    pub(crate) end: u64,
    /// Its length without the gap.
    pub(crate) samples: u64,
    /// For how many recordings like it it stands, itself among them.
    pub(crate) stands_for: u64,
    pub(crate) half: Half,
}

/// Recordings without keywords that are alike: a source, a language, a style.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kind {
    pub(crate) name: String,
    pub(crate) recordings: usize,
    pub(crate) samples: u64,
}

pub(super) fn gap_samples(model: &Model) -> usize {
    (GAP_SECONDS * f64::from(model.manifest().front_end.sample_rate_hz)) as usize
}
