//! Keeps a microphone open, whatever happens to it.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};

use super::capture::{Capture, Opening};
use super::closing::ClosingStreams;
use super::loss::LossMeter;
use super::stream::{Input, Opener};
use super::workers::Workers;

/// Until the first samples it may take so long when the program starts …
const FIRST_OPEN_DEADLINE: Duration = Duration::from_secs(10);
/// … and so long later: a sound server lets a stream on a suspended device wait until it wakes up.
const REOPEN_DEADLINE: Duration = Duration::from_mins(1);
/// Between two attempts to open the microphone again; doubled after each …
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// … up to this: a microphone that is plugged in again should not be waited for long.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);
/// The stream before is waited for so long: some devices cannot be opened twice.
const CLOSING_PATIENCE: Duration = Duration::from_millis(100);
/// A microphone that breaks before this is opened again only after a pause, like one that does not open.
const STEADY: Duration = Duration::from_secs(5);
/// A removed device raises no error on most hosts: its samples just stop.
const SILENT_DEADLINE: Duration = Duration::from_secs(2);
/// Waiting counts by so much between two polls at most, so that our own pauses are no silence of the device.
const LONGEST_POLL: Duration = Duration::from_millis(100);
/// While there is no audio that could end a wait.
const OPENING_POLL: Duration = Duration::from_millis(20);
/// Pause of commands that record for a while, when there is nothing to do: a small part of a posterior's step.
pub(crate) const IDLE: Duration = Duration::from_millis(10);
/// Audio handed out at a time.
const BLOCK_MS: u32 = 100;
/// The loss of samples is estimated over this time.
const LOSS_WINDOW: Duration = Duration::from_secs(5);
/// A rate that is wrong after this has changed; until then it was wrong from the beginning, and would be again.
const RATE_KNOWN: Duration = Duration::from_secs(25);
/// Threads that a driver may hold for good. With more, only a new process helps.
const MOST_STUCK: usize = 16;

/// What happened to the microphone.
pub(crate) enum Change {
    /// It delivers; after a break of `gap`, if there was one.
    Opened { input: Input, gap: Option<Duration> },
    /// It has stopped, for this reason; the connection is trying to open it again.
    Broken { reason: String },
    /// What comes next does not follow on what came last: we were too late for so many frames.
    Discontinuity { dropped: u64 },
    /// So many frames never came, somewhere in the last [`Change::MISSING_WITHIN`].
    Missing { frames: u64 },
    /// Since it was opened it has delivered so many frames per second, which is not its rate.
    OddRate { stated_hz: u32, measured_hz: f64 },
    /// The driver holds so many more of our threads for good.
    GivenUp { threads: usize },
}

impl Change {
    /// The time that [`Change::Missing`] is about.
    pub(crate) const MISSING_WITHIN: Duration = LOSS_WINDOW.saturating_mul(2);
}

/// What was lost on the way from the microphone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Losses {
    /// Frames that the callback dropped because the listening thread was too late.
    pub(crate) dropped: u64,
    /// Frames that never came, estimated by the clock.
    pub(crate) missing: u64,
    /// Times that the microphone stopped.
    pub(crate) gaps: u64,
    /// Time without it, all gaps together.
    pub(crate) gap: Duration,
}

/// A microphone, opened again whenever it breaks.
pub(crate) struct Connection {
    wanted: Option<String>,
    open: Opener,
    /// What opens microphones and keeps their streams.
    workers: Workers,
    state: State,
    ever_opened: bool,
    broken_since: Option<Instant>,
    /// Before the next attempt.
    pause: Duration,
    /// Of captures that are over.
    closing: ClosingStreams,
    /// Of the same captures.
    losses: Losses,
}

enum State {
    Opening(Opening),
    Open(Box<Open>),
    Pausing { until: Instant },
}

struct Open {
    capture: Capture,
    ended: Receiver<()>,
    loss: LossMeter,
    since: Instant,
    /// Frames delivered by then.
    delivered_before: u64,
    last_poll: Instant,
    last_audio: Instant,
    silent_for: Duration,
    /// What has been told of.
    told: Told,
}

#[derive(Default)]
struct Told {
    dropped: u64,
    missing: u64,
    odd_rate: bool,
}

impl Connection {
    /// Begins to open the microphone.
    pub(crate) fn begin(wanted: Option<String>, open: Opener, now: Instant) -> anyhow::Result<Self> {
        let mut workers = Workers::default();
        Ok(Self {
            state: State::Opening(Opening::begin(wanted.clone(), &open, &mut workers, now)?),
            workers,
            wanted,
            open,
            ever_opened: false,
            broken_since: None,
            pause: FIRST_PAUSE,
            closing: ClosingStreams::default(),
            losses: Losses::default(),
        })
    }

    /// Fills `samples` with what the microphone has delivered on all channels, up to 100 ms, or says what changed. Never waits.
    ///
    /// # Errors
    /// When the microphone cannot be opened in the first place, and when its driver has hung too often.
    pub(crate) fn poll(&mut self, now: Instant, samples: &mut Vec<f32>) -> anyhow::Result<Option<Change>> {
        samples.clear();
        let threads = self.closing.observe(now);
        if threads > 0 {
            let stuck = self.closing.stuck();
            ensure!(
                stuck <= MOST_STUCK,
                "the audio driver has hung {stuck} times; only a new start of the program helps"
            );
            return Ok(Some(Change::GivenUp { threads }));
        }
        match &mut self.state {
            State::Opening(opening) => {
                let deadline = if self.ever_opened { REOPEN_DEADLINE } else { FIRST_OPEN_DEADLINE };
                match opening.poll(now, deadline) {
                    None => Ok(None),
                    Some(Ok(capture)) => Ok(Some(self.opened(capture, now))),
                    Some(Err(error)) if !self.ever_opened => Err(error),
                    Some(Err(_)) => {
                        self.wait(now);
                        Ok(None)
                    }
                }
            }
            State::Pausing { until } if now < *until => Ok(None),
            State::Pausing { until } if self.closing.any_in_time() && now < *until + CLOSING_PATIENCE => {
                Ok(None)
            }
            State::Pausing { .. } => {
                self.state =
                    State::Opening(Opening::begin(self.wanted.clone(), &self.open, &mut self.workers, now)?);
                Ok(None)
            }
            State::Open(open) => {
                // One that took its time to close the stream before is not needed.
                self.workers.rest();
                match open.poll(now, samples) {
                    Ok(change) => Ok(change),
                    Err(reason) => Ok(Some(self.give_up(&format!("{reason:#}"), now))),
                }
            }
        }
    }

    /// Lets go of a microphone that cannot be used, and tries again.
    pub(crate) fn give_up(&mut self, reason: &str, now: Instant) -> Change {
        if let State::Open(open) = &self.state {
            self.broken_since = Some(open.last_audio);
            self.losses.gaps += 1;
            if now - open.since > STEADY {
                self.pause = Duration::ZERO;
            }
        }
        self.wait(now);
        Change::Broken { reason: reason.to_owned() }
    }

    /// How long to wait for something to happen, unless the audio callback says so before.
    pub(crate) fn patience(&self) -> Duration {
        match self.state {
            State::Open(_) => LONGEST_POLL,
            State::Opening(_) | State::Pausing { .. } => OPENING_POLL,
        }
    }

    /// Closes the microphone and hands `on_rest` what it has delivered since the last poll.
    pub(crate) fn close<E>(
        &mut self,
        now: Instant,
        mut on_rest: impl FnMut(&[f32]) -> Result<(), E>,
    ) -> Result<Losses, E> {
        if let State::Open(open) = std::mem::replace(&mut self.state, State::Pausing { until: now }) {
            self.losses.missing += open.loss.lost();
            let mut samples = open.capture.close_and_wait(&open.ended);
            let mut rest = Vec::new();
            loop {
                samples.pop(usize::MAX, &mut rest);
                if rest.is_empty() {
                    break;
                }
                on_rest(&rest)?;
            }
            self.losses.dropped += samples.dropped();
        }
        self.losses.gap += self.broken_since.map_or(Duration::ZERO, |since| now - since);
        Ok(self.losses)
    }

    fn opened(&mut self, capture: Capture, now: Instant) -> Change {
        let input = capture.input.clone();
        // An index may mean another device tomorrow; the default is looked up anew each time.
        self.wanted = self.wanted.take().map(|_| input.id.clone());
        self.ever_opened = true;
        let before = std::mem::replace(&mut self.state, State::Pausing { until: now });
        if let State::Opening(Opening { ended, .. }) = before {
            self.state = State::Open(Box::new(Open {
                loss: LossMeter::new(input.sample_rate_hz, LOSS_WINDOW),
                since: now,
                delivered_before: capture.samples.delivered(),
                last_poll: now,
                last_audio: now,
                silent_for: Duration::ZERO,
                told: Told::default(),
                capture,
                ended,
            }));
        }
        let gap = self.broken_since.take().map(|since| now - since);
        self.losses.gap += gap.unwrap_or_default();
        Change::Opened { input, gap }
    }

    /// Leaves the stream, or the attempt at one, to its thread, and makes a pause.
    fn wait(&mut self, now: Instant) {
        let pause = State::Pausing { until: now + self.pause };
        self.pause = (2 * self.pause).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        match std::mem::replace(&mut self.state, pause) {
            State::Opening(Opening { ended, .. }) => self.closing.add(ended, now),
            State::Open(open) => {
                self.losses.missing += open.loss.lost();
                self.losses.dropped += open.capture.close().dropped();
                self.closing.add(open.ended, now);
            }
            State::Pausing { .. } => {}
        }
    }
}

impl Open {
    /// Takes what is there, or says what else there is to say; why the stream is over, if it is.
    fn poll(&mut self, now: Instant, samples: &mut Vec<f32>) -> anyhow::Result<Option<Change>> {
        let waited = (now - self.last_poll).min(LONGEST_POLL);
        self.last_poll = now;
        if let Some(change) = self.look_at_the_clock(now)? {
            return Ok(Some(change));
        }
        let Self { capture, told, .. } = self;
        let rate_hz = capture.input.sample_rate_hz;
        capture.samples.pop((rate_hz * BLOCK_MS / 1_000) as usize, samples);
        if !samples.is_empty() {
            self.last_audio = now;
            self.silent_for = Duration::ZERO;
            return Ok(None);
        }
        if capture.samples.take_discontinuity() {
            let all = capture.samples.dropped();
            let dropped = all - std::mem::replace(&mut told.dropped, all);
            return Ok(Some(Change::Discontinuity { dropped }));
        }
        self.silent_for += waited;
        if let Some(error) = capture.fatal_error() {
            return Err(error);
        }
        ensure!(self.silent_for <= SILENT_DEADLINE, "no audio for {} s", SILENT_DEADLINE.as_secs());
        Ok(None)
    }

    /// Compares the number of samples with the time.
    fn look_at_the_clock(&mut self, now: Instant) -> anyhow::Result<Option<Change>> {
        let Self { capture, loss, told, .. } = self;
        loss.observe(now - self.since, capture.samples.delivered() - self.delivered_before);
        if let Some(measured_hz) = loss.odd_rate_hz().filter(|_| !told.odd_rate) {
            let stated_hz = capture.input.sample_rate_hz;
            if now - self.since > RATE_KNOWN {
                return Err(anyhow!(
                    "it has begun to deliver {measured_hz:.0} samples per second, expected {stated_hz}"
                ));
            }
            told.odd_rate = true;
            return Ok(Some(Change::OddRate { stated_hz, measured_hz }));
        }
        let missing = loss.lost();
        if missing > told.missing && !told.odd_rate {
            let frames = missing - std::mem::replace(&mut told.missing, missing);
            return Ok(Some(Change::Missing { frames }));
        }
        Ok(None)
    }
}
