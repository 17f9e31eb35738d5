//! The whole way from a file to mono samples at a given rate.

use std::path::Path;

use crate::channels::{ChannelChoice, mono_samples};
use crate::error::AudioError;
use crate::file::AudioFile;
use crate::resampler::Resampler;

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
/// As [`AudioFile`], when the file has not the channel asked for, and when `rate_hz` is not in 1 to 384 kHz.
/// `on_block` may then have been called with what was sound.
pub fn for_each_block(
    path: &Path,
    rate_hz: u32,
    choice: ChannelChoice,
    mut on_block: impl FnMut(&[f32]),
) -> Result<FileSummary, AudioError> {
    let mut file = AudioFile::open(path)?;
    let (sample_rate_hz, channels) = (file.sample_rate_hz(), file.channels());
    choice.check(channels)?;
    let mut resampler = Resampler::new(sample_rate_hz, rate_hz)?;
    let mut mono = Vec::new();
    while let Some(block) = file.next_block()? {
        mono_samples(block, channels, choice, &mut mono);
        resampler.push(&mono, &mut on_block)?;
    }
    resampler.flush(&mut on_block)?;
    Ok(FileSummary { frames: file.frames_read(), sample_rate_hz, channels, truncated: file.truncated() })
}

/// Reads a whole file into memory as mono samples at `rate_hz`, full scale ±1.
///
/// # Errors
/// As [`for_each_block`].
pub fn read_mono(path: &Path, rate_hz: u32, choice: ChannelChoice) -> Result<Vec<f32>, AudioError> {
    let mut samples = Vec::new();
    for_each_block(path, rate_hz, choice, |block| samples.extend_from_slice(block))?;
    Ok(samples)
}
