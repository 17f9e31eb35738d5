//! How many false alarms to expect where few were heard.
//!
//! Few scores of negatives come near a good threshold, and their number there says little. Beyond a level that more of them reach
//! the excess of their log-odds is taken to be distributed exponentially (peaks over a threshold, Pickands 1975, without the
//! third parameter that so few events would not tell), so that what is expected falls with the threshold as those events say.

use super::figures::{OperatingPoint, PerHour};

/// False alarms beyond the threshold that so many of them reach are the tail of their scores.
const TAIL_EVENTS: u64 = 20;
/// Where fewer do, the tail begins at this threshold.
const LOWEST_TAIL: f32 = 0.1;

/// The highest scores of false alarms.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    /// The point of the sweep that it begins at.
    first: usize,
    /// What the false alarms there count for.
    pub(super) events: f64,
    /// Mean excess of their log-odds, each counting for one.
    pub(super) scale: f64,
}

impl Tail {
    /// The tail of these false alarms, by threshold.
    pub(super) fn of(sweep: &[OperatingPoint], alarms: impl Fn(&OperatingPoint) -> PerHour) -> Self {
        let heard = |point: &OperatingPoint| alarms(point).heard;
        let begins =
            |point: &OperatingPoint| point.thresholds[0] <= LOWEST_TAIL || heard(point) >= TAIL_EVENTS;
        let first = sweep.iter().rposition(begins).unwrap_or(0);
        // The mean of an excess is the integral of how many exceed.
        let excess: f64 = sweep[first..]
            .windows(2)
            .map(|pair| {
                (odds_of(&pair[1]) - odds_of(&pair[0]))
                    * f64::midpoint(heard(&pair[0]) as f64, heard(&pair[1]) as f64)
            })
            .sum();
        let (events, heard) = (alarms(&sweep[first]).events as f64, heard(&sweep[first]));
        Self { first, events, scale: excess / heard.max(1) as f64 }
    }

    /// The same, of other size and scale.
    pub(super) fn with(self, events: f64, scale: f64) -> Self {
        Self { events, scale, ..self }
    }

    /// How many to expect at each point: before the tail as many as were counted.
    pub(super) fn expected(
        &self,
        sweep: &[OperatingPoint],
        alarms: impl Fn(&OperatingPoint) -> PerHour,
    ) -> Vec<f64> {
        let excess = |point| odds_of(point) - odds_of(&sweep[self.first]);
        let tail = |point| self.events * (-excess(point) / self.scale.max(1e-3)).exp();
        let (before, after) = sweep.split_at(self.first);
        let counted = before.iter().map(|point| alarms(point).events as f64);
        counted.chain(after.iter().map(tail)).collect()
    }
}

/// False alarms of all keywords together to be expected at each point of a sweep of one threshold for all.
pub(super) fn of_all(sweep: &[OperatingPoint]) -> Vec<f64> {
    let all = |point: &OperatingPoint| point.false_alarms;
    Tail::of(sweep, all).expected(sweep, all)
}

/// Log-odds of a point's common threshold.
pub(super) fn odds_of(point: &OperatingPoint) -> f64 {
    log_odds(point.thresholds[0])
}

/// Log-odds of a threshold.
pub(super) fn log_odds(threshold: f32) -> f64 {
    let threshold = f64::from(threshold);
    (threshold / (1.0 - threshold)).ln()
}
