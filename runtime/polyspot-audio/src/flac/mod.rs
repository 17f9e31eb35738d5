//! FLAC files and streams.
//!
//! The frames are found here and not by symphonia, which loses those beside a damaged one, the last one before a tag, and all of a
//! stream whose header says something odd; it also keeps all metadata in memory. It decodes them.

mod frame_header;
mod frames;
mod stream_info;

use symphonia::core::codecs::audio::well_known::CODEC_ID_FLAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::FlacDecoder;

use crate::error::AudioError;
use crate::input::Input;
use crate::source::{Damage, Header, Source};
use frames::{Frame, Frames, Next};
use stream_info::StreamInfo;

/// Within so many bytes a stream whose beginning is missing has a frame.
const SEARCHED_BYTES: usize = 256 << 10;

/// A hole of more samples, of all channels together (12 s of music), is not filled with silence: the number stands in the file, and may be
/// there only to make us compute for hours.
const MOST_FILLED: u64 = 1 << 20;

/// An opened FLAC stream.
pub(crate) struct FlacFile {
    frames: Frames,
    stream: StreamInfo,
    decoder: FlacDecoder,
    /// The number of the sample that should come next; `None`: any.
    next_sample: Option<u64>,
    frames_read: u64,
    truncated: bool,
    damage: Option<Damage>,
    /// Whether nothing sound was found since damage was noted.
    is_in_damage: bool,
}

impl FlacFile {
    /// A stream with its header.
    pub(crate) fn open(mut input: Input) -> Result<Self, AudioError> {
        let stream = if let Some(stream) = StreamInfo::read(&mut input)? {
            stream
        } else {
            let missing = || AudioError::malformed("a FLAC header (STREAMINFO)", "none that makes sense");
            Frames::find_stream(input.head(SEARCHED_BYTES)?).ok_or_else(missing)?
        };
        Self::new(input, stream, Some(0))
    }

    /// A stream whose beginning is missing; gives the input back if there is none.
    pub(crate) fn begun(mut input: Input) -> Result<Result<Self, Input>, AudioError> {
        let Some(stream) = Frames::find_stream(input.head(SEARCHED_BYTES)?) else { return Ok(Err(input)) };
        let mut file = Self::new(input, stream, None)?;
        file.note_damage();
        Ok(Ok(file))
    }

    fn new(input: Input, stream: StreamInfo, next_sample: Option<u64>) -> Result<Self, AudioError> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_FLAC).with_extra_data(stream.block());
        let decoder = FlacDecoder::try_new(&parameters, &AudioDecoderOptions::default())
            .map_err(|error| AudioError::Damaged { frame: 0, source: error.into() })?;
        Ok(Self {
            frames: Frames::new(input),
            stream,
            decoder,
            next_sample,
            frames_read: 0,
            truncated: false,
            damage: None,
            is_in_damage: false,
        })
    }

    /// Frames that are damaged one after the other are one place.
    fn note_damage(&mut self) {
        let damage = self.damage.get_or_insert(Damage { frame: self.frames_read, places: 0 });
        damage.places += u64::from(!self.is_in_damage);
        self.is_in_damage = true;
    }

    /// Puts silence where frames are missing before this one.
    fn fill_hole(&mut self, frame: &Frame, block: &mut Vec<f32>) {
        let start = self.stream.start(&frame.header);
        let hole = self.next_sample.map_or(0, |next| start.saturating_sub(next));
        let is_elsewhere = self.next_sample.is_some_and(|next| next != start);
        if self.next_sample.is_some() && (is_elsewhere || frame.is_behind_damage) {
            self.note_damage();
        }
        let silence = hole.saturating_mul(self.stream.channels.into());
        if silence <= MOST_FILLED {
            block.resize(silence as usize, 0.0);
        }
        self.next_sample = Some(start + u64::from(frame.header.samples));
    }

    /// Adds the samples of a frame, silence where the decoder cannot make anything of it; false if that is the last one.
    fn decode(&mut self, frame: &Frame, block: &mut Vec<f32>) -> bool {
        let samples = frame.header.samples;
        let bytes = &self.frames.bytes()[frame.bytes.clone()];
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::from(u64::from(samples)), bytes);
        let before = block.len();
        block.resize(before + samples as usize * self.stream.channels as usize, 0.0);
        match self.decoder.decode_ref(&packet) {
            Ok(decoded) if decoded.samples_interleaved() == block.len() - before => {
                decoded.copy_to_slice_interleaved(&mut block[before..]);
                self.is_in_damage = false;
            }
            _ if frame.is_last => return false,
            _ => self.note_damage(),
        }
        true
    }
}

impl Source for FlacFile {
    fn header(&self) -> Header {
        let StreamInfo { sample_rate_hz, channels, samples, .. } = self.stream;
        Header { sample_rate_hz, channels: channels as usize, frames: samples }
    }

    fn truncated(&self) -> bool {
        self.truncated
    }

    fn damage(&self) -> Option<Damage> {
        self.damage
    }

    fn read_block(&mut self, block: &mut Vec<f32>) -> Result<bool, AudioError> {
        block.clear();
        let is_cut_off = match self.frames.next(&self.stream)? {
            Next::Frame(frame) => {
                let start = self.next_sample;
                self.fill_hole(&frame, block);
                if self.decode(&frame, block) {
                    self.frames_read += block.len() as u64 / u64::from(self.stream.channels);
                    return Ok(true);
                }
                self.next_sample = start;
                true
            }
            Next::End { is_cut_off } => is_cut_off,
        };
        let heard = self.next_sample.unwrap_or(self.frames_read);
        self.truncated = self.stream.samples.map_or(is_cut_off, |all| heard < all);
        Ok(false)
    }
}
