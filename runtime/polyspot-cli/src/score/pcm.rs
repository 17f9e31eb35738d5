//! Raw audio: bytes that come in pieces of any length, as samples.

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SampleFormat {
    /// 16-bit integer, little-endian.
    S16le,
    /// 32-bit float, little-endian, full scale ±1.
    F32le,
}

impl SampleFormat {
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::S16le => 2,
            Self::F32le => 4,
        }
    }

    /// Decodes whole samples.
    fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) {
        samples.clear();
        match self {
            Self::S16le => {
                let (whole, _) = bytes.as_chunks();
                samples.extend(whole.iter().map(|&sample| f32::from(i16::from_le_bytes(sample)) / 32_768.0));
            }
            Self::F32le => {
                let (whole, _) = bytes.as_chunks();
                samples.extend(whole.iter().map(|&sample| f32::from_le_bytes(sample)));
            }
        }
    }
}

/// Takes bytes, gives whole frames.
pub(super) struct Pcm {
    sample: SampleFormat,
    frame_bytes: usize,
    /// Bytes of a frame that is not complete, and those that came last.
    bytes: Vec<u8>,
}

impl Pcm {
    pub(super) fn new(sample: SampleFormat, channels: usize) -> Self {
        Self { sample, frame_bytes: sample.bytes() * channels, bytes: Vec::new() }
    }

    /// Replaces what is in `interleaved` with the frames that these bytes complete; gives their number.
    pub(super) fn push(&mut self, bytes: &[u8], interleaved: &mut Vec<f32>) -> u64 {
        self.bytes.extend_from_slice(bytes);
        let whole = self.bytes.len() - self.bytes.len() % self.frame_bytes;
        self.sample.decode(&self.bytes[..whole], interleaved);
        self.bytes.drain(..whole);
        (whole / self.frame_bytes) as u64
    }

    /// Bytes of a frame that is not complete.
    pub(super) fn waiting(&self) -> usize {
        self.bytes.len()
    }
}
