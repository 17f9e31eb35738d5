//! The chunks of RIFF, RIFX, RF64, BW64 and Wave64.

use std::io::{BufReader, Read};

use crate::error::AudioError;
use crate::input::Input;
use crate::reading::{pass, read_array};

pub(super) const ID_BYTES: usize = 4;

/// The length that stands in an RF64 file where the long one counts.
const ELSEWHERE: u64 = u32::MAX as u64;

/// What follows the four letters in the identifiers of Wave64: a kind of GUID for `riff`, another for the chunks.
const GUID_BYTES: usize = 16;
/// The header of a Wave64 chunk: its identifier and its length, which counts the header too.
const LONG_HEADER_BYTES: u64 = 24;

/// Reads one chunk after the other.
pub(super) struct Chunks {
    reader: BufReader<Input>,
    container: Container,
    /// Of RF64: the length of the data chunk.
    long_length: Option<u64>,
    /// Bytes of padding behind the chunk that is being read.
    padding: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Container {
    Riff,
    /// Big-endian.
    Rifx,
    Wave64,
}

impl Chunks {
    pub(super) fn open(mut reader: BufReader<Input>) -> Result<Self, AudioError> {
        let mark = read_array::<ID_BYTES>(&mut reader, "a RIFF header")?;
        let (container, form) = match &mark {
            b"riff" => {
                read_array::<{ GUID_BYTES - ID_BYTES + 8 }>(&mut reader, "a Wave64 header")?;
                let form = read_array::<GUID_BYTES>(&mut reader, "a Wave64 header")?;
                let [a, b, c, d, ..] = form;
                (Container::Wave64, [a, b, c, d].map(|letter| letter.to_ascii_uppercase()))
            }
            mark => {
                read_array::<4>(&mut reader, "a RIFF header")?;
                let is_big = mark == b"RIFX";
                let container = if is_big { Container::Rifx } else { Container::Riff };
                (container, read_array(&mut reader, "a RIFF header")?)
            }
        };
        if form != *b"WAVE" {
            return Err(AudioError::malformed("a RIFF file of form \"WAVE\"", quoted(form)));
        }
        Ok(Self { reader, container, long_length: None, padding: 0 })
    }

    /// The name and length of the next chunk; the one before must have been read to its end.
    pub(super) fn next(&mut self) -> Result<([u8; ID_BYTES], u64), AudioError> {
        const EXPECTED: &str = "a data chunk";
        pass(&mut self.reader, self.padding)?;
        if self.container == Container::Wave64 {
            let [a, b, c, d, ..] = read_array::<GUID_BYTES>(&mut self.reader, EXPECTED)?;
            let length = u64::from_le_bytes(read_array(&mut self.reader, EXPECTED)?);
            let length = length.saturating_sub(LONG_HEADER_BYTES);
            self.padding = length.wrapping_neg() % 8;
            return Ok(([a, b, c, d], length));
        }
        let id = read_array(&mut self.reader, EXPECTED)?;
        let length = read_array(&mut self.reader, EXPECTED)?;
        let length = self.number(length).into();
        // A chunk of odd length is followed by a padding byte.
        self.padding = length % 2;
        Ok((id, length))
    }

    pub(super) fn pass(&mut self, bytes: u64) -> Result<(), AudioError> {
        Ok(pass(&mut self.reader, bytes)?)
    }

    /// The number of frames that there are before a coding padded them.
    pub(super) fn read_fact(&mut self, length: u64) -> Result<u64, AudioError> {
        let frames = read_array(&mut self.reader, "a fact chunk")?;
        let frames = self.number(frames);
        self.pass(length - 4)?;
        Ok(frames.into())
    }

    /// RF64, for files above 4 GiB: the data chunk's length stands second in its own chunk.
    pub(super) fn read_long_length(&mut self, length: u64) -> Result<(), AudioError> {
        const PLAIN_LENGTH: u64 = 24;
        if length < PLAIN_LENGTH {
            return Err(AudioError::malformed("a ds64 chunk of at least 24 bytes", length.to_string()));
        }
        let [_riff, data, _samples] = [(); 3].map(|()| read_array::<8>(&mut self.reader, "a ds64 chunk"));
        self.long_length = Some(u64::from_le_bytes(data?));
        self.pass(length - PLAIN_LENGTH)
    }

    /// The length that counts of a data chunk that states `stated`.
    pub(super) fn long_length(&self, stated: u64) -> u64 {
        self.long_length.filter(|_| stated == ELSEWHERE).unwrap_or(stated)
    }

    pub(super) fn is_big_endian(&self) -> bool {
        self.container == Container::Rifx
    }

    fn number(&self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian() { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    pub(super) fn into_reader(self) -> BufReader<Input> {
        self.reader
    }
}

impl Read for Chunks {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(bytes)
    }
}

fn quoted(tag: [u8; 4]) -> String {
    format!("\"{}\"", tag.escape_ascii())
}
