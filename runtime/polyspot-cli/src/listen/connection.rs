//! Keeps a microphone open, whatever happens to it.

use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::capture::{Capture, Opening};
use super::loss::LossMeter;
use super::stream::Input;

/// Until the first samples it may take so long when the program starts …
const FIRST_OPEN_DEADLINE: Duration = Duration::from_secs(10);
/// … and so long later: a sound server lets a stream on a suspended device wait until it wakes up.
const REOPEN_DEADLINE: Duration = Duration::from_mins(1);
/// Between two attempts to open the microphone again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// A removed device raises no error on most hosts: its samples just stop.
const SILENT_DEADLINE: Duration = Duration::from_secs(2);
/// Waiting counts by so much between two polls at most, so that our own pauses are no silence of the device.
const LONGEST_POLL: Duration = Duration::from_millis(100);
/// Audio handed out at a time.
const BLOCK_MS: u32 = 100;

/// What happened to the microphone.
pub(super) enum Change {
    /// It delivers; after a break of `gap`, if there was one.
    Opened { input: Input, gap: Option<Duration> },
    /// It has stopped, for this reason; the connection is trying to open it again.
    Broken { reason: String },
}

/// What was lost on the way from the microphone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    /// Frames that the callback dropped because the listening thread was too late.
    pub(super) dropped: u64,
    /// Frames that never came, estimated by the clock.
    pub(super) missing: u64,
    /// Times that the microphone stopped.
    pub(super) gaps: u64,
    /// Time without it, all gaps together.
    pub(super) gap: Duration,
}

/// A microphone, opened again whenever it breaks.
pub(super) struct Connection {
    wanted: Option<String>,
    state: State,
    ever_opened: bool,
    broken_since: Option<Instant>,
    /// Of the captures that are over.
    losses: Losses,
}

enum State {
    Opening(Opening),
    Open(Box<Open>),
    Pausing { until: Instant },
}

struct Open {
    capture: Capture,
    loss: LossMeter,
    since: Instant,
    /// Frames delivered by then.
    delivered_before: u64,
    last_poll: Instant,
    last_audio: Instant,
    silent_for: Duration,
}

impl Connection {
    /// Begins to open the microphone.
    pub(super) fn begin(wanted: Option<String>) -> anyhow::Result<Self> {
        Ok(Self {
            state: State::Opening(Opening::begin(wanted.clone())?),
            wanted,
            ever_opened: false,
            broken_since: None,
            losses: Losses::default(),
        })
    }

    /// Fills `interleaved` with what the microphone has delivered, up to 100 ms, and says what changed. Never waits.
    ///
    /// # Errors
    /// When the microphone cannot be opened in the first place.
    pub(super) fn poll(&mut self, interleaved: &mut Vec<f32>) -> anyhow::Result<Option<Change>> {
        interleaved.clear();
        let now = Instant::now();
        match &mut self.state {
            State::Opening(opening) => {
                let deadline = if self.ever_opened { REOPEN_DEADLINE } else { FIRST_OPEN_DEADLINE };
                match opening.poll(deadline) {
                    None => Ok(None),
                    Some(Ok(capture)) => Ok(Some(self.opened(capture, now))),
                    Some(Err(error)) if !self.ever_opened => Err(error),
                    Some(Err(_)) => {
                        self.state = State::Pausing { until: now + RETRY_PAUSE };
                        Ok(None)
                    }
                }
            }
            State::Pausing { until } if now < *until => Ok(None),
            State::Pausing { .. } => {
                self.state = State::Opening(Opening::begin(self.wanted.clone())?);
                Ok(None)
            }
            State::Open(open) => match open.poll(now, interleaved) {
                Ok(()) => Ok(None),
                Err(reason) => {
                    self.disconnect(now);
                    Ok(Some(Change::Broken { reason: reason.to_string() }))
                }
            },
        }
    }

    /// Closes the microphone and hands `on_rest` what it has delivered since the last poll.
    pub(super) fn close<E>(mut self, mut on_rest: impl FnMut(&[f32]) -> Result<(), E>) -> Result<Losses, E> {
        let now = Instant::now();
        if let State::Open(open) = self.state {
            self.losses.missing += open.loss.lost();
            let mut samples = open.capture.close();
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
        self.state = State::Open(Box::new(Open {
            loss: LossMeter::new(input.sample_rate_hz),
            since: now,
            delivered_before: capture.samples.delivered(),
            last_poll: now,
            last_audio: now,
            silent_for: Duration::ZERO,
            capture,
        }));
        let gap = self.broken_since.take().map(|since| now - since);
        self.losses.gap += gap.unwrap_or_default();
        Change::Opened { input, gap }
    }

    fn disconnect(&mut self, now: Instant) {
        let pause = State::Pausing { until: now };
        if let State::Open(open) = std::mem::replace(&mut self.state, pause) {
            self.broken_since = Some(open.last_audio);
            self.losses.gaps += 1;
            self.losses.missing += open.loss.lost();
            self.losses.dropped += open.capture.close().dropped();
        }
    }
}

impl Open {
    /// Takes what is there; why the stream is over, if it is.
    fn poll(&mut self, now: Instant, interleaved: &mut Vec<f32>) -> anyhow::Result<()> {
        let Self { capture, loss, .. } = self;
        loss.observe(now - self.since, capture.samples.delivered() - self.delivered_before);
        let rate_hz = capture.input.sample_rate_hz;
        capture.samples.pop((rate_hz * BLOCK_MS / 1_000) as usize, interleaved);
        let waited = (now - self.last_poll).min(LONGEST_POLL);
        self.last_poll = now;
        if !interleaved.is_empty() {
            self.last_audio = now;
            self.silent_for = Duration::ZERO;
            return Ok(());
        }
        self.silent_for += waited;
        if let Some(error) = capture.fatal_error() {
            return Err(error);
        }
        if self.silent_for > SILENT_DEADLINE {
            return Err(anyhow!("no audio for {} s", SILENT_DEADLINE.as_secs()));
        }
        Ok(())
    }
}
