//! Simulated microphones, and the time that passes while they deliver.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use polyspot::Model;
use polyspot_cli::simulation::{Device, Driver, Simulation};

use super::process_statistics;
use super::sound::{self, KINDS, Kind};

/// Frames come in pieces of this length.
const TICK: Duration = Duration::from_millis(100);
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

/// An open microphone.
struct Open {
    kind: Kind,
    /// Which of the sounds it hears.
    sound: usize,
    driver: Driver,
    /// Where in its sound it is, in frames.
    at: usize,
    /// Frames since the stream began, or since frames were dropped.
    piece: u64,
}

impl Open {
    fn new(kind: usize, driver: Driver) -> Self {
        Self { kind: KINDS[kind], sound: kind, driver, at: 0, piece: 0 }
    }

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
    sounds: [Vec<f32>; 4],
    now: Instant,
    start: Instant,
    next: Arc<Mutex<Next>>,
    open: Option<Open>,
    /// One that has stopped.
    stopped: Option<Open>,
    session: Simulation,
    /// The model's.
    sample_rate_hz: u32,
    played: Played,
    /// What the pushes of this round cost.
    pub(super) pushes: Vec<Duration>,
}

impl Microphone {
    /// Plays recordings to these models, and waits until they listen.
    pub(super) fn begin(
        recordings: &[PathBuf],
        models: &[Arc<Model>],
        events: impl Write + 'static,
    ) -> anyhow::Result<Self> {
        let (start, next) = (Instant::now(), Arc::<Mutex<Next>>::default());
        let found = Arc::clone(&next);
        let open = move || {
            let mut next = found.lock().unwrap_or_else(PoisonError::into_inner);
            if next.failures > 0 {
                next.failures -= 1;
                return Err(anyhow!("there is no microphone yet"));
            }
            let Kind { sample_rate_hz, channels, .. } = KINDS[next.kind];
            Ok(Device { sample_rate_hz, channels, closes: !next.sticks })
        };
        let mut microphone = Self {
            sounds: sound::of_each_kind(recordings)?,
            now: start,
            start,
            next,
            open: None,
            stopped: None,
            session: Simulation::begin(models, open, events, start)?,
            sample_rate_hz: models[0].manifest().front_end.sample_rate_hz,
            played: Played::default(),
            pushes: Vec::new(),
        };
        microphone.wait_until_open()?;
        Ok(microphone)
    }

    /// Lets other models listen.
    pub(super) fn change_models(&self, models: &[Arc<Model>]) {
        self.session.change_models(models.to_vec());
    }

    /// Delivers so many seconds.
    pub(super) fn deliver(&mut self, seconds: usize) -> anyhow::Result<()> {
        for _ in 0..seconds * TICKS_PER_SECOND {
            self.tick()?;
            let before = process_statistics::thread_time();
            let mut has_worked = self.step()?;
            self.pushes.push(process_statistics::thread_time().saturating_sub(before));
            while has_worked {
                has_worked = self.step()?;
            }
        }
        Ok(())
    }

    /// Delivers so many seconds while the listening thread is held up.
    pub(super) fn deliver_unheard(&mut self, seconds: usize) -> anyhow::Result<()> {
        for _ in 0..seconds * TICKS_PER_SECOND {
            self.tick()?;
        }
        while self.step()? {}
        Ok(())
    }

    /// Lets time pass without delivering what belongs to it.
    pub(super) fn skip(&mut self, ticks: u32) {
        self.now += TICK * ticks;
        if let Some(open) = &self.open {
            let frames = u64::from(open.kind.sample_rate_hz) * u64::from(ticks);
            self.played.skipped += frames / TICKS_PER_SECOND as u64;
        }
    }

    /// Stops and comes back as another.
    pub(super) fn replace(&mut self, stop: Stop, next: Next) -> anyhow::Result<()> {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = next;
        let mut open = self.open.take().context("no microphone is open")?;
        self.played.samples += open.end_piece(self.sample_rate_hz);
        self.played.breaks += 1;
        if let Stop::WithError = stop {
            open.driver.fail();
        }
        self.stopped = Some(open);
        self.wait_until_open()
    }

    /// Lets the stream of the one that stopped be closed.
    pub(super) fn release(&mut self) {
        self.stopped = None;
    }

    /// Ends the session and gives what was delivered in all.
    pub(super) fn end(mut self) -> anyhow::Result<Played> {
        if let Some(mut open) = self.open.take() {
            self.played.samples += open.end_piece(self.sample_rate_hz);
        }
        self.session.end(self.now)?;
        Ok(Played { simulated: self.now - self.start, ..self.played })
    }

    /// Waits until a microphone is open, and delivers its first frames.
    fn wait_until_open(&mut self) -> anyhow::Result<()> {
        let begin = self.now;
        while self.open.is_none() {
            self.now += WAIT;
            self.step()?;
            // Only the kind that comes next can be found.
            let kind = self.next.lock().unwrap_or_else(PoisonError::into_inner).kind;
            self.open = self.session.opened().map(|driver| Open::new(kind, driver));
            let patience = PATIENCE.as_secs();
            ensure!(self.now - begin <= PATIENCE, "no microphone was opened again within {patience} s");
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
        let open = self.open.as_mut().context("no microphone is open")?;
        let (sound, channels) = (&self.sounds[open.sound], open.kind.channels);
        let frames = open.kind.sample_rate_hz as usize / TICKS_PER_SECOND;
        let taken = open.driver.deliver(&sound[open.at * channels..(open.at + frames) * channels]);
        open.at = (open.at + frames) % (sound.len() / channels);
        open.piece += taken as u64;
        if taken < frames {
            self.played.dropped += (frames - taken) as u64;
            self.played.samples += open.end_piece(self.sample_rate_hz);
        }
        Ok(())
    }

    fn step(&mut self) -> anyhow::Result<bool> {
        self.session.step(self.now)
    }
}
