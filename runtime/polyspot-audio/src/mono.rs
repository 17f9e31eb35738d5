//! The whole way from a file to mono samples at a given rate.

use std::path::Path;

use crate::channels::ChannelChoice;
use crate::error::AudioError;
use crate::file::{AudioFile, Damage};

/// What was read of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSummary {
    /// Frames read, at the file's own rate.
    pub frames: u64,
    /// The file's own rate, in Hz.
    pub sample_rate_hz: u32,
    /// The file's channels.
    pub channels: usize,
    /// Whether the file ended before the frames it announced.
    pub truncated: bool,
    /// What of it could not be decoded.
    pub damage: Option<Damage>,
}

impl FileSummary {
    /// The length of the audio, in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.sample_rate_hz)
    }
}

/// Reads a file as mono samples at `rate_hz`, full scale ±1, and calls `on_block` with one block after the
/// other.
///
/// # Errors
/// As [`AudioFile::open`] and [`AudioFile::for_each_block`].
pub fn for_each_block(
    path: &Path,
    rate_hz: u32,
    choice: ChannelChoice,
    on_block: impl FnMut(&[f32]),
) -> Result<FileSummary, AudioError> {
    AudioFile::open(path)?.for_each_block(rate_hz, choice, on_block)
}

/// Reads a whole file into memory as mono samples at `rate_hz`, full scale ±1.
///
/// # Errors
/// As [`for_each_block`], and when there is not one sample.
pub fn read_mono(path: &Path, rate_hz: u32, choice: ChannelChoice) -> Result<Vec<f32>, AudioError> {
    let mut samples = Vec::new();
    for_each_block(path, rate_hz, choice, |block| samples.extend_from_slice(block))?;
    if samples.is_empty() { Err(AudioError::Empty) } else { Ok(samples) }
}
