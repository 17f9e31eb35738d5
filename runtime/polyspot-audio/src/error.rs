//! What can be wrong with audio.

use std::error::Error;
use std::io;
use std::ops::RangeInclusive;

/// Sample rates that are read and resampled, in Hz.
pub(crate) const SAMPLE_RATES_HZ: RangeInclusive<u32> = 1_000..=384_000;

/// Numbers of channels that are read.
pub(crate) const CHANNELS: RangeInclusive<usize> = 1..=64;

/// The kinds of files that are read, for messages.
const KINDS: &str = if cfg!(feature = "coded") {
    "WAV, FLAC, MP3, Ogg (Vorbis, Opus, FLAC), M4A or AAC"
} else if cfg!(feature = "flac") {
    "WAV or FLAC"
} else {
    "WAV"
};

/// Why audio was refused. Names no file: the caller knows which one it opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The file cannot be opened or read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// The file is of no kind that is read here.
    #[error("expected {KINDS}, found {found}")]
    Kind {
        /// What the file begins with.
        found: String,
    },
    /// The file is of a kind, or its samples have a coding, that is known but not read here.
    #[error("expected {KINDS}, found {found}; this converts it: ffmpeg -i IN -ac 1 -ar 16000 OUT.wav")]
    Foreign {
        /// The name of the kind.
        found: String,
    },
    /// The file has no bytes at all, or not one frame of audio where some is needed.
    #[error("expected audio, found an empty recording")]
    Empty,
    /// The file contradicts its own format, or uses a part of it that is not read here.
    #[error("expected {expected}, found {found}")]
    Malformed {
        /// What a file that is read here has in this place.
        expected: String,
        /// What this file has.
        found: String,
    },
    /// The coded audio cannot be decoded, and nothing behind the damage. Everything up to `frame` is sound.
    #[error("the audio is damaged after frame {frame}")]
    Damaged {
        /// Frames decoded before the damage.
        frame: u64,
        /// What the decoder says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The sample rate is out of range.
    #[error(
        "expected a sample rate of {} to {} Hz, found {found} Hz",
        SAMPLE_RATES_HZ.start(),
        SAMPLE_RATES_HZ.end()
    )]
    SampleRate {
        /// The rate found, in Hz.
        found: u32,
    },
    /// There are too many channels, or none.
    #[error("expected {} to {} channels, found {found}", CHANNELS.start(), CHANNELS.end())]
    Channels {
        /// The number of channels found.
        found: usize,
    },
    /// The channel asked for is beyond those there are. Both count as programs show them, from 1.
    #[error("expected channel {} to exist, found {channels} channel(s)", .channel + 1)]
    NoSuchChannel {
        /// The channel asked for, 0-based.
        channel: usize,
        /// How many channels there are.
        channels: usize,
    },
    /// The resampler failed.
    #[error("resampling failed")]
    Resampling(#[source] Box<dyn Error + Send + Sync>),
}

impl AudioError {
    pub(crate) fn malformed(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Malformed { expected: expected.into(), found: found.into() }
    }

    /// Checks what every kind of file states about itself.
    pub(crate) fn check_stream(sample_rate_hz: u32, channels: usize) -> Result<(), Self> {
        Self::check_rate(sample_rate_hz)?;
        if !CHANNELS.contains(&channels) {
            return Err(Self::Channels { found: channels });
        }
        Ok(())
    }

    pub(crate) fn check_rate(sample_rate_hz: u32) -> Result<(), Self> {
        if !SAMPLE_RATES_HZ.contains(&sample_rate_hz) {
            return Err(Self::SampleRate { found: sample_rate_hz });
        }
        Ok(())
    }
}
