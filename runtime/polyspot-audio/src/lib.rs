//! Audio files of any kind as mono blocks at the rate a model wants.
//!
//! WAV always; FLAC with the feature `flac`; MP3, Ogg (Vorbis, Opus, FLAC), M4A and AAC with the feature `coded`. Both are defaults.
//! Everything is read block by block, so that memory does not grow with the length of a recording; a pipe is read as a file is, and
//! as it comes.
//!
//! ```no_run
//! use std::path::Path;
//! use polyspot_audio::{ChannelChoice, for_each_block};
//!
//! # fn main() -> Result<(), polyspot_audio::AudioError> {
//! let mut peak = 0.0_f32;
//! let read = for_each_block(Path::new("meeting.wav"), 16_000, ChannelChoice::Mix, |samples| {
//!     peak = samples.iter().fold(peak, |peak, sample| peak.max(sample.abs()));
//! })?;
//! println!("{:.1} s, peak {peak}", read.seconds());
//! # Ok(())
//! # }
//! ```

mod channels;
#[cfg(feature = "coded")]
mod coded;
mod error;
mod file;
#[cfg(feature = "flac")]
mod flac;
mod input;
mod kind;
mod mono;
mod raw;
mod reading;
mod resampler;
mod sample;
mod source;
mod wave;

pub use channels::{ChannelChoice, mono_samples};
pub use error::AudioError;
pub use file::AudioFile;
pub use kind::{ENDINGS, has_ending, recognised};
pub use mono::{FileSummary, MonoBlocks, for_each_block, read_mono};
pub use raw::RawFormat;
pub use resampler::Resampler;
pub use sample::SampleFormat;
pub use source::Damage;
