//! Opening a device: its configuration, its buffers and its sample format.

use std::any::Any;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Device, I24, Sample, SampleFormat, SizedSample, Stream, StreamConfig, U24};
use polyspot_audio::Resampler;

use super::capture::Opener;
use super::ring::{self, Sink, Take};
use crate::devices::{self, Hosts, Microphone};

/// The ring holds this much audio: the listening thread may be held up for so long without a loss.
pub(super) const RING_SECONDS: usize = 4;

/// How often audio is delivered.
const PERIOD_MS: u32 = 100;

/// What is being listened to.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    /// What of each frame is delivered.
    pub(super) take: Take,
    pub(crate) sample_format: SampleFormat,
}

impl Input {
    /// What brings what it delivers from its rate to the model's.
    ///
    /// # Errors
    /// When it has not the channel that is to be listened to, or its rate cannot be resampled.
    pub(super) fn resampler(&self, sample_rate_hz: u32) -> anyhow::Result<Resampler> {
        let is_there = self.take.check(self.channels);
        is_there
            .and_then(|()| Resampler::new(self.sample_rate_hz, sample_rate_hz))
            .with_context(|| format!("{} ({}) cannot be listened to", self.name, self.id))
    }
}

/// A device that has begun to deliver.
pub(crate) struct OpenDevice {
    pub(super) input: Input,
    pub(super) samples: ring::Source,
    pub(super) errors: Receiver<cpal::Error>,
    /// Dropped to end it.
    pub(super) streams: Box<dyn Any>,
}

/// The stream that is listened to and the one that sets its pace; dropped in this order.
struct Streams {
    _stream: Stream,
    _pacemaker: Option<Stream>,
    _filled: Filled,
}

/// The end of the ring that a callback fills, taken from it when this is dropped.
///
/// A callback may live longer than its stream: the client of a `PulseAudio` server keeps that of a removed device for as long as it is
/// connected (pulseaudio 0.3.2 forgets a stream only if the server still knows it). The ring must not stay with it.
struct Filled(Arc<Mutex<Option<Sink>>>);

impl Filled {
    fn new(sink: Sink) -> Self {
        Self(Arc::new(Mutex::new(Some(sink))))
    }

    /// What the callback does: it never waits, as the lock is only ever held against it at the end.
    fn callback<T: Copy>(&self, to_f32: fn(T) -> f32) -> impl FnMut(&[T]) + use<T> {
        let sink = Arc::clone(&self.0);
        move |samples| {
            if let Ok(mut sink) = sink.try_lock()
                && let Some(sink) = sink.as_mut()
            {
                sink.push(samples, to_f32);
            }
        }
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Opens microphones as [`devices::choose`] finds them.
pub(crate) fn opener(take: Take) -> Opener {
    let hosts = Hosts::default();
    Arc::new(move |wanted| open(&hosts, wanted, take))
}

fn open(hosts: &Hosts, wanted: Option<&str>, take: Take) -> anyhow::Result<OpenDevice> {
    let Microphone { device, id, name, config, .. } = devices::choose(hosts, wanted)?;
    let input = Input {
        id,
        name,
        sample_rate_hz: config.sample_rate(),
        channels: usize::from(config.channels()),
        take,
        sample_format: config.sample_format(),
    };
    let (samples, errors, streams) = start(&device, config.config(), &input)
        .with_context(|| format!("{} ({}) cannot be opened", input.name, input.id))?;
    Ok(OpenDevice { input, samples, errors, streams: Box::new(streams) })
}

/// Starts the streams, with the buffers that suit the host.
///
/// A `PulseAudio` server keeps a buffer for each stream and loses what does not fit, without a word; cpal makes
/// that buffer just as long as the time from one delivery to the next. So 200 ms of buffer lost up to 200 ms of
/// audio a minute on a busy machine, while the default buffer loses nothing but delivers every 2 s. Beside a
/// stream with the default buffer there is therefore a second one, which is not listened to: the server wakes
/// up for it every [`PERIOD_MS`], and then delivers what it has for both.
fn start(
    device: &Device,
    config: StreamConfig,
    input: &Input,
) -> Result<(ring::Source, Receiver<cpal::Error>, Streams), cpal::Error> {
    let period = BufferSize::Fixed(input.sample_rate_hz * PERIOD_MS / 1_000);
    let listen = |buffer_size| {
        let config = StreamConfig { buffer_size, ..config };
        let (sink, samples) =
            ring::ring(RING_SECONDS * input.sample_rate_hz as usize, input.channels, input.take);
        // Bounded: a device that fails in a loop must not fill the memory.
        let (report, errors) = mpsc::sync_channel(16);
        let filled = Filled::new(sink);
        let stream = build_stream(device, config, input.sample_format, &filled, report)?;
        stream.play()?;
        Ok::<_, cpal::Error>((samples, errors, stream, filled))
    };
    let (listening, pacemaker) = match input.id.split(':').next() {
        Some("pulseaudio") => {
            let config = StreamConfig { buffer_size: period, ..config };
            let (format, ignore) = (input.sample_format, |_: cpal::Error| {});
            let pacemaker = device.build_input_stream_raw(config, format, |_, _| {}, ignore, None)?;
            pacemaker.play()?;
            (listen(BufferSize::Default), Some(pacemaker))
        }
        // Two buffers of this length; but some hardware knows only sizes of its own.
        Some("alsa") => match listen(period) {
            Err(e) if e.kind() == cpal::ErrorKind::UnsupportedConfig => (listen(BufferSize::Default), None),
            listening => (listening, None),
        },
        _ => (listen(BufferSize::Default), None),
    };
    let (samples, errors, stream, filled) = listening?;
    Ok((samples, errors, Streams { _stream: stream, _pacemaker: pacemaker, _filled: filled }))
}

fn build_stream(
    device: &Device,
    config: StreamConfig,
    format: SampleFormat,
    filled: &Filled,
    errors: SyncSender<cpal::Error>,
) -> Result<Stream, cpal::Error> {
    match format {
        SampleFormat::I8 => build::<i8>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::I16 => build::<i16>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::I24 => build::<I24>(device, config, filled, errors, i24_to_f32),
        SampleFormat::I32 => build::<i32>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::I64 => build::<i64>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::U8 => build::<u8>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::U16 => build::<u16>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::U24 => build::<U24>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::U32 => build::<u32>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::U64 => build::<u64>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::F32 => build::<f32>(device, config, filled, errors, Sample::to_sample),
        SampleFormat::F64 => build::<f64>(device, config, filled, errors, Sample::to_sample),
        other => Err(cpal::Error::with_message(
            cpal::ErrorKind::UnsupportedOperation,
            format!("its sample format {other} cannot be listened to"),
        )),
    }
}

fn build<T: SizedSample + Send + 'static>(
    device: &Device,
    config: StreamConfig,
    filled: &Filled,
    errors: SyncSender<cpal::Error>,
    to_f32: fn(T) -> f32,
) -> Result<Stream, cpal::Error> {
    let mut fill = filled.callback(to_f32);
    device.build_input_stream(
        config,
        move |samples: &[T], _| fill(samples),
        move |error| {
            let _ = errors.try_send(error);
        },
        None,
    )
}

/// The highest of the four bytes may hold anything: sound servers and drivers leave it as it is, and cpal hands
/// it on.
fn i24_to_f32(sample: I24) -> f32 {
    (sample.inner() << 8) as f32 / 2_147_483_648.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_24_bits_of_a_24_bit_sample_count() {
        for (raw, expected) in
            [(0x0040_0000, 0.5), (0x00c0_0000, -0.5), (-0x0040_0000, -0.5), (0x0080_0000, -1.0)]
        {
            assert_eq!(i24_to_f32(I24::new_unchecked(raw)), expected);
        }
    }

    #[test]
    fn unsigned_samples_are_centred() {
        assert_eq!([0_u16, 32_768, 49_152].map(Sample::to_sample::<f32>), [-1.0, 0.0, 0.5]);
    }
}
