//! The whole way from a recording to mono samples at a given rate.

use std::path::Path;

use crate::channels::{ChannelChoice, mono_samples};
use crate::error::AudioError;
use crate::file::AudioFile;
use crate::resampler::Resampler;
use crate::source::Damage;

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

/// A recording as mono samples at another rate, block by block.
#[derive(Debug)]
pub struct MonoBlocks {
    file: AudioFile,
    choice: ChannelChoice,
    resampler: Resampler,
    mono: Vec<f32>,
    block: Vec<f32>,
    /// Once the file has ended; an error still to be told.
    end: Option<Result<(), AudioError>>,
}

impl MonoBlocks {
    /// Begins with what the file delivers next.
    ///
    /// # Errors
    /// When the file has not the channel asked for, and when `rate_hz` is not in 1 to 384 kHz.
    pub fn new(file: AudioFile, rate_hz: u32, choice: ChannelChoice) -> Result<Self, AudioError> {
        choice.check(file.channels())?;
        let resampler = Resampler::new(file.sample_rate_hz(), rate_hz)?;
        Ok(Self { file, choice, resampler, mono: Vec::new(), block: Vec::new(), end: None })
    }

    /// The next samples, full scale ±1, never an empty slice; `None` at the end. Where the file cannot be read on, all that is sound
    /// comes before the error.
    ///
    /// # Errors
    /// As [`AudioFile::next_block`].
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        self.block.clear();
        while self.block.is_empty() {
            if let Some(end) = &mut self.end {
                return std::mem::replace(end, Ok(())).map(|()| None);
            }
            let channels = self.file.channels();
            let end = match self.file.next_block() {
                Ok(Some(frames)) => {
                    mono_samples(frames, channels, self.choice, &mut self.mono);
                    self.block.extend_from_slice(self.resampler.push(&self.mono)?);
                    continue;
                }
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            self.block.extend_from_slice(self.resampler.flush()?);
            self.end = Some(end);
        }
        Ok(Some(&self.block))
    }

    /// What was read so far.
    pub fn summary(&self) -> FileSummary {
        FileSummary {
            frames: self.file.frames_read(),
            sample_rate_hz: self.file.sample_rate_hz(),
            channels: self.file.channels(),
            truncated: self.file.truncated(),
            damage: self.file.damage(),
        }
    }

    /// As [`AudioFile::left_over_bytes`].
    pub fn left_over_bytes(&self) -> usize {
        self.file.left_over_bytes()
    }
}

/// Reads a file as mono samples at `rate_hz`, full scale ±1, and calls `on_block` with one block after the
/// other.
///
/// # Errors
/// As [`AudioFile::open`], [`MonoBlocks::new`] and [`MonoBlocks::next_block`]. `on_block` has then been called with all that is sound.
pub fn for_each_block(
    path: &Path,
    rate_hz: u32,
    choice: ChannelChoice,
    mut on_block: impl FnMut(&[f32]),
) -> Result<FileSummary, AudioError> {
    let mut blocks = MonoBlocks::new(AudioFile::open(path)?, rate_hz, choice)?;
    while let Some(block) = blocks.next_block()? {
        on_block(block);
    }
    Ok(blocks.summary())
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
