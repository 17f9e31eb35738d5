//! Thresholds of single keywords, drawn towards the one that suits all.

use rayon::prelude::*;

use super::choice::choose;
use super::figures::{OperatingPoint, first_within};
use super::judge::Judge;
use super::streams::{FLOOR, Half};
use super::tail::log_odds;

/// With so many clips a keyword's own threshold counts half, and again with so many false alarms.
const HALF_CLIPS: f64 = 20.0;
const HALF_EVENTS: f64 = 8.0;

/// False alarms are counted at this threshold at the lowest: far below it they say nothing of those that matter.
const EVENTS_AT: f32 = 0.3;

/// All thresholds are raised or lowered together, in log-odds, to keep the rate of false alarms.
const LOWEST_SHIFT: f64 = -1.5;
const HIGHEST_SHIFT: f64 = 6.0;
const SHIFT_STEP: f64 = 0.05;

/// No threshold is above this: softmax rounds what is nearer to 1.
const HIGHEST: f64 = 0.9999;

/// A threshold for each keyword: the one that [`choose`] would give it, drawn towards the common one in log-odds, the more the fewer
/// clips and false alarms of it there are; and all of them moved together, within the rate of false alarms, to where they miss the fewest words.
///
/// `None` if no common threshold keeps the rate.
pub(crate) fn shrunk(
    judge: &Judge,
    sweep: &[OperatingPoint],
    false_alarms_per_hour: f64,
    half: Option<Half>,
) -> Option<OperatingPoint> {
    let common = judge.hold_best(sweep, false_alarms_per_hour, half)?;
    let own = choose(judge, sweep, false_alarms_per_hour, half)?;
    let events = sweep.iter().find(|point| point.thresholds[0] >= EVENTS_AT).unwrap_or(&common);
    let middle = log_odds(common.thresholds[0]);
    let drawn: Vec<f64> = (0..own.thresholds.len())
        .map(|keyword| {
            // The same clips under several conditions are no more clips.
            let clips = common.conditions[0].missed_by_keyword[keyword].of;
            let share = trust(clips, events.false_alarms_by_keyword[keyword].events);
            middle + share * (log_odds(own.thresholds[keyword]) - middle)
        })
        .collect();
    let shifts = (0..=((HIGHEST_SHIFT - LOWEST_SHIFT) / SHIFT_STEP) as i32)
        .map(|step| LOWEST_SHIFT + SHIFT_STEP * f64::from(step));
    let points: Vec<OperatingPoint> = shifts
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|shift| {
            let thresholds: Vec<f32> = drawn.iter().map(|odds| threshold(odds + shift)).collect();
            judge.at(&thresholds, half)
        })
        .collect();
    let rates: Vec<f64> = points.iter().map(|point| point.false_alarms.per_hour).collect();
    let lowest = first_within(&rates, false_alarms_per_hour)?;
    // Of those that miss equally few the first, and lowest.
    points.into_iter().skip(lowest).min_by_key(|point| point.missed().events)
}

/// How much a keyword's own threshold counts against the common one, in 0..1.
fn trust(clips: u64, false_alarms: u64) -> f64 {
    let (clips, events) = (clips as f64, false_alarms as f64);
    clips / (clips + HALF_CLIPS) * (events / (events + HALF_EVENTS))
}

/// The threshold with these log-odds, within what can be judged.
fn threshold(log_odds: f64) -> f32 {
    let threshold = 1.0 / (1.0 + (-log_odds).exp());
    threshold.clamp(f64::from(FLOOR), HIGHEST) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::judge::tests::{judge, judge_of};

    #[test]
    fn trust_grows_with_clips_and_events_and_needs_both() {
        assert_eq!(trust(0, 100), 0.0);
        assert_eq!(trust(100, 0), 0.0);
        assert_eq!(trust(20, 8), 0.25);
        assert!(trust(2, 1) < 0.011 && trust(1_000, 1_000) > 0.97);
    }

    #[test]
    fn log_odds_and_thresholds_are_each_others_inverse() {
        for value in [0.02, 0.5, 0.9, 0.999] {
            assert!((threshold(log_odds(value)) - value).abs() < 1e-6, "{value}");
        }
        assert_eq!(threshold(-20.0), FLOOR);
        assert_eq!(threshold(20.0), HIGHEST as f32);
    }

    #[test]
    fn of_two_clips_and_no_event_nothing_but_the_common_threshold_is_left() {
        // The second keyword is weak and never a false alarm: its own threshold would be low, but two clips say too little.
        let keywords = [[0.9, 0.0], [0.0, 0.4], [0.9, 0.0], [0.0, 0.4]];
        let judge = judge(keywords, [[0.6, 0.0]; 4]);
        let sweep = judge.sweep(None);
        let drawn = shrunk(&judge, &sweep, 0.0, None).unwrap();
        let [first, second] = [drawn.thresholds[0], drawn.thresholds[1]];
        assert!(first > 0.6 && first < 0.63 && (first - second).abs() < 0.02, "{:?}", drawn.thresholds);
    }

    #[test]
    fn of_many_clips_and_events_keywords_part() {
        // The first keyword is said loudly, and false alarms sound like it at 0.6; the second at 0.45, with false alarms at 0.3.
        let words = (0..120).map(|n| if n % 2 == 0 { [0.9, 0.0] } else { [0.0, 0.45] });
        let alarms = (0..120).map(|n| if n % 2 == 0 { [0.6, 0.0] } else { [0.0, 0.31] });
        let judge = judge_of(&words.collect::<Vec<_>>(), &alarms.collect::<Vec<_>>());
        let sweep = judge.sweep(None);
        let common = judge.hold(&sweep, 2.0, None).unwrap();
        assert_eq!(common.missed().events, 60, "one threshold for both misses the second");
        let drawn = shrunk(&judge, &sweep, 2.0, None).unwrap();
        assert_eq!(drawn.false_alarms.events, 0);
        assert!(drawn.thresholds[0] > 0.6 && drawn.thresholds[1] < 0.55, "{:?}", drawn.thresholds);
        assert!(drawn.thresholds[1] > 0.31, "no lower than its false alarms");
    }
}
