//! A threshold for each keyword, chosen with care: few events are behind each.

use rayon::prelude::*;

use super::figures::{OperatingPoint, PerHour, Rate, lowest_with};
use super::judge::Judge;
use super::streams::Half;

/// A keyword's own false alarms count as much against the mean of the others as this many events. On the shipped models less made
/// thresholds that kept their rate worse on the half of the data that they were not chosen on.
const PRIOR_ALARMS: f64 = 3.0;

/// A keyword's own recordings count as much against the mean of all keywords as this many clips.
const PRIOR_CLIPS: f64 = 20.0;

/// What a false alarm may cost, in missed keywords: this times powers of [`COST_STEP`], each tried.
const LOWEST_COST: f64 = 0.01;
const COST_STEP: f64 = 1.3;
const COSTS: i32 = 40;

/// The thresholds with the fewest keywords missed at no more than so many false alarms per hour, on all data or on one half.
///
/// First the lowest common threshold that keeps the rate is found. Then each keyword gets the threshold at which
/// `missed + cost · false alarms` is least, for many costs; of those that keep the rate, by what was counted and by what is to be
/// expected, the best is taken, if it misses fewer than the common one. With the counts of single keywords this would fit
/// chance: each count is therefore drawn towards the mean of the others, the more the fewer events there are, false alarms by a
/// Gamma prior worth [`PRIOR_ALARMS`] events, misses by a Beta prior worth [`PRIOR_CLIPS`] clips; and of thresholds that cost
/// the same the one nearest to the common one is taken.
///
/// `None` if no threshold keeps the rate.
pub(crate) fn choose(
    judge: &Judge,
    sweep: &[OperatingPoint],
    false_alarms_per_hour: f64,
    half: Option<Half>,
) -> Option<OperatingPoint> {
    let common = lowest_with(sweep, false_alarms_per_hour);
    let anchor = common.or(sweep.last())?.thresholds[0];
    let costs = (0..COSTS).map(|step| LOWEST_COST * COST_STEP.powi(step));
    let mut choices: Vec<Vec<&OperatingPoint>> = costs.map(|cost| cheapest(sweep, anchor, cost)).collect();
    choices.dedup_by(|a, b| thresholds(a) == thresholds(b));
    let most = false_alarms_per_hour * judge.hours(half);
    choices.retain(|points| estimate(points) <= most);
    let own: Vec<OperatingPoint> =
        choices.par_iter().map(|points| judge.at(&thresholds(points), half)).collect();
    // The common one stands first: it is taken unless another misses fewer.
    let points = common.cloned().into_iter().chain(own);
    let kept = points.filter(|point| point.false_alarms.per_hour <= false_alarms_per_hour);
    kept.min_by_key(|point| point.missed().events)
}

/// The thresholds of points of a sweep, of which each keyword has one.
fn thresholds(points: &[&OperatingPoint]) -> Vec<f32> {
    points.iter().map(|point| point.thresholds[0]).collect()
}

/// False alarms to be expected when each keyword has the threshold of its point.
fn estimate(points: &[&OperatingPoint]) -> f64 {
    points.iter().enumerate().map(|(keyword, point)| alarms(point, keyword, points.len())).sum()
}

/// Thresholds chosen on each half and judged on the other: keywords missed under the first condition, and false alarms.
///
/// With `is_common` one threshold for all is chosen.
pub(crate) fn held_out(
    judge: &Judge,
    false_alarms_per_hour: f64,
    is_common: bool,
) -> Option<(Rate, PerHour)> {
    let (mut missed, mut spoken, mut alarms, mut hours) = (0, 0, 0, 0.0);
    for (fit, test) in [(Half::First, Half::Second), (Half::Second, Half::First)] {
        if judge.hours(Some(fit)) == 0.0 || judge.hours(Some(test)) == 0.0 {
            return None;
        }
        let sweep = judge.sweep(Some(fit));
        let chosen = if is_common {
            lowest_with(&sweep, false_alarms_per_hour)?.clone()
        } else {
            choose(judge, &sweep, false_alarms_per_hour, Some(fit))?
        };
        let point = judge.at(&chosen.thresholds, Some(test));
        let first = point.conditions.first()?.missed;
        missed += first.events;
        spoken += first.of;
        alarms += point.false_alarms.events;
        hours += point.false_alarms.hours;
    }
    (spoken > 0).then(|| (Rate::new(missed, spoken), PerHour::new(alarms, hours)))
}

/// For each keyword the point of the sweep at which `missed + cost · false alarms`, both drawn towards the mean of all
/// keywords, is least.
fn cheapest(sweep: &[OperatingPoint], common: f32, cost: f64) -> Vec<&OperatingPoint> {
    let keywords = sweep.first().map_or(0, |point| point.thresholds.len());
    (0..keywords)
        .filter_map(|keyword| {
            let price =
                |point: &OperatingPoint| missed(point, keyword) + cost * alarms(point, keyword, keywords);
            // Far below what a single event changes: these are the same.
            let rounded = |point: &OperatingPoint| (price(point) * 1e6).round();
            let distance = |point: &OperatingPoint| (point.thresholds[0] - common).abs();
            sweep
                .iter()
                .min_by(|a, b| rounded(a).total_cmp(&rounded(b)).then(distance(a).total_cmp(&distance(b))))
        })
        .collect()
}

/// Posterior mean of a keyword's misses, its rate being Beta distributed about that of all keywords.
fn missed(point: &OperatingPoint, keyword: usize) -> f64 {
    let (own, all) = (point.missed_of(keyword), point.missed());
    let rate = (own.events as f64 + PRIOR_CLIPS * all.rate) / (own.of as f64 + PRIOR_CLIPS);
    rate * own.of as f64
}

/// Posterior mean of a keyword's false alarms, these being Gamma distributed about the mean of the keywords. The one with the most
/// speaks for itself, and not for the others: a single word that many sounds are taken for would make all of them strict.
fn alarms(point: &OperatingPoint, keyword: usize, keywords: usize) -> f64 {
    let counts = || point.false_alarms_by_keyword.iter().map(|alarms| alarms.events);
    let own = point.false_alarms_by_keyword[keyword].events as f64;
    let most = counts().max().unwrap_or(0);
    let mean = (counts().sum::<u64>() - most) as f64 / (keywords - 1).max(1) as f64;
    if own == most as f64 {
        return own;
    }
    (own + PRIOR_ALARMS) * mean / (mean + PRIOR_ALARMS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::judge::tests::judge;

    #[test]
    fn few_events_are_drawn_towards_the_mean_and_many_speak_for_themselves() {
        let judge = judge([[0.9, 0.0]; 4], [[0.6, 0.0], [0.6, 0.0], [0.0, 0.6], [0.0, 0.0]]);
        let mut point = judge.at(&[0.5, 0.5], None);
        // Two of the first keyword, one of the second; a third has none.
        point.false_alarms_by_keyword.push(PerHour::new(0, 1.0));
        let estimates = [0, 1, 2].map(|keyword| alarms(&point, keyword, 3));
        assert_eq!(estimates, [2.0, (1.0 + 3.0) * 0.5 / 3.5, 3.0 * 0.5 / 3.5]);
        assert!((estimates.iter().sum::<f64>() - 3.0).abs() < 1e-12, "as many in all as were counted");
        point.false_alarms_by_keyword[1] = PerHour::new(1_000, 1.0);
        point.false_alarms_by_keyword[0] = PerHour::new(2_000, 1.0);
        assert!((alarms(&point, 1, 3) - 1_000.0).abs() < 5.0 && alarms(&point, 2, 3) < 3.0);
    }

    #[test]
    fn a_keyword_with_false_alarms_is_made_strict_and_the_other_is_not() {
        // One threshold without false alarms would have to be above 0.6, and miss the second keyword, which is weak.
        let judge = judge(
            [[0.9, 0.0], [0.0, 0.4], [0.9, 0.0], [0.0, 0.4]],
            [[0.6, 0.0], [0.6, 0.0], [0.6, 0.0], [0.6, 0.0]],
        );
        let sweep = judge.sweep(None);
        let common = lowest_with(&sweep, 0.0).unwrap();
        assert_eq!((common.missed().events, common.thresholds[0]), (2, 0.61));
        let chosen = choose(&judge, &sweep, 0.0, None).unwrap();
        assert_eq!((chosen.missed().events, chosen.false_alarms.events), (0, 0), "{chosen:?}");
        assert_eq!(chosen.thresholds, [0.61, 0.4], "each as near to the common one as may be");
        assert!(choose(&judge, &sweep, -1.0, None).is_none());
    }

    #[test]
    fn what_one_half_chose_is_judged_on_the_other() {
        // The first half knows false alarms at 0.6, the second at 0.8, where its own keywords are still heard.
        let judge = judge([[0.9, 0.0]; 4], [[0.6, 0.0], [0.0, 0.0], [0.8, 0.0], [0.0, 0.0]]);
        let (missed, alarms) = held_out(&judge, 0.0, false).unwrap();
        assert_eq!(alarms, PerHour::new(1, 1.0));
        assert_eq!(held_out(&judge, 0.0, true).unwrap().1, alarms);
        assert_eq!(
            (missed.events, missed.of),
            (2, 4),
            "the second keyword is said with the first one's peak"
        );
    }
}
