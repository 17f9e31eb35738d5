//! A threshold for each keyword, chosen with care: few events are behind each.

use super::figures::{OperatingPoint, Rate, lowest_with};
use super::judge::Judge;
use super::streams::Half;

/// A keyword's own false alarms count as much against the mean of all keywords as this many events.
const PRIOR_ALARMS: f64 = 3.0;

/// A keyword's own recordings count as much against the mean of all keywords as this many clips.
const PRIOR_CLIPS: f64 = 20.0;

/// What a false alarm may cost, in missed keywords; each is tried.
const COSTS: [f64; 13] = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0];

/// The thresholds with the fewest keywords missed at no more than so many false alarms per hour, on all data or on one half.
///
/// First the lowest common threshold that keeps the rate is found. Then each keyword gets the threshold at which
/// `missed + cost · false alarms` is least, for several costs, and of those that keep the rate the best is taken, if it misses
/// fewer than the common one. With the counts of a single keyword this would fit chance, so that each count is drawn
/// towards the mean of all keywords, the more the fewer events there are: false alarms by a Gamma prior worth
/// [`PRIOR_ALARMS`] events, misses by a Beta prior worth [`PRIOR_CLIPS`] clips; and of thresholds that cost the same the one
/// nearest to the common one is taken.
///
/// `None` if no threshold keeps the rate.
pub(crate) fn choose(
    judge: &Judge,
    sweep: &[OperatingPoint],
    false_alarms_per_hour: f64,
    half: Option<Half>,
) -> Option<OperatingPoint> {
    let common = lowest_with(sweep, false_alarms_per_hour)?;
    let own = COSTS.iter().map(|&cost| judge.at(&cheapest(sweep, common.thresholds[0], cost), half));
    let kept = own.filter(|point| point.false_alarms.per_hour <= false_alarms_per_hour);
    let best = kept.min_by_key(|point| (point.missed().events, point.false_alarms.events))?;
    Some(if best.missed().events < common.missed().events { best } else { common.clone() })
}

/// Thresholds chosen on each half and judged on the other: missed keywords and false alarms in all, with the hours.
pub(crate) fn held_out(judge: &Judge, false_alarms_per_hour: f64) -> Option<(Rate, u64, f64)> {
    let (mut missed, mut spoken, mut alarms, mut hours) = (0, 0, 0, 0.0);
    for (fit, test) in [(Half::First, Half::Second), (Half::Second, Half::First)] {
        if judge.hours(Some(fit)) == 0.0 || judge.hours(Some(test)) == 0.0 {
            return None;
        }
        let chosen = choose(judge, &judge.sweep(Some(fit)), false_alarms_per_hour, Some(fit))?;
        let point = judge.at(&chosen.thresholds, Some(test));
        missed += point.missed().events;
        spoken += point.missed().of;
        alarms += point.false_alarms.events;
        hours += point.false_alarms.hours;
    }
    (spoken > 0).then(|| (Rate::new(missed, spoken), alarms, hours))
}

/// For each keyword the threshold of the sweep at which `missed + cost · false alarms`, both drawn towards the mean of all
/// keywords, is least.
fn cheapest(sweep: &[OperatingPoint], common: f32, cost: f64) -> Vec<f32> {
    let keywords = sweep.first().map_or(0, |point| point.thresholds.len());
    (0..keywords)
        .map(|keyword| {
            let price =
                |point: &OperatingPoint| missed(point, keyword) + cost * alarms(point, keyword, keywords);
            // Far below what a single event changes: these are the same.
            let rounded = |point: &OperatingPoint| (price(point) * 1e6).round();
            let distance = |point: &OperatingPoint| (point.thresholds[0] - common).abs();
            let best = sweep
                .iter()
                .min_by(|a, b| rounded(a).total_cmp(&rounded(b)).then(distance(a).total_cmp(&distance(b))));
            best.map_or(common, |point| point.thresholds[0])
        })
        .collect()
}

/// Posterior mean of a keyword's misses, its rate being Beta distributed about that of all keywords.
fn missed(point: &OperatingPoint, keyword: usize) -> f64 {
    let (own, all) = (point.missed_of(keyword), point.missed());
    let rate = (own.events as f64 + PRIOR_CLIPS * all.rate) / (own.of as f64 + PRIOR_CLIPS);
    rate * own.of as f64
}

/// Posterior mean of a keyword's false alarms, these being Gamma distributed about the mean of all keywords.
fn alarms(point: &OperatingPoint, keyword: usize, keywords: usize) -> f64 {
    let own = point.false_alarms_by_keyword[keyword].events as f64;
    let mean = point.false_alarms.events as f64 / keywords as f64;
    if mean == 0.0 { 0.0 } else { (own + PRIOR_ALARMS) * mean / (mean + PRIOR_ALARMS) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::judge::tests::judge;

    #[test]
    fn few_events_are_drawn_towards_the_mean_and_many_speak_for_themselves() {
        let judge = judge([[0.9, 0.0]; 4], [[0.6, 0.0], [0.6, 0.0], [0.0, 0.0], [0.0, 0.0]]);
        let mut point = judge.at(&[0.5, 0.5], None);
        // Two of the first keyword, none of the second: the mean is one.
        assert_eq!([0, 1].map(|keyword| alarms(&point, keyword, 2)), [(2.0 + 3.0) / 4.0, 3.0 / 4.0]);
        point.false_alarms.events = 2_000;
        point.false_alarms_by_keyword[0].events = 2_000;
        let [first, second] = [0, 1].map(|keyword| alarms(&point, keyword, 2));
        assert!((first - 1_997.0).abs() < 1.0 && second < 3.1, "{first} {second}");
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
        let (missed, alarms, hours) = held_out(&judge, 0.0).unwrap();
        assert_eq!((alarms, hours), (1, 1.0));
        assert_eq!(
            (missed.events, missed.of),
            (2, 4),
            "the second keyword is said with the first one's peak"
        );
    }
}
