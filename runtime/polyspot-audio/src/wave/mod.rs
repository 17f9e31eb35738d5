//! WAV files of every coding that is simple.
//!
//! Read here and not by a library: symphonia stops at 26 channels and refuses the headers that a cut-off
//! recording leaves, hound knows no 64-bit float.

mod adpcm;
mod chunks;
mod format;

use std::io::BufReader;

use crate::error::AudioError;
use crate::input::Input;
use crate::reading::{read_available, read_once};
use crate::source::{Header, Source};
use chunks::{Chunks, ID_BYTES};
use format::{Coding, Format};

/// About how many bytes are read at once.
const BLOCK_BYTES: usize = 64 << 10;

/// Lengths of the data chunk from which on a file that ends earlier was not cut off: writers that do not know it leave such in their
/// headers (`arecord` 0x80000000, `sox` 0x7FFFF000, `ffmpeg` 0xFFFFFFFF), less the header's length or rounded to whole frames; and what no
/// disk holds, in headers of 64 bits.
const PLACEHOLDERS: [std::ops::RangeInclusive<u64>; 3] =
    [0x7FFF_0000..=0x8000_1000, 0xFFFF_0000..=0xFFFF_FFFF, 1 << 60..=u64::MAX];

/// What may stand behind a data chunk of no length. Anything else there is the audio of a writer that was killed.
const OTHER_CHUNKS: [&[u8; ID_BYTES]; 16] = [
    b"LIST", b"id3 ", b"ID3 ", b"fact", b"cue ", b"smpl", b"inst", b"bext", b"iXML", b"PEAK", b"JUNK",
    b"junk", b"PAD ", b"afsp", b"cart", b"_PMX",
];

/// An opened WAV file, its reader within the data chunk.
pub(crate) struct WaveFile {
    reader: BufReader<Input>,
    format: Format,
    header: Header,
    truncated: bool,
    /// Bytes of the data chunk still to come; `None`: until the file ends.
    bytes_left: Option<u64>,
    /// Of ADPCM, which comes in whole blocks, the frames still to come.
    frames_left: Option<u64>,
    /// Bytes that were read and are not decoded: those of an incomplete unit, then room for what comes.
    bytes: Vec<u8>,
    waiting: usize,
}

impl WaveFile {
    /// Reads the chunks up to the audio itself.
    pub(crate) fn open(input: Input) -> Result<Self, AudioError> {
        let (mut chunks, mut format) = (Chunks::open(BufReader::new(input))?, None);
        let mut fact = None;
        let (format, length) = loop {
            let (id, length) = chunks.next()?;
            match &id {
                b"data" => {
                    let missing = || AudioError::malformed("a format chunk before the data chunk", "none");
                    break (format.ok_or_else(missing)?, length);
                }
                b"fmt " => format = Some(Format::read(&mut chunks, length)?),
                b"fact" if length >= 4 => fact = Some(chunks.read_fact(length)?),
                b"ds64" => chunks.read_long_length(length)?,
                _ => chunks.pass(length)?,
            }
        };
        let length = chunks.long_length(length);
        let unit = format.unit_bytes();
        let mut file = Self {
            header: Header { sample_rate_hz: format.sample_rate_hz, channels: format.channels, frames: None },
            reader: chunks.into_reader(),
            truncated: false,
            bytes_left: Some(length),
            frames_left: None,
            bytes: vec![0; unit * (BLOCK_BYTES / unit).max(1)],
            waiting: 0,
            format,
        };
        if length == 0 {
            file.begin_without_length()?;
        } else if PLACEHOLDERS.iter().any(|lengths| lengths.contains(&length)) {
            file.bytes_left = None;
        }
        file.announce(fact);
        Ok(file)
    }

    /// With a length of 0: what follows, if it is no other chunk, is audio.
    fn begin_without_length(&mut self) -> Result<(), AudioError> {
        let mut mark = [0; ID_BYTES];
        let found = read_available(&mut self.reader, &mut mark)?;
        if found > 0 && !OTHER_CHUNKS.iter().any(|id| mark == **id) {
            self.bytes_left = None;
            self.bytes.resize(self.bytes.len().max(ID_BYTES), 0);
            self.bytes[..found].copy_from_slice(&mark[..found]);
            self.waiting = found;
        }
        Ok(())
    }

    /// Tells how many frames there are, if it can be told.
    fn announce(&mut self, fact: Option<u64>) {
        let Some(bytes) = self.bytes_left else { return };
        let frames = self.format.frames(bytes);
        // The last block is full even if the audio ends in it.
        let is_padded = |fact: u64| fact < frames && frames - fact < self.format.unit_frames();
        match fact.filter(|&fact| is_padded(fact)) {
            Some(fact) => {
                self.header.frames = Some(fact);
                self.frames_left = Some(fact);
            }
            None => self.header.frames = Some(frames),
        }
    }

    /// Reads until there is a whole unit or an end; gives how many bytes there are.
    fn fill(&mut self) -> Result<usize, AudioError> {
        let mut found = self.waiting;
        while found < self.format.unit_bytes() {
            let room = self.bytes.len() - found;
            let wanted = self.bytes_left.map_or(room, |left| left.min(room as u64) as usize);
            let more = read_once(&mut self.reader, &mut self.bytes[found..found + wanted])?;
            if let Some(left) = &mut self.bytes_left {
                *left -= more as u64;
                self.truncated |= more == 0 && *left > 0;
            }
            if more == 0 {
                break;
            }
            found += more;
        }
        Ok(found)
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
        let found = self.fill()?;
        let unit = self.format.unit_bytes();
        let is_last = found < unit;
        // A block of ADPCM that was cut off still has sound in it.
        let whole = if is_last && matches!(self.format.coding, Coding::Adpcm(_)) {
            found
        } else {
            found - found % unit
        };
        block.clear();
        self.format.decode(&mut self.bytes[..whole], block);
        self.bytes.copy_within(whole..found, 0);
        self.waiting = found - whole;
        if let Some(left) = &mut self.frames_left {
            let frames = (block.len() / self.format.channels) as u64;
            block.truncate((*left).min(frames) as usize * self.format.channels);
            *left = left.saturating_sub(frames);
        }
        Ok(!block.is_empty())
    }
}
