//! A recording, whatever its kind.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::AudioError;
use crate::input::Input;
use crate::kind::{HEAD_BYTES, Kind};
use crate::raw::{RawAudio, RawFormat};
use crate::source::{Damage, Source};
use crate::wave::WaveFile;

/// An opened recording, decoded block by block in constant memory.
///
/// A recording that was cut off (a WAV whose data chunk is shorter than announced, a FLAC that stops in the
/// middle) delivers the whole frames that are there, and [`truncated`](Self::truncated) tells so. Of one that is damaged in the middle
/// comes what is sound before and behind, with silence in between as far as its length is known, and [`damage`](Self::damage) tells so.
pub struct AudioFile {
    source: Box<dyn Source>,
    block: Vec<f32>,
    frames_read: u64,
    ended: bool,
}

impl fmt::Debug for AudioFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rate_hz, channels) = (self.sample_rate_hz(), self.channels());
        f.debug_struct("AudioFile")
            .field("sample_rate_hz", &rate_hz)
            .field("channels", &channels)
            .finish_non_exhaustive()
    }
}

impl AudioFile {
    /// Opens a file, or a pipe that has a name, and reads its header. The kind is told by the content, not by the name.
    ///
    /// # Errors
    /// When the file cannot be read, is of no kind that is read here, or has a header that is malformed or out
    /// of range.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        Self::of_input(Input::of_file(File::open(path)?)?)
    }

    /// The same for what comes from a pipe.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(reader: impl Read + Send + Sync + 'static) -> Result<Self, AudioError> {
        Self::of_input(Input::of_pipe(reader))
    }

    /// Samples without a header, from a pipe.
    ///
    /// # Errors
    /// When the rate or the number of channels is out of range.
    pub fn raw(reader: impl Read + Send + Sync + 'static, format: RawFormat) -> Result<Self, AudioError> {
        Self::of_source(Box::new(RawAudio::new(Input::of_pipe(reader), format)))
    }

    fn of_input(mut input: Input) -> Result<Self, AudioError> {
        let mut has_tag = false;
        while let Some(length) = id3_length(input.head(HEAD_BYTES)?) {
            input.skip(length)?;
            has_tag = true;
        }
        let head = input.head(HEAD_BYTES)?;
        if head.is_empty() {
            return Err(AudioError::Empty);
        }
        let found = format!("a file that begins with \"{}\"", head[..head.len().min(4)].escape_ascii());
        Self::of_source(match Kind::of(head) {
            Kind::Wave | Kind::Wave64 => Box::new(WaveFile::open(input)?),
            Kind::Flac => of_flac(input)?,
            Kind::Foreign(name) => return Err(AudioError::Foreign { found: name.into() }),
            Kind::Coded(name @ ("MP3" | "AAC")) => of_weak_mark(input, Some(name), found)?,
            Kind::Coded(name) => of_coded(input, Some(name), found)?,
            // Behind a tag of this kind stands MPEG audio, perhaps after some padding.
            Kind::Unknown if has_tag => of_coded(input, Some("MP3"), found)?,
            // What comes from a pipe is not searched for long: it may come slowly, and never end.
            Kind::Unknown if input.length().is_none() => return Err(AudioError::Kind { found }),
            Kind::Unknown => of_weak_mark(input, None, found)?,
        })
    }

    fn of_source(source: Box<dyn Source>) -> Result<Self, AudioError> {
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

    /// What could not be decoded so far.
    pub fn damage(&self) -> Option<Damage> {
        self.source.damage()
    }

    /// Of samples without a header: bytes at the end that are no whole frame.
    pub fn left_over_bytes(&self) -> usize {
        self.source.left_over_bytes()
    }

    /// Reads the next frames: interleaved samples, full scale ±1, never an empty slice; `None` at the end. What a file of floats
    /// has for a sample may be no finite number: [`mono_samples`](crate::mono_samples) sees to that. From a live pipe they come as soon as they are there.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged so that nothing more can be decoded, or has nothing of the audio that it announces.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        if self.ended {
            return Ok(None);
        }
        self.ended = true; // also after an error: nothing behind it is delivered
        if !self.source.read_block(&mut self.block)? {
            // Of what should have been there, nothing is: that is no recording without words.
            let is_lost = self.frames_read == 0 && (self.truncated() || self.damage().is_some());
            return if is_lost { Err(AudioError::Empty) } else { Ok(None) };
        }
        self.ended = false;
        self.frames_read += (self.block.len() / self.channels()) as u64;
        Ok(Some(&self.block))
    }
}

/// Length of the `ID3v2` tag that a file begins with, if it does: those of MP3 files stand before other kinds too.
fn id3_length(head: &[u8]) -> Option<u64> {
    const HEADER_BYTES: u64 = 10;
    const HAS_FOOTER: u8 = 0x10;
    let [b'I', b'D', b'3', _, _, flags, length @ ..] = head else { return None };
    let length = length.first_chunk::<4>()?;
    // Seven bits of each byte.
    let length =
        length.iter().try_fold(0, |sum, &byte| (byte < 0x80).then_some(sum << 7 | u64::from(byte)))?;
    let ends = if flags & HAS_FOOTER == 0 { 1 } else { 2 };
    Some(length + ends * HEADER_BYTES)
}

#[cfg(feature = "flac")]
fn of_flac(input: Input) -> Result<Box<dyn Source>, AudioError> {
    Ok(Box::new(crate::flac::FlacFile::open(input)?))
}

#[cfg(not(feature = "flac"))]
fn of_flac(_: Input) -> Result<Box<dyn Source>, AudioError> {
    Err(AudioError::Foreign { found: "FLAC".into() })
}

/// Opens what symphonia reads; `found` describes it when it is none of that after all.
#[cfg(feature = "coded")]
fn of_coded(input: Input, name: Option<&'static str>, found: String) -> Result<Box<dyn Source>, AudioError> {
    Ok(Box::new(crate::coded::CodedFile::open(input, name.unwrap_or("MP3 or AAC"), found)?))
}

#[cfg(not(feature = "coded"))]
fn of_coded(_: Input, name: Option<&'static str>, found: String) -> Result<Box<dyn Source>, AudioError> {
    Err(match name {
        Some(name) => AudioError::Foreign { found: name.into() },
        None => AudioError::Kind { found },
    })
}

/// What has no mark, or one of two bytes, which other sound may begin with too: perhaps it is a FLAC stream without its beginning.
fn of_weak_mark(
    input: Input,
    name: Option<&'static str>,
    found: String,
) -> Result<Box<dyn Source>, AudioError> {
    #[cfg(feature = "flac")]
    let input = if input.length().is_some() {
        match crate::flac::FlacFile::begun(input)? {
            Ok(file) => return Ok(Box::new(file)),
            Err(input) => input,
        }
    } else {
        input
    };
    of_coded(input, name, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_in_front_has_seven_bits_a_byte() {
        assert_eq!(id3_length(b"ID3\x04\0\0\0\x01\0\x05rest"), Some(16_384 + 5 + 10));
        assert_eq!(id3_length(b"ID3\x04\0\x10\0\0\0\x05"), Some(25), "with a footer");
        assert_eq!(id3_length(b"ID3\x04\0\0\0\x80\0\x05"), None, "eight bits");
        assert_eq!(id3_length(b"ID3\x04\0\0\0"), None, "cut off");
        assert_eq!(id3_length(b"RIFF\0\0\0\0WAVE"), None);
    }
}
