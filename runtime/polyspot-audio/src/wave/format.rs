//! The format chunk: what the samples of a WAV file are.

use std::io::Read;

use super::adpcm::Adpcm;
use super::chunks::Chunks;
use crate::error::AudioError;
use crate::reading::{cut_off, pass};
use crate::sample::SampleFormat;

const EXTENSIBLE: u16 = 0xFFFE;

/// The codings of samples that are not read here, by the numbers that stand for them.
const FOREIGN: &[(u16, &str)] = &[
    (0x0016, "ITU-T G.723 ADPCM (Antex)"),
    (0x0010, "OKI ADPCM"),
    (0x0014, "ITU-T G.723 ADPCM"),
    (0x0031, "GSM 6.10"),
    (0x0038, "NMS ADPCM"),
    (0x0040, "ITU-T G.721 ADPCM"),
    (0x0041, "ITU-T G.728 CELP"),
    (0x0042, "Microsoft G.723.1"),
    (0x0045, "ITU-T G.726 ADPCM"),
    (0x0050, "MPEG layer 1 or 2"),
    (0x0055, "MP3"),
    (0x0061, "Duck DK4 ADPCM"),
    (0x0062, "Duck DK3 ADPCM"),
    (0x0064, "ITU-T G.726 ADPCM"),
    (0x0065, "ITU-T G.722"),
    (0x0083, "ITU-T G.729"),
    (0x00FF, "AAC"),
    (0x0160, "Windows Media Audio 1"),
    (0x0161, "Windows Media Audio 2"),
    (0x0162, "Windows Media Audio Pro"),
    (0x0163, "Windows Media Audio Lossless"),
    (0x028F, "ITU-T G.722"),
    (0x2000, "AC-3"),
    (0x2001, "DTS"),
    (0x674F, "Ogg Vorbis"),
    (0x6770, "Ogg Vorbis"),
    (0xA109, "Speex"),
    (0xF1AC, "FLAC"),
];

/// What the data chunk holds.
pub(super) struct Format {
    pub(super) coding: Coding,
    pub(super) channels: usize,
    pub(super) sample_rate_hz: u32,
    is_big_endian: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Coding {
    Plain(SampleFormat),
    Adpcm(Adpcm),
}

impl Format {
    pub(super) fn read(chunks: &mut Chunks, length: u64) -> Result<Self, AudioError> {
        const PLAIN_LENGTH: u64 = 16;
        const EXTENSIBLE_LENGTH: u64 = 40;
        if length < PLAIN_LENGTH {
            return Err(AudioError::malformed("a format chunk of at least 16 bytes", length.to_string()));
        }
        let is_big_endian = chunks.is_big_endian();
        let mut chunk = [0; EXTENSIBLE_LENGTH as usize];
        let known = length.min(EXTENSIBLE_LENGTH);
        chunks.read_exact(&mut chunk[..known as usize]).map_err(|e| cut_off(e, "a format chunk"))?;
        pass(chunks, length - known)?;

        let word = |at: usize| {
            let bytes = [chunk[at], chunk[at + 1]];
            if is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
        };
        let double = |at: usize| {
            let [first, second] = [word(at), word(at + 2)].map(u32::from);
            if is_big_endian { first << 16 | second } else { second << 16 | first }
        };
        let sample_rate_hz = double(4);
        let tag = match word(0) {
            // The first two bytes of the sub-format's identifier are the tag.
            EXTENSIBLE if length >= EXTENSIBLE_LENGTH => word(24),
            tag => tag,
        };
        let channels = usize::from(word(2));
        AudioError::check_stream(sample_rate_hz, channels)?;
        let block_bytes = usize::from(word(12));
        let is_told_twice = u64::from(double(8)) == u64::from(sample_rate_hz) * block_bytes as u64;
        let coding = Coding::new(tag, word(14), channels, (block_bytes, is_told_twice))?;
        Ok(Self { coding, channels, sample_rate_hz, is_big_endian })
    }

    /// Bytes that are decoded together: a frame, or a block of ADPCM.
    pub(super) fn unit_bytes(&self) -> usize {
        match self.coding {
            Coding::Plain(sample) => self.channels * sample.bytes(),
            Coding::Adpcm(adpcm) => adpcm.block_bytes,
        }
    }

    /// Frames of such a unit.
    pub(super) fn unit_frames(&self) -> u64 {
        self.frames(self.unit_bytes() as u64)
    }

    /// Frames in so many bytes.
    pub(super) fn frames(&self, bytes: u64) -> u64 {
        let unit = self.unit_bytes() as u64;
        match self.coding {
            Coding::Plain(_) => bytes / unit,
            Coding::Adpcm(adpcm) => {
                let block = adpcm.frames(unit as usize, self.channels) as u64;
                let rest = adpcm.frames((bytes % unit) as usize, self.channels) as u64;
                (bytes / unit).saturating_mul(block).saturating_add(rest)
            }
        }
    }

    /// Adds the samples of these bytes.
    pub(super) fn decode(&self, bytes: &mut [u8], samples: &mut Vec<f32>) {
        match self.coding {
            Coding::Plain(format) => {
                if self.is_big_endian {
                    bytes.chunks_exact_mut(format.bytes()).for_each(<[u8]>::reverse);
                }
                format.decode(bytes, samples);
            }
            Coding::Adpcm(adpcm) => {
                for block in bytes.chunks(adpcm.block_bytes) {
                    adpcm.decode(block, self.channels, samples);
                }
            }
        }
    }
}

impl Coding {
    /// `block_bytes`, which some writers get wrong, counts only where nothing else tells how long a block is, or where the bytes per
    /// second tell the same.
    fn new(
        tag: u16,
        bits: u16,
        channels: usize,
        (block_bytes, is_told_twice): (usize, bool),
    ) -> Result<Self, AudioError> {
        const LINEAR: u16 = 1;
        const MS_ADPCM: u16 = 2;
        const FLOAT: u16 = 3;
        const ALAW: u16 = 6;
        const MULAW: u16 = 7;
        const IMA_ADPCM: u16 = 0x11;
        match (tag, bits) {
            (LINEAR, 1..=8) => Ok(Self::Plain(SampleFormat::U8)),
            (LINEAR, 9..=16) => Ok(Self::Plain(SampleFormat::S16)),
            // `arecord` and others put 24 bits into four bytes.
            (LINEAR, 17..=24) if is_told_twice && block_bytes == 4 * channels => {
                Ok(Self::Plain(SampleFormat::S24In32))
            }
            (LINEAR, 17..=24) => Ok(Self::Plain(SampleFormat::S24)),
            (LINEAR, 25..=32) => Ok(Self::Plain(SampleFormat::S32)),
            (FLOAT, 32) => Ok(Self::Plain(SampleFormat::F32)),
            (FLOAT, 64) => Ok(Self::Plain(SampleFormat::F64)),
            (ALAW, _) => Ok(Self::Plain(SampleFormat::Alaw)),
            (MULAW, _) => Ok(Self::Plain(SampleFormat::Mulaw)),
            (MS_ADPCM, _) => Ok(Self::Adpcm(Adpcm::microsoft(block_bytes, channels)?)),
            (IMA_ADPCM, _) => Ok(Self::Adpcm(Adpcm::ima(block_bytes, channels)?)),
            _ => Err(match FOREIGN.iter().find(|(foreign, _)| *foreign == tag) {
                Some((_, name)) => AudioError::Foreign { found: format!("WAV with {name}") },
                None => AudioError::malformed(
                    "WAV samples of 8 to 32-bit linear (1), 32 or 64-bit float (3), A-law (6), µ-law (7), IMA (17) or Microsoft ADPCM (2)",
                    format!("{bits}-bit of coding {tag}"),
                ),
            }),
        }
    }
}
