//! A keyword heard.

use alloc::sync::Arc;
use core::ops::Range;

/// A keyword heard in a stream.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Detection {
    /// The keyword, as the model writes it.
    #[cfg_attr(feature = "serde", serde(with = "shared_text"))]
    pub keyword: Arc<str>,
    /// The model's language, a BCP 47 tag.
    #[cfg_attr(feature = "serde", serde(with = "shared_text"))]
    pub language: Arc<str>,
    /// Smoothed posterior at its peak, in 0..=1.
    pub score: f32,
    /// First sample of the window of audio that holds the keyword, counted from the start of the stream: of the
    /// windows whose posteriors were averaged, the middle one.
    pub start: u64,
    /// First sample after that window. The detection comes later by half the smoothing and by the wait for the
    /// peak.
    pub end: u64,
}

impl Detection {
    /// A keyword heard in these samples of the stream, with this score.
    pub fn new(
        keyword: impl Into<Arc<str>>,
        language: impl Into<Arc<str>>,
        score: f32,
        samples: Range<u64>,
    ) -> Self {
        let Range { start, end } = samples;
        Self { keyword: keyword.into(), language: language.into(), score, start, end }
    }
}

/// Texts that are shared are written as others are. (serde does so itself with its feature `rc`, which would be on for all the crates
/// of a program then.)
#[cfg(feature = "serde")]
mod shared_text {
    use alloc::string::String;
    use alloc::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        Ok(String::deserialize(deserializer)?.into())
    }
}
