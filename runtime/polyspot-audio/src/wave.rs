//! WAV files of every linear coding.
//!
//! Read here and not by a library: symphonia stops at 26 channels and refuses the headers that a cut-off
//! recording leaves, hound knows no 64-bit float.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};

use crate::error::AudioError;
use crate::file::{Header, Source};

/// About how many bytes are read at once.
const BLOCK_BYTES: usize = 64 << 10;

/// The length that stands in a header whose writer did not know it, or in RF64, where it stands elsewhere.
const UNKNOWN_LENGTH: u32 = u32::MAX;

const LINEAR: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xFFFE;

/// An opened WAV file, its reader within the data chunk.
pub(crate) struct WaveFile {
    reader: BufReader<File>,
    coding: Coding,
    header: Header,
    truncated: bool,
    /// Bytes of the data chunk still to come; `None`: until the file ends.
    bytes_left: Option<u64>,
    /// One block as it stands in the file: whole frames.
    bytes: Vec<u8>,
}

/// How a sample stands in the file, little-endian. Samples of fewer bits are left-justified in it.
#[derive(Debug, Clone, Copy)]
enum Coding {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
}

struct Format {
    coding: Coding,
    channels: usize,
    sample_rate_hz: u32,
}

impl WaveFile {
    /// Reads the chunks up to the audio itself.
    pub(crate) fn open(mut reader: BufReader<File>) -> Result<Self, AudioError> {
        let [.., s0, s1, s2, s3, w, a, v, e] = read_array::<12>(&mut reader, "a RIFF header")?;
        if [w, a, v, e] != *b"WAVE" {
            return Err(AudioError::malformed("a RIFF file of form \"WAVE\"", quoted([w, a, v, e])));
        }
        let riff_length = u32::from_le_bytes([s0, s1, s2, s3]);
        let mut position = 12_u64;
        let mut format = None;
        let mut long_length = None;
        let (format, data_length) = loop {
            let [t0, t1, t2, t3, l0, l1, l2, l3] = read_array::<8>(&mut reader, "a data chunk")?;
            let length = u32::from_le_bytes([l0, l1, l2, l3]);
            position += 8;
            match &[t0, t1, t2, t3] {
                b"data" => {
                    let format = format.ok_or_else(|| {
                        AudioError::malformed("a format chunk before the data chunk", "none")
                    })?;
                    // A writer that was killed leaves the lengths of an empty file in front of its audio.
                    let never_finished = length == 0 && u64::from(riff_length) + 8 <= position;
                    let known = length != UNKNOWN_LENGTH && !never_finished;
                    break (format, if known { Some(u64::from(length)) } else { long_length });
                }
                b"fmt " => format = Some(read_format(&mut reader, length)?),
                b"ds64" => long_length = Some(read_long_length(&mut reader, length)?),
                _ => skip(&mut reader, length)?,
            }
            // A chunk of odd length is followed by a padding byte.
            skip(&mut reader, length % 2)?;
            position += u64::from(length) + u64::from(length % 2);
        };
        let Format { coding, channels, sample_rate_hz } = format;
        let frame_bytes = channels * coding.bytes();
        let frames = data_length.map(|bytes| bytes / frame_bytes as u64);
        Ok(Self {
            reader,
            coding,
            header: Header { sample_rate_hz, channels, frames },
            truncated: false,
            bytes_left: frames.map(|frames| frames * frame_bytes as u64),
            bytes: vec![0; frame_bytes * (BLOCK_BYTES / frame_bytes).max(1)],
        })
    }
}

impl Source for WaveFile {
    fn header(&self) -> Header {
        self.header
    }

    fn truncated(&self) -> bool {
        self.truncated
    }

    fn read_block(&mut self, block: &mut Vec<f32>) -> Result<bool, AudioError> {
        let room = self.bytes.len();
        let wanted = self.bytes_left.map_or(room, |left| left.min(room as u64) as usize);
        let found = read_available(&mut self.reader, &mut self.bytes[..wanted])?;
        if let Some(left) = &mut self.bytes_left {
            *left -= found as u64;
            self.truncated |= found < wanted;
        }
        let whole = found - found % (self.header.channels * self.coding.bytes());
        block.clear();
        self.coding.decode(&self.bytes[..whole], block);
        Ok(whole > 0)
    }
}

impl Coding {
    fn new(tag: u16, bits: u16) -> Result<Self, AudioError> {
        match (tag, bits) {
            (LINEAR, 1..=8) => Ok(Self::U8),
            (LINEAR, 9..=16) => Ok(Self::I16),
            (LINEAR, 17..=24) => Ok(Self::I24),
            (LINEAR, 25..=32) => Ok(Self::I32),
            (FLOAT, 32) => Ok(Self::F32),
            (FLOAT, 64) => Ok(Self::F64),
            _ => Err(AudioError::malformed(
                "WAV samples of 8 to 32-bit linear (1) or 32 or 64-bit float (3)",
                format!("{bits}-bit of coding {tag}"),
            )),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) {
        match self {
            Self::U8 => samples.extend(bytes.iter().map(|&byte| (f32::from(byte) - 128.0) / 128.0)),
            Self::I16 => {
                samples.extend(each(bytes).map(|b| f32::from(i16::from_le_bytes(b)) / 32_768.0));
            }
            Self::I24 => samples.extend(each(bytes).map(|[a, b, c]| from_i32([0, a, b, c]))),
            Self::I32 => samples.extend(each(bytes).map(from_i32)),
            Self::F32 => samples.extend(each(bytes).map(f32::from_le_bytes)),
            Self::F64 => samples.extend(each(bytes).map(|b| f64::from_le_bytes(b) as f32)),
        }
    }
}

/// The bytes of one sample after the other.
fn each<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}

fn from_i32(bytes: [u8; 4]) -> f32 {
    i32::from_le_bytes(bytes) as f32 / 2_147_483_648.0
}

fn read_format(reader: &mut impl Read, length: u32) -> Result<Format, AudioError> {
    const PLAIN_LENGTH: u32 = 16;
    const EXTENSIBLE_LENGTH: u32 = 40;
    if length < PLAIN_LENGTH {
        return Err(AudioError::malformed("a format chunk of at least 16 bytes", length.to_string()));
    }
    let mut chunk = [0; EXTENSIBLE_LENGTH as usize];
    let known = length.min(EXTENSIBLE_LENGTH);
    reader.read_exact(&mut chunk[..known as usize]).map_err(|e| cut_off(e, "a format chunk"))?;
    skip(reader, length - known)?;

    let word = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
    let tag = match word(0) {
        // The first two bytes of the sub-format's identifier are the tag.
        EXTENSIBLE if length >= EXTENSIBLE_LENGTH => word(24),
        tag => tag,
    };
    let channels = usize::from(word(2));
    let sample_rate_hz = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
    let coding = Coding::new(tag, word(14))?;
    AudioError::check_stream(sample_rate_hz, channels)?;
    let frame_bytes = channels * coding.bytes();
    if usize::from(word(12)) != frame_bytes {
        return Err(AudioError::malformed(
            format!("WAV frames of {frame_bytes} bytes ({channels} samples of {} bits)", word(14)),
            format!("{} bytes", word(12)),
        ));
    }
    Ok(Format { coding, channels, sample_rate_hz })
}

/// RF64, for files above 4 GiB: the data chunk's length stands second in its own chunk.
fn read_long_length(reader: &mut impl Read, length: u32) -> Result<u64, AudioError> {
    const PLAIN_LENGTH: u32 = 24;
    if length < PLAIN_LENGTH {
        return Err(AudioError::malformed("a ds64 chunk of at least 24 bytes", length.to_string()));
    }
    let [_riff, data, _samples] = [(); 3].map(|()| read_array::<8>(reader, "a ds64 chunk"));
    skip(reader, length - PLAIN_LENGTH)?;
    Ok(u64::from_le_bytes(data?))
}

fn read_array<const N: usize>(reader: &mut impl Read, expected: &str) -> Result<[u8; N], AudioError> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|e| cut_off(e, expected))?;
    Ok(bytes)
}

fn cut_off(error: io::Error, expected: &str) -> AudioError {
    match error.kind() {
        ErrorKind::UnexpectedEof => AudioError::malformed(expected, "the end of the file"),
        _ => error.into(),
    }
}

fn skip(reader: &mut impl Read, bytes: u32) -> Result<(), AudioError> {
    io::copy(&mut reader.take(bytes.into()), &mut io::sink())?;
    Ok(())
}

/// Fills as much of `bytes` as the file still has.
fn read_available(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut found = 0;
    while found < bytes.len() {
        match reader.read(&mut bytes[found..]) {
            Ok(0) => break,
            Ok(more) => found += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn quoted(tag: [u8; 4]) -> String {
    format!("\"{}\"", tag.escape_ascii())
}
