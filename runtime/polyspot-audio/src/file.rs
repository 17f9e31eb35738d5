//! A file of audio, whatever its kind.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

use crate::error::AudioError;
use crate::wave::WaveFile;

/// What an opened file states about its audio.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    pub(crate) frames: Option<u64>,
}

/// A file of one kind, opened.
pub(crate) trait Source: Send + Sync {
    fn header(&self) -> Header;

    /// Replaces `block` with the next frames; false when there are none.
    fn read_block(&mut self, block: &mut Vec<f32>) -> Result<bool, AudioError>;

    /// Whether the file ended before the frames that it announced.
    fn truncated(&self) -> bool;
}

/// An opened audio file, decoded block by block in constant memory.
///
/// A recording that was cut off (a WAV whose data chunk is shorter than announced, a FLAC that stops in the
/// middle) delivers the whole frames that are there, and [`truncated`](Self::truncated) tells so. Damage in the
/// middle, and a file without a single frame, are errors.
pub struct AudioFile {
    source: Box<dyn Source>,
    block: Vec<f32>,
    frames_read: u64,
    ended: bool,
}

impl AudioFile {
    /// Opens a file and reads its header. The kind is told by the content, not by the name.
    ///
    /// # Errors
    /// When the file cannot be read, is of no kind that is read here, or has a header that is malformed or out
    /// of range.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        let mut reader = BufReader::new(File::open(path)?);
        let start = reader.fill_buf()?;
        if start.is_empty() {
            return Err(AudioError::Empty);
        }
        let source: Box<dyn Source> = if start.starts_with(b"RIFF") || start.starts_with(b"RF64") {
            Box::new(WaveFile::open(reader)?)
        } else {
            let found = format!("a file that begins with \"{}\"", start[..start.len().min(4)].escape_ascii());
            reader.rewind()?;
            coded(reader.into_inner(), path, found)?
        };
        let header = source.header();
        AudioError::check_stream(header.sample_rate_hz, header.channels)?;
        Ok(Self { source, block: Vec::new(), frames_read: 0, ended: false })
    }

    /// Frames per second.
    pub fn sample_rate_hz(&self) -> u32 {
        self.source.header().sample_rate_hz
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        self.source.header().channels
    }

    /// How many frames the file says it has: a hint for progress, not a promise.
    pub fn frames(&self) -> Option<u64> {
        self.source.header().frames
    }

    /// How many frames have been delivered.
    pub fn frames_read(&self) -> u64 {
        self.frames_read
    }

    /// Whether the file ended before the frames it announced. Known once [`next_block`](Self::next_block) has
    /// returned `None`.
    pub fn truncated(&self) -> bool {
        self.source.truncated()
    }

    /// Reads the next frames: interleaved samples, full scale ±1, never an empty slice; `None` at the end. What a file of floats
    /// has for a sample may be no finite number: [`mono_samples`](crate::mono_samples) sees to that.
    ///
    /// # Errors
    /// When the file cannot be read or its audio is damaged, and when it ends without having had one frame.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        if self.ended {
            return Ok(None);
        }
        self.ended = true; // also after an error: nothing behind damage is delivered
        let more = self.source.read_block(&mut self.block)?;
        if more {
            self.ended = false;
            self.frames_read += (self.block.len() / self.channels()) as u64;
            Ok(Some(&self.block))
        } else if self.frames_read == 0 {
            Err(AudioError::Empty)
        } else {
            Ok(None)
        }
    }
}

/// Opens a file of compressed audio; `found` describes it when it is of no kind that is read here.
#[cfg(feature = "flac")]
fn coded(file: File, path: &Path, found: String) -> Result<Box<dyn Source>, AudioError> {
    Ok(Box::new(crate::coded::CodedFile::open(file, path, found)?))
}

#[cfg(not(feature = "flac"))]
fn coded(_: File, _: &Path, found: String) -> Result<Box<dyn Source>, AudioError> {
    Err(AudioError::Kind { found })
}
