//! Listening without a device: the microphone and the clock are the caller's, everything between them is what `polyspot listen` runs.
//!
//! ```text
//! Driver ─ ring ─ Connection ─ Intake ─ Listener ─ JSON lines
//!                 └──────── Simulation::step ────────┘
//! ```

#![expect(missing_debug_implementations, reason = "tests use it, and print none of it")]

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;
use std::time::Instant;

use anyhow::anyhow;
use cpal::SampleFormat;
use polyspot::{Model, Spotter};
use polyspot_audio::ChannelChoice;

use super::control::{Answer, Ready};
use super::listener::{Listener, Setup};
use super::output::Report;
use super::session::Session;
use crate::arguments::Amplifier;
use crate::audio_input::{Connection, Input, OpenDevice, Opener, RING_SECONDS, Sink, ring};

/// A microphone that an attempt to open one finds.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    /// Frames per second.
    pub sample_rate_hz: u32,
    /// Samples of a frame.
    pub channels: usize,
    /// Whether its stream can be closed; one that cannot is closed when its [`Driver`] is dropped.
    pub closes: bool,
}

/// The driver's end of an open microphone.
pub struct Driver {
    sink: Sink,
    errors: SyncSender<cpal::Error>,
    /// Holds the stream as long as this lives.
    _grip: Option<Sender<()>>,
}

/// A session that listens, in JSON lines, step by step.
pub struct Simulation {
    session: Session,
    answers: Sender<Answer>,
    opened: Receiver<Driver>,
}

impl Driver {
    /// Delivers frames of all channels, and gives the number of those that there was room for.
    pub fn deliver(&mut self, interleaved: &[f32]) -> usize {
        self.sink.push(interleaved.iter().copied())
    }

    /// Reports that the stream is over.
    pub fn fail(&self) {
        // More errors than are waited for add nothing.
        let _ = self.errors.try_send(cpal::ErrorKind::StreamInvalidated.into());
    }
}

impl Simulation {
    /// Begins to listen with these models: `open` is called for each attempt to open the microphone, on another thread, and `events`
    /// takes the JSON lines.
    ///
    /// # Errors
    /// When the models cannot listen together, or the system gives no thread.
    ///
    /// # Panics
    /// Without a model.
    pub fn begin(
        models: &[Arc<Model>],
        open: impl Fn() -> anyhow::Result<Device> + Send + Sync + 'static,
        events: impl Write + 'static,
        now: Instant,
    ) -> anyhow::Result<Self> {
        let sample_rate_hz = models[0].manifest().front_end.sample_rate_hz;
        let report = Report::lines(events);
        let listener = Listener::new(Spotter::for_models(models)?, models.to_vec(), Setup::default(), report);
        let (hand_out, opened) = mpsc::channel();
        let connection = Connection::begin(None, opener(open, hand_out), now)?;
        let (answers, receiver) = mpsc::channel();
        let session = Session::new(
            connection,
            listener,
            receiver,
            ChannelChoice::Mix,
            Amplifier::default(),
            sample_rate_hz,
        );
        Ok(Self { session, answers, opened })
    }

    /// The driver's end of a microphone that was opened since the last call.
    pub fn opened(&self) -> Option<Driver> {
        self.opened.try_recv().ok()
    }

    /// Asks for other models, which listen once the audio that is there is heard. They are taken as they are: not tried out before.
    pub fn change_models(&self, models: Vec<Arc<Model>>) {
        // The session has the other end.
        let _ = self.answers.send(Answer::Models(Ready { models, asked: Instant::now() }));
    }

    /// Does what there is to do at this moment; false if that is nothing.
    ///
    /// # Errors
    /// When listening is over: the microphone cannot be opened in the first place, the model fails, or `events` does.
    pub fn step(&mut self, now: Instant) -> anyhow::Result<bool> {
        self.session.step(now).map_err(|failure| failure.error)
    }

    /// Ends the session, with its summary.
    ///
    /// # Errors
    /// When the model or `events` fails.
    pub fn end(self, now: Instant) -> anyhow::Result<()> {
        self.session.end(now).map_err(|failure| failure.error)
    }
}

/// What the connection opens microphones with.
fn opener(
    open: impl Fn() -> anyhow::Result<Device> + Send + Sync + 'static,
    hand_out: Sender<Driver>,
) -> Opener {
    let listener = thread::current();
    Arc::new(move |_| {
        let Device { sample_rate_hz, channels, closes } = open()?;
        let (sink, samples) = ring(RING_SECONDS * sample_rate_hz as usize, channels, listener.clone());
        let (report, errors) = mpsc::sync_channel(16);
        let (grip, held) = mpsc::channel();
        let driver = Driver { sink, errors: report, _grip: (!closes).then_some(grip) };
        hand_out.send(driver).map_err(|_| anyhow!("the simulation is over"))?;
        let input = Input {
            id: format!("simulated:{sample_rate_hz}"),
            name: "Simulated microphone".to_owned(),
            sample_rate_hz,
            channels,
            sample_format: SampleFormat::F32,
        };
        Ok(OpenDevice { input, samples, errors, streams: Box::new(Stream { held }) })
    })
}

/// A stream that is closed by dropping it, if that comes to an end.
struct Stream {
    held: Receiver<()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Ends when the other end is dropped.
        let _ = self.held.recv();
    }
}
