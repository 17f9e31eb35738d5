//! From the microphone to the listener, step by step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use polyspot_audio::Resampler;

use super::IDLE;
use super::connection::{Change, Connection};
use super::control::Answer;
use super::listener::Listener;
use super::service::Service;
use super::stream::Input;
use crate::exit::Failure;

/// Everything between the ring that the audio callback fills and the events.
pub(super) struct Session {
    connection: Connection,
    listener: Listener,
    /// Other models to listen with.
    changes: Receiver<Answer>,
    /// The user's word that the last detection was none.
    wrongs: Receiver<()>,
    /// The model's.
    sample_rate_hz: u32,
    /// To that rate; there is one while the microphone is open.
    resampler: Option<Resampler>,
    /// What the device delivered last.
    samples: Vec<f32>,
    /// When the microphone was first open.
    started: Option<Instant>,
}

impl Session {
    pub(super) fn new(
        connection: Connection,
        listener: Listener,
        changes: Receiver<Answer>,
        wrongs: Receiver<()>,
        sample_rate_hz: u32,
    ) -> Self {
        Self {
            connection,
            listener,
            changes,
            wrongs,
            sample_rate_hz,
            resampler: None,
            samples: Vec::new(),
            started: None,
        }
    }

    /// Listens until it is told to stop or the time is over.
    pub(super) fn run(
        mut self,
        duration: Option<Duration>,
        stop: &AtomicBool,
        service: &mut Service,
    ) -> Result<(), Failure> {
        loop {
            let now = Instant::now();
            let is_over = self.started.zip(duration).is_some_and(|(started, d)| now - started >= d);
            if is_over || stop.load(Ordering::Relaxed) {
                Service::stopping();
                return self.end(now);
            }
            let has_worked = self.step(now)?;
            service.tell(self.started.map(|_| self.resampler.is_some()), now);
            if !has_worked {
                thread::sleep(IDLE);
            }
        }
    }

    /// Does what there is to do; false if that is nothing.
    pub(super) fn step(&mut self, now: Instant) -> Result<bool, Failure> {
        if let (Some(_), Ok(answer)) = (&self.started, self.changes.try_recv()) {
            self.listener.change_models(answer)?;
        }
        while self.wrongs.try_recv().is_ok() {
            self.listener.was_wrong()?;
        }
        let change = self.connection.poll(now, &mut self.samples).map_err(Failure::audio_device)?;
        match change {
            Some(change) => self.change(change, now)?,
            None if self.samples.is_empty() => return Ok(false),
            None => hear(&mut self.resampler, &mut self.listener, &self.samples)?,
        }
        Ok(true)
    }

    /// Ends the stream, and says what was heard and lost.
    pub(super) fn end(self, now: Instant) -> Result<(), Failure> {
        let Self { connection, mut resampler, mut listener, started, .. } = self;
        let elapsed = started.map_or(Duration::ZERO, |started| now - started);
        let losses = connection.close(now, |rest| hear(&mut resampler, &mut listener, rest))?;
        break_off(&mut resampler, &mut listener)?;
        listener.summary(elapsed, &losses)?;
        Ok(())
    }

    fn change(&mut self, change: Change, now: Instant) -> Result<(), Failure> {
        match change {
            Change::Opened { input, gap } => self.opened(&input, gap, now)?,
            Change::Broken { reason } => {
                break_off(&mut self.resampler, &mut self.listener)?;
                self.resampler = None;
                self.listener.device_lost(&reason)?;
            }
            Change::Torn { dropped } => {
                break_off(&mut self.resampler, &mut self.listener)?;
                self.listener.torn(dropped)?;
            }
            Change::Missing { frames } => self.listener.missing(frames, Change::MISSING_WITHIN)?,
            Change::OddRate { measured_hz } => self.listener.warn(&format!(
                "the microphone delivers {measured_hz:.0} samples per second, which is not the rate that it states: words \
                 sound too high or too low. `polyspot doctor` says more"
            ))?,
            Change::GivenUp { threads } => self.listener.warn(&format!(
                "the audio driver has hung: {threads} thread(s) given up, listening goes on without"
            ))?,
        }
        Ok(())
    }

    fn opened(&mut self, input: &Input, gap: Option<Duration>, now: Instant) -> Result<(), Failure> {
        match input.resampler(self.sample_rate_hz) {
            Ok(resampler) => {
                self.resampler = Some(resampler);
                self.started.get_or_insert(now);
                self.listener.opened(input, gap)?;
            }
            Err(error) if self.started.is_none() => return Err(Failure::audio_device(error)),
            // Another device has taken the place of the one that was lost; the right one may come back.
            Err(error) => {
                if let Change::Broken { reason } = self.connection.give_up(&format!("{error:#}"), now) {
                    self.listener.device_lost(&reason)?;
                }
            }
        }
        Ok(())
    }
}

/// Hands samples of the microphone to the listener.
fn hear(resampler: &mut Option<Resampler>, listener: &mut Listener, samples: &[f32]) -> anyhow::Result<()> {
    let Some(resampler) = resampler else { return Ok(()) };
    let mut outcome = Ok(());
    resampler.push(samples, |block| {
        if outcome.is_ok() {
            outcome = listener.hear(block);
        }
    })?;
    outcome
}

/// Hands on what is still inside and ends the stream: what comes next does not follow on it.
fn break_off(resampler: &mut Option<Resampler>, listener: &mut Listener) -> anyhow::Result<()> {
    let Some(resampler) = resampler else { return Ok(()) };
    let mut outcome = Ok(());
    resampler.flush(|block| {
        if outcome.is_ok() {
            outcome = listener.hear(block);
        }
    })?;
    outcome?;
    listener.break_off()
}
