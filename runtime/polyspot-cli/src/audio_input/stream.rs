//! Opening a device: its configuration, its buffers and its sample format.

use std::any::Any;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::Thread;
use std::time::Duration;

use anyhow::Context;
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, I24, Sample, SampleFormat, SizedSample, Stream, StreamConfig, U24};
use polyspot_audio::{ChannelChoice, Resampler};

use super::find::{self, Device, Microphone};
use super::ring::{self, Sink};
#[cfg(target_os = "linux")]
use super::sound_server::{Recording, Source};

/// The ring holds this much audio: the listening thread may be held up for so long without a loss …
pub(crate) const RING_SECONDS: usize = 4;
/// … or less, of a device of many channels: 3 MiB.
const MOST_SAMPLES: usize = 3 << 18;

/// How often audio is delivered.
const PERIOD: Duration = Duration::from_millis(100);

/// What is being listened to.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    pub(crate) sample_format: SampleFormat,
}

impl Input {
    /// What brings a channel of it, or the mean of all, from its rate to the model's.
    ///
    /// # Errors
    /// When it has not the channel that is to be listened to, or its rate cannot be resampled.
    pub(crate) fn resampler(&self, choice: ChannelChoice, sample_rate_hz: u32) -> anyhow::Result<Resampler> {
        choice
            .check(self.channels)
            .and_then(|()| Resampler::new(self.sample_rate_hz, sample_rate_hz))
            .with_context(|| format!("{} ({}) cannot be listened to", self.name, self.id))
    }

    /// Frames that the ring has room for.
    fn ring_frames(&self) -> usize {
        (RING_SECONDS * self.sample_rate_hz as usize).min(MOST_SAMPLES / self.channels)
    }
}

/// A device that has begun to deliver.
pub(crate) struct OpenDevice {
    pub(crate) input: Input,
    /// Of all channels.
    pub(crate) samples: ring::Source,
    pub(crate) errors: Receiver<cpal::Error>,
    /// Dropped to end it.
    pub(crate) streams: Box<dyn Any>,
}

/// Opens the microphone that is meant, on the thread that it will live on; called again after each break.
pub(crate) type Opener = Arc<dyn Fn(Option<&str>) -> anyhow::Result<OpenDevice> + Send + Sync>;

/// Opens microphones as [`find::choose`] finds them, for this thread to listen to.
pub(crate) fn opener(listener: Thread) -> Opener {
    Arc::new(move |wanted| open(wanted, listener.clone()))
}

fn open(wanted: Option<&str>, listener: Thread) -> anyhow::Result<OpenDevice> {
    let microphone = find::choose(wanted)?;
    let config = microphone.stream_config();
    let Microphone { device, id, name, sample_rate_hz, channels, sample_format, .. } = microphone;
    let input = Input { id, name, sample_rate_hz, channels: usize::from(channels), sample_format };
    let (samples, errors, streams): (_, _, Box<dyn Any>) = match &device {
        Device::Cpal(device) => start(device, config, &input, &listener)
            .map(|(samples, errors, stream)| (samples, errors, Box::new(stream) as _)),
        #[cfg(target_os = "linux")]
        Device::SoundServer(source) => record(source, &input, listener)
            .map(|(samples, errors, recording)| (samples, errors, Box::new(recording) as _)),
    }
    .with_context(|| format!("{} ({}) cannot be opened", input.name, input.id))?;
    Ok(OpenDevice { input, samples, errors, streams })
}

/// Records from the sound server.
#[cfg(target_os = "linux")]
fn record(
    source: &Source,
    input: &Input,
    listener: Thread,
) -> Result<(ring::Source, Receiver<cpal::Error>, Recording), cpal::Error> {
    let (mut sink, samples) = ring::ring(input.ring_frames(), input.channels, listener.clone());
    let (report, errors) = mpsc::sync_channel(1);
    let is_i16 = input.sample_format == SampleFormat::I16;
    let take = move |bytes: &[u8]| {
        if is_i16 {
            let (samples, _) = bytes.as_chunks();
            sink.push(samples.iter().map(|sample| i16::from_ne_bytes(*sample).to_sample()))
        } else {
            let (samples, _) = bytes.as_chunks();
            sink.push(samples.iter().map(|sample| f32::from_ne_bytes(*sample)))
        };
    };
    let recording = source.record(PERIOD, take, move |error| {
        let _ = report.try_send(error);
        listener.unpark();
    })?;
    Ok((samples, errors, recording))
}

/// Starts a stream, with the buffers that suit the host.
fn start(
    device: &cpal::Device,
    config: StreamConfig,
    input: &Input,
    listener: &Thread,
) -> Result<(ring::Source, Receiver<cpal::Error>, Stream), cpal::Error> {
    let listen = |buffer_size| {
        let config = StreamConfig { buffer_size, ..config };
        let (sink, samples) = ring::ring(input.ring_frames(), input.channels, listener.clone());
        // Bounded: a device that fails in a loop must not fill the memory.
        let (report, errors) = mpsc::sync_channel(16);
        let stream = build_stream(device, config, input.sample_format, sink, report)?;
        stream.play()?;
        Ok::<_, cpal::Error>((samples, errors, stream))
    };
    if !input.id.starts_with("alsa:") {
        return listen(BufferSize::Default);
    }
    // Two buffers of this length; but some hardware knows only sizes of its own.
    match listen(BufferSize::Fixed(input.sample_rate_hz * PERIOD.as_millis() as u32 / 1_000)) {
        Err(e) if e.kind() == cpal::ErrorKind::UnsupportedConfig => listen(BufferSize::Default),
        listening => listening,
    }
}

fn build_stream(
    device: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
    sink: Sink,
    errors: SyncSender<cpal::Error>,
) -> Result<Stream, cpal::Error> {
    match format {
        SampleFormat::I8 => build::<i8>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::I16 => build::<i16>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::I24 => build::<I24>(device, config, sink, errors, i24_to_f32),
        SampleFormat::I32 => build::<i32>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::I64 => build::<i64>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::U8 => build::<u8>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::U16 => build::<u16>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::U24 => build::<U24>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::U32 => build::<u32>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::U64 => build::<u64>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::F32 => build::<f32>(device, config, sink, errors, Sample::to_sample),
        SampleFormat::F64 => build::<f64>(device, config, sink, errors, Sample::to_sample),
        other => Err(cpal::Error::with_message(
            cpal::ErrorKind::UnsupportedOperation,
            format!("its sample format {other} cannot be listened to"),
        )),
    }
}

fn build<T: SizedSample + Send + 'static>(
    device: &cpal::Device,
    config: StreamConfig,
    mut sink: Sink,
    errors: SyncSender<cpal::Error>,
    to_f32: fn(T) -> f32,
) -> Result<Stream, cpal::Error> {
    device.build_input_stream(
        config,
        move |samples: &[T], _| {
            sink.push(samples.iter().map(|sample| to_f32(*sample)));
        },
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
