//! Samples without a header.

use crate::error::AudioError;
use crate::input::Input;
use crate::reading::read_once;
use crate::sample::SampleFormat;
use crate::source::{Header, Source};

/// Most bytes taken at once; a live pipe gives as many as there are.
const BLOCK_BYTES: usize = 16 << 10;

/// What samples without a header are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawFormat {
    /// How a sample is written.
    pub sample: SampleFormat,
    /// Frames per second.
    pub sample_rate_hz: u32,
    /// Samples per frame, in turn.
    pub channels: usize,
}

/// Such samples as they come.
pub(crate) struct RawAudio {
    input: Input,
    format: RawFormat,
    bytes: Vec<u8>,
    /// Bytes of a frame that is not complete.
    waiting: usize,
}

impl RawAudio {
    pub(crate) fn new(input: Input, format: RawFormat) -> Self {
        let frame_bytes = format.sample.bytes() * format.channels;
        Self { input, format, bytes: vec![0; BLOCK_BYTES.max(frame_bytes)], waiting: 0 }
    }
}

impl Source for RawAudio {
    fn header(&self) -> Header {
        let RawFormat { sample_rate_hz, channels, .. } = self.format;
        Header { sample_rate_hz, channels, frames: None }
    }

    fn truncated(&self) -> bool {
        false
    }

    fn left_over_bytes(&self) -> usize {
        self.waiting
    }

    fn read_block(&mut self, block: &mut Vec<f32>) -> Result<bool, AudioError> {
        let frame_bytes = self.format.sample.bytes() * self.format.channels;
        while self.waiting < frame_bytes {
            match read_once(&mut self.input, &mut self.bytes[self.waiting..])? {
                0 => return Ok(false),
                more => self.waiting += more,
            }
        }
        let whole = self.waiting - self.waiting % frame_bytes;
        block.clear();
        self.format.sample.decode(&self.bytes[..whole], block);
        self.bytes.copy_within(whole..self.waiting, 0);
        self.waiting -= whole;
        Ok(true)
    }
}
