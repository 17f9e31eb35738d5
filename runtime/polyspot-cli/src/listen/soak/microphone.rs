//! Simulated microphones, and the time that passes while they deliver.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use cpal::Sample;

use super::sound::{KINDS, Kind, Sound};
use super::vitals;
use crate::audio_input::{Input, OpenDevice, Opener, RING_SECONDS, Sink, ring};
use crate::exit::Failure;
use crate::listen::session::Session;

/// Frames come in pieces of this length.
pub(super) const TICK: Duration = Duration::from_millis(100);
const TICKS_PER_SECOND: usize = 10;
/// Steps of the clock while nothing comes.
const WAIT: Duration = Duration::from_millis(10);
/// Threads open microphones in real time: the clock must not run far ahead of them.
const REAL_WAIT: Duration = Duration::from_millis(1);
/// Nothing takes longer than this, in simulated time.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the next attempts to open a microphone find.
#[derive(Clone, Copy, Default)]
pub(super) struct Next {
    /// Which of [`KINDS`].
    pub(super) kind: usize,
    /// So many attempts fail before.
    pub(super) failures: usize,
    /// Whether its stream does not let itself be closed before [`Microphone::release`].
    pub(super) sticks: bool,
}

/// How a microphone stops.
#[derive(Clone, Copy)]
pub(super) enum Stop {
    /// Nothing comes any more.
    Silently,
    /// The error callback is called.
    WithError,
}

/// The driver's side of an open microphone.
struct Driver {
    kind: Kind,
    /// Which of the sounds it hears.
    sound: usize,
    sink: Sink,
    errors: SyncSender<cpal::Error>,
    /// Where in its sound it is, in frames.
    at: usize,
    /// Frames since the stream began or was torn.
    piece: u64,
    /// If its stream is not to be closed before this is dropped.
    _hold: Option<Sender<()>>,
}

impl Driver {
    /// Ends a piece of audio without holes and gives its length as samples at a rate, rounded as the resampler does.
    fn end_piece(&mut self, sample_rate_hz: u32) -> u64 {
        let (from, to) = (u64::from(self.kind.sample_rate_hz), u64::from(sample_rate_hz));
        (2 * std::mem::take(&mut self.piece) * to + from) / (2 * from)
    }
}

/// All that was delivered.
#[derive(Default)]
pub(super) struct Played {
    /// What the ring took in, as samples at the model's rate.
    pub(super) samples: u64,
    /// Frames that it had no room for.
    pub(super) dropped: u64,
    /// Frames that were never delivered, while others were.
    pub(super) skipped: u64,
    pub(super) breaks: u64,
    pub(super) simulated: Duration,
}

/// The microphones, the clock and the session that listens.
pub(super) struct Microphone {
    sounds: [Sound; 4],
    now: Instant,
    start: Instant,
    next: Arc<Mutex<Next>>,
    hand_out: Sender<Driver>,
    opened: Receiver<Driver>,
    driver: Option<Driver>,
    /// One that has stopped.
    stopped: Option<Driver>,
    session: Option<Session>,
    /// The model's.
    sample_rate_hz: u32,
    played: Played,
    /// What the pushes of this round cost.
    pub(super) pushes: Vec<Duration>,
}

impl Microphone {
    pub(super) fn new(paths: &[PathBuf], sample_rate_hz: u32, start: Instant) -> Result<Self, Failure> {
        let (hand_out, opened) = mpsc::channel();
        Ok(Self {
            sounds: Sound::of_each_kind(paths)?,
            now: start,
            start,
            next: Arc::default(),
            hand_out,
            opened,
            driver: None,
            stopped: None,
            session: None,
            sample_rate_hz,
            played: Played::default(),
            pushes: Vec::new(),
        })
    }

    /// What the connection opens microphones with.
    pub(super) fn opener(&self) -> Opener {
        let (next, hand_out) = (Arc::clone(&self.next), self.hand_out.clone());
        let listener = thread::current();
        Arc::new(move |_| {
            let Next { kind, sticks, .. } = {
                let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
                if next.failures > 0 {
                    next.failures -= 1;
                    return Err(anyhow!("there is no microphone yet"));
                }
                *next
            };
            let (sound, kind) = (kind, KINDS[kind]);
            let (sink, samples) =
                ring(RING_SECONDS * kind.sample_rate_hz as usize, kind.channels, listener.clone());
            let (report, errors) = mpsc::sync_channel(16);
            let (grip, held) = mpsc::channel();
            let grip = sticks.then_some(grip);
            let driver = Driver { kind, sound, sink, errors: report, at: 0, piece: 0, _hold: grip };
            hand_out.send(driver).map_err(|_| anyhow!("the soak test is over"))?;
            let input = Input {
                id: format!("soak:{}", kind.sample_rate_hz),
                name: "Simulated microphone".to_owned(),
                sample_rate_hz: kind.sample_rate_hz,
                channels: kind.channels,
                sample_format: kind.format,
            };
            Ok(OpenDevice { input, samples, errors, streams: Box::new(Stream { held }) })
        })
    }

    /// Begins to listen.
    pub(super) fn listen_with(&mut self, session: Session) -> Result<(), Failure> {
        self.session = Some(session);
        self.wait_until_open()
    }

    /// Delivers so many seconds.
    pub(super) fn deliver(&mut self, seconds: usize) -> Result<(), Failure> {
        for _ in 0..seconds * TICKS_PER_SECOND {
            self.tick()?;
            let before = vitals::thread_time();
            let mut has_worked = self.step()?;
            self.pushes.push(vitals::thread_time().saturating_sub(before));
            while has_worked {
                has_worked = self.step()?;
            }
        }
        Ok(())
    }

    /// Delivers so many seconds while the listening thread is held up.
    pub(super) fn deliver_unheard(&mut self, seconds: usize) -> Result<(), Failure> {
        for _ in 0..seconds * TICKS_PER_SECOND {
            self.tick()?;
        }
        while self.step()? {}
        Ok(())
    }

    /// Lets time pass without delivering what belongs to it.
    pub(super) fn skip(&mut self, ticks: u32) {
        self.now += TICK * ticks;
        if let Some(driver) = &mut self.driver {
            self.played.skipped +=
                u64::from(driver.kind.sample_rate_hz) * u64::from(ticks) / TICKS_PER_SECOND as u64;
        }
    }

    /// Stops and comes back as another.
    pub(super) fn replace(&mut self, stop: Stop, next: Next) -> Result<(), Failure> {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = next;
        let mut driver = self.driver.take().context("no microphone is open")?;
        self.played.samples += driver.end_piece(self.sample_rate_hz);
        self.played.breaks += 1;
        if let Stop::WithError = stop {
            let _ = driver.errors.try_send(cpal::ErrorKind::StreamInvalidated.into());
        }
        self.stopped = Some(driver);
        self.wait_until_open()
    }

    /// Lets the stream of the one that stopped be closed.
    pub(super) fn release(&mut self) {
        self.stopped = None;
    }

    /// Ends the session and gives what was delivered in all.
    pub(super) fn end(mut self) -> Result<Played, Failure> {
        if let Some(mut driver) = self.driver.take() {
            self.played.samples += driver.end_piece(self.sample_rate_hz);
        }
        if let Some(session) = self.session.take() {
            session.end(self.now)?;
        }
        Ok(Played { simulated: self.now - self.start, ..self.played })
    }

    /// Waits until a microphone is open, and delivers its first frames.
    fn wait_until_open(&mut self) -> Result<(), Failure> {
        let begin = self.now;
        while self.driver.is_none() {
            self.now += WAIT;
            self.step()?;
            self.driver = self.opened.try_recv().ok();
            if self.now - begin > PATIENCE {
                return Err(anyhow!("no microphone was opened again within {} s", PATIENCE.as_secs()).into());
            }
            thread::sleep(REAL_WAIT);
        }
        self.tick()?;
        while !self.step()? {
            thread::sleep(REAL_WAIT);
        }
        while self.step()? {}
        Ok(())
    }

    /// Delivers the next frames.
    fn tick(&mut self) -> anyhow::Result<()> {
        self.now += TICK;
        let driver = self.driver.as_mut().context("no microphone is open")?;
        let frames = driver.kind.sample_rate_hz as usize / TICKS_PER_SECOND;
        let samples = driver.at * driver.kind.channels..(driver.at + frames) * driver.kind.channels;
        let sink = &mut driver.sink;
        let (taken, all) = match &self.sounds[driver.sound] {
            Sound::I16(sound) => {
                (sink.push(sound[samples].iter().map(|s| s.to_sample::<f32>())), sound.len())
            }
            Sound::F32(sound) => (sink.push(sound[samples].iter().copied()), sound.len()),
        };
        driver.at = (driver.at + frames) % (all / driver.kind.channels);
        driver.piece += taken as u64;
        if taken < frames {
            self.played.dropped += (frames - taken) as u64;
            self.played.samples += driver.end_piece(self.sample_rate_hz);
        }
        Ok(())
    }

    fn step(&mut self) -> Result<bool, Failure> {
        self.session.as_mut().map_or(Ok(false), |session| session.step(self.now))
    }
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
