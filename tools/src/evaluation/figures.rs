//! Figures with the intervals that belong to them.

use std::fmt;

use polyspot::manifest::Interval;
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
    /// How many of them there were, whatever each counts for.
    #[serde(skip)]
    pub(crate) heard: u64,
    /// Sum of the squares of what each event counts for.
    #[serde(skip)]
    squares: u64,
}

impl PerHour {
    /// Events that count for one each.
    #[cfg(test)]
    pub(crate) fn new(events: u64, hours: f64) -> Self {
        Self::weighted(std::iter::repeat_n(1, events as usize), hours)
    }

    /// Events that count for several each.
    pub(crate) fn weighted(weights: impl Iterator<Item = u64>, hours: f64) -> Self {
        let add =
            |[heard, sum, squares]: [u64; 3], weight| [heard + 1, sum + weight, squares + weight * weight];
        Self::of_sums(weights.fold([0; 3], add), hours)
    }

    /// Events of several times together.
    pub(crate) fn sum(parts: impl Iterator<Item = Self>, hours: f64) -> Self {
        let add = |[heard, sum, squares]: [u64; 3], part: Self| {
            [heard + part.heard, sum + part.events, squares + part.squares]
        };
        Self::of_sums(parts.fold([0; 3], add), hours)
    }

    /// Of the number of events, of what they count for, and of the squares of that. Nothing is known of no time: then the rate counts as 0,
    /// and its interval ends at infinity. Events that count for several are as uncertain as so many fewer that count for one (Kish's
    /// effective size: the square of the sum by the sum of squares).
    fn of_sums([heard, events, squares]: [u64; 3], hours: f64) -> Self {
        if hours <= 0.0 {
            let interval = Interval { low: 0.0, high: f64::INFINITY };
            return Self { events, hours, per_hour: 0.0, interval, heard, squares };
        }
        let effective = ((events * events) as f64 / squares.max(1) as f64).round().max(events.min(1) as f64);
        let each = if events == 0 { 1.0 } else { events as f64 / effective };
        let interval = Interval::poisson(effective as u64).times(each / hours);
        Self { events, hours, per_hour: events as f64 / hours, interval, heard, squares }
    }
}

impl fmt::Display for PerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, hours, per_hour, interval: Interval { low, high }, .. } = self;
        write!(f, "{per_hour:.2} per hour ({low:.2} to {high:.2}, {events} in {hours:.2} h)")
    }
}

/// What a model does at certain thresholds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct OperatingPoint {
    /// One per keyword.
    pub(crate) thresholds: Vec<f32>,
    pub(crate) false_alarms: PerHour,
    /// Bootstrap over recordings of the rate of all false alarms; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) over_recordings: Option<Interval>,
    /// One per keyword.
    pub(crate) false_alarms_by_keyword: Vec<PerHour>,
    /// One per kind of recordings.
    pub(crate) false_alarms_by_kind: Vec<PerHour>,
    /// The first is the one that thresholds are chosen by.
    pub(crate) conditions: Vec<Rejects>,
}

/// Keywords missed under a condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Rejects {
    pub(crate) condition: String,
    pub(crate) missed: Rate,
    /// Bootstrap over speakers of the share missed; only where it was asked for and there are two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) over_speakers: Option<Interval>,
    /// One per keyword.
    pub(crate) missed_by_keyword: Vec<Rate>,
    /// Detections of another keyword than was said, or of one too many.
    pub(crate) wrong: u64,
    /// Absent if nothing was heard.
    pub(crate) delay: Option<Delay>,
}

/// Seconds from a word's end to the report of its detection, of the words that were heard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Delay {
    pub(crate) median_s: f64,
    /// Nineteen of twenty words are reported no later than this.
    pub(crate) p95_s: f64,
}

impl Delay {
    /// Nearest-rank quantiles; `None` of nothing.
    pub(crate) fn of(mut seconds: Vec<f64>) -> Option<Self> {
        seconds.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let rank = (share * seconds.len() as f64).ceil() as usize;
            seconds.get(rank.max(1) - 1).copied()
        };
        Some(Self { median_s: quantile(0.5)?, p95_s: quantile(0.95)? })
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s, 95th percentile {:.2} s", self.median_s, self.p95_s)
    }
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

/// The place from which on no value is above this; `None` if the last one is.
pub(crate) fn first_within(values: &[f64], most: f64) -> Option<usize> {
    let first = values.iter().rposition(|&value| value > most).map_or(0, |last| last + 1);
    (first < values.len()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_read_at_their_ranks() {
        let delay = Delay::of((1..=100).rev().map(f64::from).collect()).unwrap();
        assert_eq!((delay.median_s, delay.p95_s), (50.0, 95.0));
        let delay = Delay::of(vec![0.25]).unwrap();
        assert_eq!((delay.median_s, delay.p95_s), (0.25, 0.25));
        assert_eq!(Delay::of(Vec::new()), None);
    }

    #[test]
    fn an_event_that_counts_for_ten_is_as_uncertain_as_one() {
        let (ten, one) = (PerHour::weighted([10].into_iter(), 10.0), PerHour::new(1, 1.0));
        assert_eq!((ten.events, ten.per_hour, ten.interval), (10, 1.0, one.interval));
        assert_eq!(PerHour::weighted([1, 1, 1].into_iter(), 2.0), PerHour::new(3, 2.0));
        let both = PerHour::sum([ten, PerHour::weighted([10].into_iter(), 5.0)].into_iter(), 20.0);
        assert_eq!((both.events, both.interval), (20, PerHour::new(2, 2.0).interval));
    }

    #[test]
    fn from_the_first_place_within_none_is_beyond() {
        assert_eq!(first_within(&[3.0, 1.0, 2.0, 1.0, 0.0], 1.0), Some(3));
        assert_eq!(first_within(&[1.0, 1.0], 1.0), Some(0));
        assert_eq!(first_within(&[0.0, 2.0], 1.0), None);
    }

    #[test]
    fn of_no_time_nothing_is_known() {
        assert_eq!(PerHour::new(0, 0.0).interval, Interval { low: 0.0, high: f64::INFINITY });
    }
}
