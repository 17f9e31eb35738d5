//! Figures with the intervals that belong to them.

use std::fmt;

use polyspot::Interval;
use serde::Serialize;

/// A share of events in trials, with Wilson's interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[expect(clippy::struct_field_names, reason = "they are the names in the JSON")]
pub(crate) struct Rate {
    pub(crate) events: u64,
    pub(crate) of: u64,
    /// In 0..=1; 0 without trials.
    pub(crate) rate: f64,
    pub(crate) interval: Interval,
}

impl Rate {
    /// # Panics
    /// If `events` > `of`.
    pub(crate) fn new(events: u64, of: u64) -> Self {
        Self { events, of, rate: events as f64 / of.max(1) as f64, interval: Interval::wilson(events, of) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, of, rate, interval: Interval { low, high } } = self;
        let [rate, low, high] = [rate, low, high].map(|share| share * 100.0);
        write!(f, "{rate:.1} % ({low:.1} to {high:.1} %, {events} of {of})")
    }
}

/// Events in a time, with the exact Poisson interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[expect(clippy::struct_field_names, reason = "they are the names in the JSON")]
pub(crate) struct PerHour {
    pub(crate) events: u64,
    pub(crate) hours: f64,
    pub(crate) per_hour: f64,
    pub(crate) interval: Interval,
}

impl PerHour {
    /// `hours` > 0.
    pub(crate) fn new(events: u64, hours: f64) -> Self {
        let interval = Interval::poisson(events).times(1.0 / hours);
        Self { events, hours, per_hour: events as f64 / hours, interval }
    }
}

impl fmt::Display for PerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, hours, per_hour, interval: Interval { low, high } } = self;
        write!(f, "{per_hour:.2} per hour ({low:.2} to {high:.2}, {events} in {hours:.2} h)")
    }
}

/// What a model does at certain thresholds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct OperatingPoint {
    /// One per keyword.
    pub(crate) thresholds: Vec<f32>,
    pub(crate) false_alarms: PerHour,
    /// One per keyword.
    pub(crate) false_alarms_by_keyword: Vec<PerHour>,
    /// The first is the one that thresholds are chosen by.
    pub(crate) conditions: Vec<Rejects>,
}

/// Keywords missed under a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Rejects {
    pub(crate) condition: String,
    pub(crate) missed: Rate,
    /// One per keyword.
    pub(crate) missed_by_keyword: Vec<Rate>,
    /// Detections of another keyword than was said, or of one too many.
    pub(crate) wrong: u64,
}

impl OperatingPoint {
    /// Keywords missed, and keywords said, under all conditions together.
    pub(crate) fn missed(&self) -> Rate {
        let sum = |of: fn(&Rate) -> u64| self.conditions.iter().map(|c| of(&c.missed)).sum();
        Rate::new(sum(|rate| rate.events), sum(|rate| rate.of))
    }

    /// The same of one keyword.
    pub(crate) fn missed_of(&self, keyword: usize) -> Rate {
        let rates = || self.conditions.iter().map(|c| c.missed_by_keyword[keyword]);
        Rate::new(rates().map(|rate| rate.events).sum(), rates().map(|rate| rate.of).sum())
    }
}

/// The lowest threshold of a sweep from which on there are at most so many false alarms per hour.
pub(crate) fn lowest_with(sweep: &[OperatingPoint], false_alarms_per_hour: f64) -> Option<&OperatingPoint> {
    let beyond = sweep.iter().rposition(|point| point.false_alarms.per_hour > false_alarms_per_hour);
    sweep.get(beyond.map_or(0, |last| last + 1))
}
