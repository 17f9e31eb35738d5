//! From the microphone to the listener, step by step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

use polyspot::EngineError;
use polyspot_audio::ChannelChoice;

use super::control::Answer;
use super::intake::Intake;
use super::listener::Listener;
use crate::arguments::Amplifier;
use crate::audio_input::{Change, Connection, Input};
use crate::doctor::Finding;
use crate::exit::Failure;
use crate::service::Service;

/// Everything between the ring that the audio callback fills and the events.
pub(super) struct Session {
    connection: Connection,
    listener: Listener,
    /// Of what was asked for.
    answers: Receiver<Answer>,
    /// What is listened to of the microphone's channels …
    choice: ChannelChoice,
    /// … how much louder, …
    amplifier: Amplifier,
    /// … and the model's rate.
    sample_rate_hz: u32,
    /// There is one while the microphone is open.
    intake: Option<Intake>,
    /// What the device delivered last.
    samples: Vec<f32>,
    /// When the microphone was first open.
    started: Option<Instant>,
}

impl Session {
    pub(super) fn new(
        connection: Connection,
        listener: Listener,
        answers: Receiver<Answer>,
        choice: ChannelChoice,
        amplifier: Amplifier,
        sample_rate_hz: u32,
    ) -> Self {
        Self {
            connection,
            listener,
            answers,
            choice,
            amplifier,
            sample_rate_hz,
            intake: None,
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
            // Ready when the microphone is open for the first time; later it is waited for.
            let status = if self.intake.is_some() { "listening" } else { "waiting for the microphone" };
            service.tell(self.started.map(|_| status), now);
            if !has_worked {
                // The audio callback ends the wait.
                thread::park_timeout(self.connection.patience());
            }
        }
    }

    /// Does what there is to do; false if that is nothing. Audio comes first, whatever was asked for.
    pub(super) fn step(&mut self, now: Instant) -> Result<bool, Failure> {
        let change = self.connection.poll(now, &mut self.samples).map_err(Failure::audio_device)?;
        if let Some(change) = change {
            self.change(change, now)?;
        } else if !self.samples.is_empty() {
            let Self { intake, samples, listener, .. } = self;
            if let Some(intake) = intake {
                intake.hear(samples, listener).map_err(failed)?;
            }
        } else if self.started.is_some()
            && let Ok(answer) = self.answers.try_recv()
        {
            self.listener.answer(answer)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Ends the stream, and says what was heard and lost.
    pub(super) fn end(mut self, now: Instant) -> Result<(), Failure> {
        let elapsed = self.started.map_or(Duration::ZERO, |started| now - started);
        let Self { connection, intake, listener, .. } = &mut self;
        let losses = connection.close(now, |rest| match intake {
            Some(intake) => intake.hear(rest, listener),
            None => Ok(()),
        });
        let losses = losses.map_err(failed)?;
        self.break_off()?;
        self.listener.end(elapsed, &losses)?;
        Ok(())
    }

    fn break_off(&mut self) -> Result<(), Failure> {
        let Self { intake, listener, .. } = self;
        intake.as_mut().map_or(Ok(()), |intake| intake.break_off(listener)).map_err(failed)
    }

    fn change(&mut self, change: Change, now: Instant) -> Result<(), Failure> {
        match change {
            Change::Opened { input, gap } => self.opened(&input, gap, now)?,
            Change::Broken { reason } => {
                self.break_off()?;
                self.intake = None;
                self.listener.device_lost(&reason)?;
            }
            Change::Discontinuity { dropped } => {
                self.break_off()?;
                self.listener.discontinuity(dropped)?;
            }
            Change::Missing { frames } => self.listener.missing(frames, Change::MISSING_WITHIN)?,
            Change::OddRate { stated_hz, measured_hz } => {
                self.listener.found(&Finding::WrongRate { stated_hz, measured_hz: Some(measured_hz) })?;
            }
            Change::GivenUp { threads } => self.listener.warn(&format!(
                "the audio driver has hung: {threads} thread(s) given up, listening goes on without"
            ))?,
        }
        Ok(())
    }

    fn opened(&mut self, input: &Input, gap: Option<Duration>, now: Instant) -> Result<(), Failure> {
        match Intake::new(input, self.choice, self.amplifier, self.sample_rate_hz) {
            Ok(intake) => {
                self.intake = Some(intake);
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

/// Why listening fails: a model that cannot be run, or else something unforeseen.
fn failed(error: anyhow::Error) -> Failure {
    if error.chain().any(<dyn std::error::Error>::is::<EngineError>) {
        Failure::bad_model(error)
    } else {
        error.into()
    }
}
