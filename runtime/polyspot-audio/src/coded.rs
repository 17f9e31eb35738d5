//! Files of compressed audio, by symphonia.

use std::error::Error as StdError;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::CODEC_ID_FLAC;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::error::AudioError;
use crate::file::{Header, Source};

/// An opened file of compressed audio.
pub(crate) struct CodedFile {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// FLAC says how many frames it has and where in them a packet belongs; elsewhere these are estimates.
    exact: bool,
    header: Header,
    truncated: bool,
    frames_read: u64,
}

impl CodedFile {
    /// Finds out the kind of the file; `found` describes it when it is none of ours.
    pub(crate) fn open(file: File, path: &Path, found: String) -> Result<Self, AudioError> {
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| match error {
                Error::Unsupported(_) => AudioError::Kind { found },
                error => refused(error, 0),
            })?;
        let track = format
            .default_track(TrackType::Audio)
            .ok_or_else(|| AudioError::malformed("an audio track", "none"))?;
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .ok_or_else(|| AudioError::malformed("an audio codec", "none"))?;
        let decoder = codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|error| refused(error, 0))?;
        Ok(Self {
            track: track.id,
            exact: parameters.codec == CODEC_ID_FLAC,
            header: Header {
                sample_rate_hz: parameters
                    .sample_rate
                    .ok_or_else(|| AudioError::malformed("a sample rate", "none"))?,
                channels: parameters
                    .channels
                    .as_ref()
                    .map(Channels::count)
                    .ok_or_else(|| AudioError::malformed("a number of channels", "none"))?,
                frames: track.num_frames,
            },
            truncated: false,
            frames_read: 0,
            decoder,
            format,
        })
    }
}

impl Source for CodedFile {
    fn header(&self) -> Header {
        self.header
    }

    fn truncated(&self) -> bool {
        self.truncated
    }

    fn read_block(&mut self, block: &mut Vec<f32>) -> Result<bool, AudioError> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => packet,
                Ok(Some(_)) => continue,
                Ok(None) => {
                    self.truncated =
                        self.exact && self.header.frames.is_some_and(|all| self.frames_read < all);
                    return Ok(false);
                }
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.truncated = true;
                    return Ok(false);
                }
                Err(error) => return Err(refused(error, self.frames_read)),
            };
            if self.exact && packet.pts.get() as u64 != self.frames_read {
                let gap = format!("expected frame {}, found frame {}", self.frames_read, packet.pts.get());
                return Err(damaged(gap, self.frames_read));
            }
            let decoded = self.decoder.decode(&packet).map_err(|error| refused(error, self.frames_read))?;
            let (rate_hz, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
            let Header { sample_rate_hz, channels: expected, .. } = self.header;
            if (rate_hz, channels) != (sample_rate_hz, expected) {
                let change = format!(
                    "expected {sample_rate_hz} Hz and {expected} channel(s) throughout, found {rate_hz} Hz and {channels}"
                );
                return Err(damaged(change, self.frames_read));
            }
            if !decoded.is_empty() {
                self.frames_read += decoded.frames() as u64;
                decoded.copy_to_vec_interleaved(block);
                return Ok(true);
            }
        }
    }
}

/// Made for each file: it is a few insertions, and a global one would be shared by all users of symphonia.
fn codecs() -> CodecRegistry {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    #[cfg(feature = "compressed")]
    codecs.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    codecs
}

fn refused(error: Error, frame: u64) -> AudioError {
    match error {
        Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            AudioError::malformed("a whole header", "the end of the file")
        }
        Error::IoError(error) => error.into(),
        error => damaged(error, frame),
    }
}

fn damaged(source: impl Into<Box<dyn StdError + Send + Sync>>, frame: u64) -> AudioError {
    AudioError::Damaged { frame, source: source.into() }
}
