//! One open device, from the callback to the ring.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, Device, I24, Sample, SampleFormat, SizedSample, Stream, StreamConfig, U24};

use super::ring::{self, Sink};
use crate::devices::{self, Microphone};

/// The ring holds this much audio: the listening thread may be held up for so long without a loss.
const RING_SECONDS: usize = 4;

/// A `PulseAudio` server keeps one buffer of this length for each stream, delivers it when it is full, and loses
/// what comes while it cannot, without a word. Measured for 60 s with seven busy threads on two cores: 20 ms lost 40 ms of
/// audio, 50 ms lost 20 ms, 100 ms and 200 ms nothing.
const PULSE_BUFFER_MS: u32 = 200;

/// ALSA keeps two buffers of this length.
const ALSA_BUFFER_MS: u32 = 100;

/// How long an open stream may take to close before it is left to itself.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// What is being listened to.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: usize,
    pub(super) sample_format: SampleFormat,
}

/// A device that is delivering samples.
pub(super) struct Capture {
    pub(super) input: Input,
    pub(super) samples: ring::Source,
    errors: Receiver<cpal::Error>,
    owner: Owner,
}

/// The thread that a stream lives on. Opening, starting and dropping a stream can each block for good when a
/// sound server hangs, and then only this thread is lost.
struct Owner {
    /// Dropped to end it.
    keep_open: Sender<()>,
    /// Disconnected when it has ended.
    ended: Receiver<()>,
}

/// A device that is being opened on a thread of its own.
pub(super) struct Opening {
    opened: Receiver<anyhow::Result<Capture>>,
    /// Open, but nothing has come yet: some devices take seconds to wake up.
    silent: Option<Capture>,
    since: Instant,
}

impl Opening {
    /// Begins to open the microphone that [`devices::choose`] finds.
    pub(super) fn begin(wanted: Option<String>) -> anyhow::Result<Self> {
        let (report, opened) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("audio device".to_owned())
            .spawn(move || own_stream(wanted.as_deref(), &report))
            .context("no thread for the audio device")?;
        Ok(Self { opened, silent: None, since: Instant::now() })
    }

    /// The capture, once its first samples are there; too long a wait for them is an error.
    pub(super) fn poll(&mut self, deadline: Duration) -> Option<anyhow::Result<Capture>> {
        if self.silent.is_none() {
            match self.opened.try_recv() {
                Ok(Ok(capture)) => self.silent = Some(capture),
                Ok(Err(error)) => return Some(Err(error)),
                Err(TryRecvError::Disconnected) => return Some(Err(anyhow!("the audio thread ended"))),
                Err(TryRecvError::Empty) => {}
            }
        }
        if let Some(capture) = self.silent.take_if(|capture| capture.samples.delivered() > 0) {
            return Some(Ok(capture));
        }
        if let Some(error) = self.silent.as_ref().and_then(Capture::fatal_error) {
            return Some(Err(error));
        }
        let is_late = self.since.elapsed() > deadline;
        is_late
            .then(|| Err(anyhow!("the microphone opens but delivers nothing for {} s", deadline.as_secs())))
    }
}

impl Capture {
    /// Why the stream is over, if it is. Other errors, such as an overrun, show in the number of samples.
    pub(super) fn fatal_error(&self) -> Option<anyhow::Error> {
        use cpal::ErrorKind::{DeviceChanged, DeviceNotAvailable, RealtimeDenied, Xrun};
        let is_fatal = |error: &cpal::Error| !matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun);
        self.errors.try_iter().find(is_fatal).map(|error| match error.kind() {
            DeviceNotAvailable => anyhow!("the device is gone ({error})"),
            _ => error.into(),
        })
    }

    /// Closes the stream, or leaves it to its thread when it does not close in time.
    pub(super) fn close(self) -> ring::Source {
        let Owner { keep_open, ended } = self.owner;
        drop(keep_open);
        let _ = ended.recv_timeout(CLOSE_DEADLINE);
        self.samples
    }
}

/// Opens the stream, hands its other end out, and drops it when nobody wants it any more.
fn own_stream(wanted: Option<&str>, report: &SyncSender<anyhow::Result<Capture>>) {
    let (keep_open, until_closed) = mpsc::channel();
    let (_ended, ended) = mpsc::channel();
    match open(wanted, Owner { keep_open, ended }) {
        Ok((stream, capture)) => {
            // Nobody is waiting any more when it took too long: the stream is dropped at once.
            if report.send(Ok(capture)).is_ok() {
                let _ = until_closed.recv();
            }
            drop(stream);
        }
        Err(error) => {
            let _ = report.send(Err(error));
        }
    }
}

fn open(wanted: Option<&str>, owner: Owner) -> anyhow::Result<(Stream, Capture)> {
    let Microphone { device, id, name, config, .. } = devices::choose(wanted)?;
    let input = Input {
        id,
        name,
        sample_rate_hz: config.sample_rate(),
        channels: usize::from(config.channels()),
        sample_format: config.sample_format(),
    };
    let build = |buffer_size| {
        let config = StreamConfig { buffer_size, ..config.config() };
        let (sink, samples) = ring::ring(RING_SECONDS * input.sample_rate_hz as usize, input.channels);
        // Bounded: a device that fails in a loop must not fill the memory.
        let (report, errors) = mpsc::sync_channel(16);
        let stream = build_stream(&device, config, input.sample_format, sink, report)?;
        stream.play()?;
        Ok::<_, cpal::Error>((stream, samples, errors))
    };
    let wish = buffer_size(&input);
    let (stream, samples, errors) = match build(wish) {
        // Some hardware knows only sizes of its own.
        Err(e) if e.kind() == cpal::ErrorKind::UnsupportedConfig && wish != BufferSize::Default => {
            build(BufferSize::Default)
        }
        other => other,
    }
    .with_context(|| format!("{} ({}) cannot be opened", input.name, input.id))?;
    Ok((stream, Capture { input, samples, errors, owner }))
}

fn buffer_size(input: &Input) -> BufferSize {
    let ms = match input.id.split(':').next() {
        Some("pulseaudio") => PULSE_BUFFER_MS,
        Some("alsa") => ALSA_BUFFER_MS,
        _ => return BufferSize::Default,
    };
    BufferSize::Fixed(input.sample_rate_hz * ms / 1_000)
}

fn build_stream(
    device: &Device,
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
    device: &Device,
    config: StreamConfig,
    mut sink: Sink,
    errors: SyncSender<cpal::Error>,
    to_f32: fn(T) -> f32,
) -> Result<Stream, cpal::Error> {
    device.build_input_stream(
        config,
        move |samples: &[T], _| sink.push(samples, to_f32),
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
