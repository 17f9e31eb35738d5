//! A keyword heard.

use alloc::sync::Arc;

/// A keyword heard in a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// The keyword, as the model writes it.
    pub keyword: Arc<str>,
    /// The model's language, a BCP 47 tag.
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
