//! Opus packets, decoded by opus-pure: the same samples as libopus gives, without a C compiler.

use opus_pure::{OpusDecoder, OpusMSDecoder};
use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels, GenericAudioBufferRef,
};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, FinalizeResult};
use symphonia::core::errors::{Error, Result, decode_error, unsupported_error};
use symphonia::core::packet::PacketRef;

/// Opus is decoded at this rate, whatever rate it was made of.
const RATE_HZ: u32 = 48_000;

/// Most frames of a packet: 120 ms.
const MOST_FRAMES: usize = 5_760;

const INFO: CodecInfo = CodecInfo { short_name: "opus", long_name: "Opus", profiles: &[] };

/// The decoder of one stream.
pub(super) struct OpusPackets {
    parameters: AudioCodecParameters,
    decoder: Decoder,
    channels: usize,
    /// Frames still to be dropped from the start: the decoder's delay.
    delay_left: usize,
    samples: Vec<f32>,
    buffer: AudioBuffer<f32>,
}

enum Decoder {
    One(Box<OpusDecoder>),
    /// Surround: several streams in each packet.
    Several(Box<OpusMSDecoder>),
}

impl OpusPackets {
    pub(super) fn new(parameters: &AudioCodecParameters) -> Result<Self> {
        let head = parameters.extra_data.as_deref().unwrap_or_default();
        let Some(&[channels, delay_low, delay_high, .., family]) = head.get(9..19) else {
            return decode_error("opus: expected an identification header of 19 bytes or more");
        };
        let channels = usize::from(channels);
        let decoder = match (family, channels) {
            (0, 1..=2) => OpusDecoder::new(RATE_HZ as i32, channels).map(|one| Decoder::One(one.into())),
            (1, 1..=8) => OpusMSDecoder::new(RATE_HZ as i32, channels, family)
                .map(|several| Decoder::Several(several.into())),
            _ => return unsupported_error("opus: expected one to eight channels of mapping family 0 or 1"),
        };
        let decoder = decoder.map_err(|_| Error::Unsupported("opus: no decoder for these channels"))?;
        let mut parameters = parameters.clone();
        let layout = parameters.channels.get_or_insert(Channels::Discrete(channels as u16)).clone();
        parameters.with_sample_rate(RATE_HZ);
        Ok(Self {
            decoder,
            channels,
            delay_left: u16::from_le_bytes([delay_low, delay_high]).into(),
            samples: vec![0.0; MOST_FRAMES * channels],
            buffer: AudioBuffer::new(AudioSpec::new(RATE_HZ, layout), MOST_FRAMES),
            parameters,
        })
    }
}

impl AudioDecoder for OpusPackets {
    fn codec_info(&self) -> &CodecInfo {
        &INFO
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.parameters
    }

    fn reset(&mut self) {
        // A decoder of the same channels as the one before: there is nothing that could fail.
        let _ = match &mut self.decoder {
            Decoder::One(decoder) => decoder.reset_state(),
            Decoder::Several(decoder) => decoder.reset_state(),
        };
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        self.buffer.clear();
        // To the decoder no bytes are a lost packet, which it makes up.
        if packet.data.is_empty() {
            return decode_error("opus: expected a packet, found no bytes");
        }
        let decoded = match &mut self.decoder {
            Decoder::One(decoder) => decoder.decode(packet.data, MOST_FRAMES, &mut self.samples),
            Decoder::Several(decoder) => decoder.decode(packet.data, MOST_FRAMES, &mut self.samples),
        };
        let frames = decoded.map_err(|_| Error::DecodeError("opus: the packet is damaged"))?;
        self.buffer.render_uninit(Some(frames));
        self.buffer.copy_from_slice_interleaved(&&self.samples[..frames * self.channels]);
        let delay = self.delay_left.min(frames);
        self.delay_left -= delay;
        self.buffer.trim(packet.trim_start.get() as usize + delay, packet.trim_end.get() as usize);
        Ok(self.buffer.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.buffer.as_generic_audio_buffer_ref()
    }
}
