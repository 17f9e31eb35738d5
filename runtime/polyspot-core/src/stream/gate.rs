//! Words that count only after another one: a wake word, then a command.

use alloc::vec::Vec;
use core::time::Duration;

use super::detection::Detection;
use super::spec::StreamSpec;

/// No command is as short as this, in milliseconds: what ends so soon after a wake word is a part of that word.
const SHORTEST_COMMAND_MS: u64 = 160;

/// Lets commands count for some time after a wake word, and at no other time.
///
/// It computes nothing: whoever listens with a wake model and a command model tells it of their detections, as they come, and of the
/// time, which is counted in samples of the stream. What counts is where words end, not when they are reported: a command that is
/// reported before the wake word that it follows counts once that is reported.
///
/// ```
/// use polyspot_core::stream::{Detection, Gate, GateEvent, GateSpec};
///
/// let detection = |keyword: &str, end: u64| Detection::new(keyword, "en", 0.9, end - 16_000..end);
/// let mut gate = Gate::new(GateSpec { window_samples: 96_000, latest_report_samples: 4_000, shortest_command_samples: 2_560 });
/// gate.command(detection("on", 30_000)); // Nobody has woken it: this never counts.
/// gate.wake(48_000);
/// gate.command(detection("off", 60_000));
/// gate.advance(200_000);
/// let mut heard = Vec::new();
/// while let Some(event) = gate.next_event() {
///     match event {
///         GateEvent::Armed { .. } => heard.push("armed".to_owned()),
///         GateEvent::Command(command) => heard.push(command.keyword.to_string()),
///         GateEvent::Disarmed { .. } => heard.push("disarmed".to_owned()),
///         _ => {}
///     }
/// }
/// assert_eq!(heard, ["armed", "off", "disarmed"]);
/// ```
#[derive(Clone, Debug)]
pub struct Gate {
    spec: GateSpec,
    /// When commands count, in order and apart from each other. Those that are over are kept as long as a word may still be reported
    /// that ends in them.
    windows: Vec<Window>,
    /// Commands that count for nothing yet, and may when a wake word is reported that ends before them.
    held: Vec<Detection>,
    events: Vec<GateEvent>,
}

/// Times of a [`Gate`], in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateSpec {
    /// A command counts if it ends so soon after the wake word.
    pub window_samples: u64,
    /// A detection is reported no later than so long after its end.
    pub latest_report_samples: u64,
    /// A command does not end so soon after the wake word: what does is a part of that word.
    pub shortest_command_samples: u64,
}

/// What becomes of what a [`Gate`] is told.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum GateEvent {
    /// Commands count that end after sample `since` and no later than `until`. If the gate is armed already, only `until` is new.
    Armed {
        /// The first sample of the time.
        since: u64,
        /// Its last sample.
        until: u64,
    },
    /// A command counts.
    Command(Detection),
    /// Commands do not count any more. It comes somewhat later than `at`: a word that ended before may be reported still.
    Disarmed {
        /// The last sample at which a command that counts could end.
        at: u64,
    },
}

/// Commands count that end after `since` and no later than `until`.
#[derive(Clone, Copy, Debug)]
struct Window {
    since: u64,
    until: u64,
}

impl Window {
    fn holds(self, command: &Detection) -> bool {
        self.since < command.end && command.end <= self.until
    }
}

impl GateSpec {
    /// For the streams of a wake model and of command models, which have one rate: commands count for so long after the wake word.
    pub fn for_streams<'a>(window: Duration, specs: impl IntoIterator<Item = &'a StreamSpec>) -> Self {
        let mut spec = Self { window_samples: 0, latest_report_samples: 0, shortest_command_samples: 0 };
        for stream in specs {
            let per_second = u64::from(stream.front_end.sample_rate_hz);
            spec.window_samples = window.as_millis() as u64 * per_second / 1_000;
            spec.shortest_command_samples = SHORTEST_COMMAND_MS * per_second / 1_000;
            spec.latest_report_samples =
                spec.latest_report_samples.max(stream.latest_report_samples() as u64);
        }
        spec
    }
}

impl Gate {
    /// A gate that nobody has woken.
    pub fn new(spec: GateSpec) -> Self {
        Self { spec, windows: Vec::new(), held: Vec::new(), events: Vec::new() }
    }

    /// Goes on with other times; a time for commands that has begun ends when it would have.
    pub fn set_spec(&mut self, spec: GateSpec) {
        self.spec = spec;
    }

    /// A wake word was reported, which ends at this sample ([`Detection::end`]).
    pub fn wake(&mut self, end: u64) {
        let GateSpec { window_samples, shortest_command_samples, .. } = self.spec;
        self.open(end, end + shortest_command_samples, end + window_samples);
    }

    /// Commands count for as long from this sample on as after a wake word: somebody has pressed a button.
    pub fn arm(&mut self, at: u64) {
        self.open(at, at, at + self.spec.window_samples);
    }

    /// Wakes up at a sample: commands count that end after `since` and no later than `until`.
    fn open(&mut self, at: u64, since: u64, until: u64) {
        // Words that end before are known.
        self.close_before(at.saturating_sub(self.spec.latest_report_samples));
        let mut window = Window { since, until: until.max(since) };
        // Two models may report their words in another order than they are spoken in.
        self.windows.retain(|other| {
            let is_apart = other.until < window.since || window.until < other.since;
            if !is_apart {
                window.since = window.since.min(other.since);
                window.until = window.until.max(other.until);
            }
            is_apart
        });
        let place = self.windows.partition_point(|other| other.until < window.since);
        self.windows.insert(place, window);
        self.events.push(GateEvent::Armed { since: window.since, until: window.until });
        let counting = self.held.extract_if(.., |command| window.holds(command));
        self.events.extend(counting.map(GateEvent::Command));
    }

    /// A command word was reported.
    pub fn command(&mut self, command: Detection) {
        if self.windows.iter().any(|window| window.holds(&command)) {
            self.events.push(GateEvent::Command(command));
        } else {
            self.forget_before(command.end);
            self.held.push(command);
        }
    }

    /// So many samples were heard, and what they complete was told of.
    pub fn advance(&mut self, heard: u64) {
        self.close_before(heard.saturating_sub(2 * self.spec.latest_report_samples));
        self.forget_before(heard);
    }

    /// The stream is broken off at this sample: what comes next does not follow on it.
    pub fn end(&mut self, at: u64) {
        self.held.clear();
        if let Some(last) = self.windows.pop() {
            self.windows.clear();
            self.events.push(GateEvent::Disarmed { at: last.until.min(at) });
        }
    }

    /// What has become of what the gate was told, one after the other; to be asked after each call.
    pub fn next_event(&mut self) -> Option<GateEvent> {
        // There are never many.
        (!self.events.is_empty()).then(|| self.events.remove(0))
    }

    /// Whether a command may count.
    pub fn is_armed(&self) -> bool {
        !self.windows.is_empty()
    }

    fn close_before(&mut self, sample: u64) {
        let over = self.windows.partition_point(|window| window.until < sample);
        if over > 0 && over == self.windows.len() {
            self.events.push(GateEvent::Disarmed { at: self.windows[over - 1].until });
        }
        self.windows.drain(..over);
    }

    /// Lets go of commands before which no wake word can end that is not known.
    fn forget_before(&mut self, sample: u64) {
        let late = self.spec.latest_report_samples;
        self.held.retain(|command| command.end + late > sample);
    }
}
