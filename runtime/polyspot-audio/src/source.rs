//! What each kind of recording gives, once it is opened.

use crate::error::AudioError;

/// What an opened file states about its audio.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    pub(crate) frames: Option<u64>,
}

/// Places in a recording that could not be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// Frames delivered before the first of them.
    pub frame: u64,
    /// How many there are.
    pub places: u64,
}

/// A file of one kind, opened.
pub(crate) trait Source: Send + Sync {
    fn header(&self) -> Header;

    /// Replaces `block` with the next frames; false when there are none.
    fn read_block(&mut self, block: &mut Vec<f32>) -> Result<bool, AudioError>;

    /// Whether the file ended before the frames that it announced.
    fn truncated(&self) -> bool;

    /// What could not be decoded so far, in frames of this source.
    fn damage(&self) -> Option<Damage> {
        None
    }

    /// Bytes at the end that are no whole frame, where that is a sign that the format was misunderstood.
    fn left_over_bytes(&self) -> usize {
        0
    }
}
