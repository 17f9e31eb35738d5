//! What a FLAC stream says of itself before its frames (RFC 9639, section 8).

use super::frame_header::{FrameHeader, LONGEST, Place};
use crate::error::AudioError;
use crate::input::Input;
use crate::reading::{cut_off, pass, read_array};

/// Bytes of the block.
pub(super) const BYTES: usize = 34;

/// The part of it that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StreamInfo {
    pub(super) sample_rate_hz: u32,
    pub(super) channels: u32,
    /// Of a sample.
    pub(super) bits: u32,
    /// Samples of every frame but the last, if they are equal. The first frame tells: what the header says is often wrong.
    pub(super) frame_samples: Option<u32>,
    /// Samples of each channel; `None`: not known.
    pub(super) samples: Option<u64>,
}

impl StreamInfo {
    /// Reads all metadata, which may be of any length: of it only this block is kept. `None` if it is not there or makes no sense:
    /// frames tell the same.
    pub(super) fn read(input: &mut Input) -> Result<Option<Self>, AudioError> {
        const EXPECTED: &str = "a whole header";
        let mut info = None;
        let mark = read_array::<4>(input, EXPECTED)?;
        debug_assert_eq!(&mark, b"fLaC");
        loop {
            let [kind, length @ ..] = read_array::<4>(input, EXPECTED)?;
            let length = length.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
            if matches!(kind, 0 | 0x80) && length >= BYTES && info.is_none() {
                info = Self::parse(read_array(input, EXPECTED)?);
                pass(input, (length - BYTES) as u64)?;
            } else {
                pass(input, length as u64)?;
            }
            if kind & 0x80 != 0 {
                return Ok(info);
            }
            if input.head(1)?.is_empty() {
                return Err(cut_off(std::io::ErrorKind::UnexpectedEof.into(), EXPECTED));
            }
        }
    }

    fn parse(block: [u8; BYTES]) -> Option<Self> {
        let number =
            |from: usize, to: usize| block[from..to].iter().fold(0, |sum, &b| sum << 8 | u64::from(b));
        // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
        let packed = number(10, 18);
        let samples = packed & ((1 << 36) - 1);
        let info = Self {
            sample_rate_hz: (packed >> 44) as u32,
            channels: (packed >> 41 & 7) as u32 + 1,
            bits: (packed >> 36 & 31) as u32 + 1,
            frame_samples: None,
            samples: (samples > 0).then_some(samples),
        };
        (info.sample_rate_hz > 0 && info.bits >= 4).then_some(info)
    }

    /// Of a stream of which only frames are there.
    pub(super) fn of_frame(header: &FrameHeader) -> Option<Self> {
        Some(Self {
            sample_rate_hz: header.sample_rate_hz?,
            channels: header.channels,
            bits: header.bits?,
            frame_samples: None,
            samples: None,
        })
    }

    /// Whether a frame can be of this stream.
    pub(super) fn can_hold(&self, frame: &FrameHeader) -> bool {
        frame.channels == self.channels
            && frame.sample_rate_hz.is_none_or(|rate_hz| rate_hz == self.sample_rate_hz)
            && frame.bits.is_none_or(|bits| bits == self.bits)
    }

    /// A frame has no more bytes: as many bits as it takes to write every sample as it is, one more for the difference of two channels.
    pub(super) fn most_bytes(&self, frame: &FrameHeader) -> usize {
        let bits = frame.samples as usize * frame.channels as usize * (self.bits as usize + 1);
        LONGEST + bits.div_ceil(8) + 8 * frame.channels as usize + 2
    }

    /// The block as a decoder wants it, which frames of any length may follow.
    pub(super) fn block(&self) -> Box<[u8]> {
        let mut block = [0; BYTES];
        block[..4].copy_from_slice(&[0, 16, 0xFF, 0xFF]);
        let packed = u64::from(self.sample_rate_hz) << 44
            | u64::from(self.channels - 1) << 41
            | u64::from(self.bits - 1) << 36;
        block[10..18].copy_from_slice(&packed.to_be_bytes());
        Box::new(block)
    }

    /// The number of the first sample of a frame.
    pub(super) fn start(&mut self, header: &FrameHeader) -> u64 {
        match header.place {
            Place::Sample(sample) => sample,
            Place::Frame(frame) => frame * u64::from(*self.frame_samples.get_or_insert(header.samples)),
        }
    }
}
