//! Files of compressed audio, by symphonia.

mod m4a;
mod ogg;
mod opus;

use std::error::Error as StdError;
use std::io::ErrorKind;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;

use crate::error::AudioError;
use crate::input::Input;
use crate::reading::cut_off;
use crate::source::{Damage, Header, Source};
use m4a::Tagless;
use opus::OpusPackets;

/// What symphonia says when a file is of none of its kinds.
const NO_READER: &str = "core (probe): no suitable format reader found";

/// So many packets in a row that cannot be read or decoded are the end.
const MOST_FAILURES: u32 = 100;

/// A packet that cannot be decoded is replaced by silence, but by no more samples than this: its length stands in the file.
const MOST_FILLED: u64 = 1 << 16;

/// Where the times in an Ogg file leap by so many seconds, what was between is lost, and silence takes its place. Less is how some writers
/// round, more is no loss but another time.
const LOST_SECONDS: std::ops::RangeInclusive<f64> = 0.02..=60.0;

/// An opened file of compressed audio.
pub(crate) struct CodedFile {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    header: Header,
    /// Whether the container ends where its last part does, though nothing says that it is the end.
    may_end_unannounced: bool,
    is_ogg: bool,
    truncated: bool,
    frames_read: u64,
    /// Where the next packet of an Ogg file begins, if nothing is lost.
    next: Option<Timestamp>,
    /// Frames of silence that take the place of what was lost, still to come.
    lost: u64,
    /// The packet that comes next, after them.
    waiting: Option<Packet>,
    damage: Option<Damage>,
    failures: u32,
}

impl CodedFile {
    /// Opens what seems to be a file called `name`; `found` describes it when it is none that is read here.
    pub(crate) fn open(mut input: Input, name: &'static str, found: String) -> Result<Self, AudioError> {
        let is_piped = input.length().is_none();
        let is_ogg = name.starts_with("Ogg");
        let may_end_unannounced = is_ogg && !ogg::is_cut_off(&mut input)?;
        let source: Box<dyn MediaSource> =
            if name == "M4A" { Box::new(Tagless::new(input)?) } else { Box::new(input) };
        let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
        let format = symphonia::default::get_probe()
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| match error {
                Error::Unsupported(NO_READER) => AudioError::Kind { found },
                Error::Unsupported(_) if name == "M4A" && is_piped => AudioError::malformed(
                    "M4A by the name of its file, since its tables may stand behind the sound",
                    "one that comes through a pipe",
                ),
                error => unopened(error, name),
            })?;
        let (track, decoder, header) = first_track(&*format, name)?;
        Ok(Self {
            format,
            decoder,
            track,
            header,
            may_end_unannounced,
            is_ogg,
            truncated: false,
            frames_read: 0,
            next: None,
            lost: 0,
            waiting: None,
            damage: None,
            failures: 0,
        })
    }

    /// The next packet of the track; `None` at the end.
    fn next_packet(&mut self) -> Result<Option<Packet>, AudioError> {
        loop {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.truncated = !self.may_end_unannounced;
                    return Ok(None);
                }
                // Ogg files may stand one behind the other.
                Err(Error::ResetRequired) => {
                    let (track, decoder, header) = first_track(&*self.format, "the next part of it")?;
                    self.check_same(header.sample_rate_hz, header.channels)?;
                    (self.track, self.decoder, self.next) = (track, decoder, None);
                }
                Err(Error::DecodeError(reason)) => self.fail(Error::DecodeError(reason))?,
                Err(error) => return Err(refused(error, self.frames_read)),
            }
        }
    }

    /// Takes note of a place that is damaged.
    fn note_damage(&mut self, places: u64) {
        self.damage.get_or_insert(Damage { frame: self.frames_read, places: 0 }).places += places;
    }

    /// Frames that are missing before a packet of an Ogg file, by its time: pages that are damaged are passed over without a word.
    fn lost_before(&mut self, packet: &Packet) -> u64 {
        let next = self.next.replace(packet.pts.saturating_add(packet.dur));
        let lost = next
            .filter(|next| self.is_ogg && packet.pts > *next)
            .map_or(0, |next| packet.pts.abs_delta(next).get());
        let seconds = lost as f64 / f64::from(self.header.sample_rate_hz);
        if LOST_SECONDS.contains(&seconds) { lost } else { 0 }
    }

    /// Takes note of something that cannot be decoded; an error if there was nothing else for long.
    fn fail(&mut self, error: Error) -> Result<(), AudioError> {
        self.note_damage(u64::from(self.failures == 0));
        self.failures += 1;
        if self.failures > MOST_FAILURES { Err(refused(error, self.frames_read)) } else { Ok(()) }
    }

    fn check_same(&self, rate_hz: u32, channels: usize) -> Result<(), AudioError> {
        let Header { sample_rate_hz, channels: expected, .. } = self.header;
        if (rate_hz, channels) == (sample_rate_hz, expected) {
            return Ok(());
        }
        let change = format!(
            "expected {sample_rate_hz} Hz and {expected} channel(s) throughout, found {rate_hz} Hz and {channels}"
        );
        Err(damaged(change, self.frames_read))
    }

    /// Replaces `block` with the samples of a packet, if there are any.
    fn decode(&mut self, packet: &Packet, block: &mut Vec<f32>) -> Result<bool, AudioError> {
        block.clear();
        let failure = match self.decoder.decode(packet) {
            Ok(decoded) => {
                let (rate_hz, channels) = (decoded.spec().rate(), decoded.spec().channels().count());
                if !decoded.is_empty() {
                    decoded.copy_to_vec_interleaved(block);
                    self.check_same(rate_hz, channels)?;
                }
                self.failures = 0;
                None
            }
            Err(error @ (Error::DecodeError(_) | Error::IoError(_))) => Some(error),
            Err(error) => return Err(refused(error, self.frames_read)),
        };
        if let Some(error) = failure {
            self.fail(error)?;
            let silence = packet.dur.get().saturating_mul(self.header.channels as u64);
            if silence <= MOST_FILLED {
                block.resize(silence as usize, 0.0);
            }
        }
        self.frames_read += (block.len() / self.header.channels) as u64;
        Ok(!block.is_empty())
    }
}

impl Source for CodedFile {
    fn header(&self) -> Header {
        self.header
    }

    fn truncated(&self) -> bool {
        self.truncated
    }

    fn damage(&self) -> Option<Damage> {
        self.damage
    }

    fn read_block(&mut self, block: &mut Vec<f32>) -> Result<bool, AudioError> {
        loop {
            if self.lost > 0 {
                let frames = self.lost.min(MOST_FILLED);
                block.clear();
                block.resize(frames as usize * self.header.channels, 0.0);
                (self.lost, self.frames_read) = (self.lost - frames, self.frames_read + frames);
                return Ok(true);
            }
            if let Some(packet) = self.waiting.take() {
                if self.decode(&packet, block)? {
                    return Ok(true);
                }
            } else {
                let Some(packet) = self.next_packet()? else { return Ok(false) };
                self.lost = self.lost_before(&packet);
                if self.lost > 0 {
                    self.note_damage(1);
                }
                self.waiting = Some(packet);
            }
        }
    }
}

type OpenedTrack = (u32, Box<dyn AudioDecoder>, Header);

/// The first track of sound, with what decodes it.
fn first_track(format: &dyn FormatReader, name: &str) -> Result<OpenedTrack, AudioError> {
    let missing = || AudioError::malformed(format!("sound in {name}"), "none that is read here");
    let track = format.default_track(TrackType::Audio).ok_or_else(missing)?;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or_else(missing)?;
    let decoder = make_decoder(parameters).map_err(|error| match error {
        Error::Unsupported(_) => {
            AudioError::Foreign { found: format!("{name} with {}", codec_name(parameters)) }
        }
        error => unopened(error, name),
    })?;
    // A container may leave to the decoder what the codec says itself.
    let known = decoder.codec_params();
    let rate_hz = parameters.sample_rate.or(known.sample_rate);
    let channels = parameters.channels.as_ref().or(known.channels.as_ref()).map(Channels::count);
    let header = Header {
        sample_rate_hz: rate_hz.ok_or_else(|| AudioError::malformed("a sample rate", "none"))?,
        channels: channels.ok_or_else(|| AudioError::malformed("a number of channels", "none"))?,
        frames: track.num_frames,
    };
    AudioError::check_stream(header.sample_rate_hz, header.channels)?;
    Ok((track.id, decoder, header))
}

/// What a codec that is not read here is called.
fn codec_name(parameters: &AudioCodecParameters) -> String {
    use symphonia::core::codecs::audio::well_known as known;
    let names = [
        (known::CODEC_ID_AAC, "AAC of another profile than LC"),
        (known::CODEC_ID_AC3, "AC-3"),
        (known::CODEC_ID_EAC3, "E-AC-3"),
        (known::CODEC_ID_SPEEX, "Speex"),
        (known::CODEC_ID_OPUS, "Opus of so many channels"),
    ];
    let name = names.iter().find(|(codec, _)| *codec == parameters.codec);
    name.map_or_else(|| "a coding that is not read here".into(), |(_, name)| (*name).into())
}

fn make_decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, Error> {
    if parameters.codec == CODEC_ID_OPUS {
        return Ok(Box::new(OpusPackets::new(parameters)?));
    }
    symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())
}

/// Why a file is not even begun with.
fn unopened(error: Error, name: &str) -> AudioError {
    match error {
        Error::IoError(error) => cut_off(error, "a whole header"),
        error => AudioError::malformed(format!("a sound header of {name}"), format!("\"{error}\"")),
    }
}

/// Why a file is not read on.
fn refused(error: Error, frame: u64) -> AudioError {
    match error {
        Error::IoError(error) => error.into(),
        error => damaged(error, frame),
    }
}

fn damaged(source: impl Into<Box<dyn StdError + Send + Sync>>, frame: u64) -> AudioError {
    AudioError::Damaged { frame, source: source.into() }
}
