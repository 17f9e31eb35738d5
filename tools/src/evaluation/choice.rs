//! A threshold for each keyword, chosen with care: few events are behind each.

use rayon::prelude::*;

use super::figures::{OperatingPoint, first_within};
use super::judge::Judge;
use super::streams::Half;
use super::tail::{self, Tail};

/// The mean of all keywords' tails counts as much as this many of a keyword's own false alarms.
const PRIOR_EVENTS: f64 = 8.0;

/// A keyword's own recordings count as much against the mean of all keywords as this many clips.
const PRIOR_CLIPS: f64 = 20.0;

/// What a false alarm may cost, in missed keywords: this times powers of [`COST_STEP`], each tried.
const LOWEST_COST: f64 = 0.001;
const COST_STEP: f64 = 1.2;
const COSTS: i32 = 80;

/// The thresholds with the fewest keywords missed at no more than so many false alarms per hour, on all data or on one half.
///
/// Each keyword gets the threshold at which `missed + cost · false alarms` is least, for many costs; of those that keep the rate,
/// by what was counted and by what is to be expected, the best is taken. With the counts of single keywords this would fit
/// chance: what is to be expected is read off the tail of a keyword's scores ([`Tail`]), misses are drawn towards the mean of
/// the others, the more the fewer clips there are, by a Beta prior worth [`PRIOR_CLIPS`] clips; and of thresholds that cost the same
/// the one nearest to the common one is taken. Where none is expected to keep the rate, that is the lowest common threshold that did.
///
/// `None` if there is none either.
pub(crate) fn choose(
    judge: &Judge,
    sweep: &[OperatingPoint],
    false_alarms_per_hour: f64,
    half: Option<Half>,
) -> Option<OperatingPoint> {
    let common = first_within(&judge.rates(sweep), false_alarms_per_hour).map(|lowest| &sweep[lowest]);
    let anchor = common.or(sweep.last())?.thresholds[0];
    let expected = Expected::new(sweep);
    let costs = (0..COSTS).map(|step| LOWEST_COST * COST_STEP.powi(step));
    let mut choices: Vec<Vec<usize>> = costs.map(|cost| cheapest(sweep, &expected, anchor, cost)).collect();
    choices.dedup();
    let most = false_alarms_per_hour * judge.hours(half);
    choices.retain(|points| expected.sum(points) <= most);
    // Of all keywords together more is known than of each: one threshold may be the better choice.
    let lowest = first_within(&expected.of_all, most);
    choices.extend(lowest.map(|lowest| vec![lowest; expected.of_keywords.len()]));
    let own: Vec<OperatingPoint> = choices
        .par_iter()
        .map(|points| {
            let thresholds: Vec<f32> = points.iter().map(|&point| sweep[point].thresholds[0]).collect();
            judge.at(&thresholds, half)
        })
        .collect();
    let kept = own.into_iter().filter(|point| point.false_alarms.per_hour <= false_alarms_per_hour);
    kept.min_by_key(|point| point.missed().events).or_else(|| common.cloned())
}

/// False alarms to be expected at each point of a sweep.
struct Expected {
    /// Of each keyword: `[keywords][points]`.
    of_keywords: Vec<Vec<f64>>,
    /// Of all of them together, by their common tail.
    of_all: Vec<f64>,
}

impl Expected {
    fn new(sweep: &[OperatingPoint]) -> Self {
        let keywords = sweep.first().map_or(0, |point| point.thresholds.len());
        let of = |keyword: usize| move |point: &OperatingPoint| point.false_alarms_by_keyword[keyword];
        let tails: Vec<Tail> = (0..keywords).map(|keyword| Tail::of(sweep, of(keyword))).collect();
        let known: Vec<f64> = tails.iter().filter(|tail| tail.events > 0.0).map(|tail| tail.scale).collect();
        let mean = if known.is_empty() { 1.0 } else { known.iter().sum::<f64>() / known.len() as f64 };
        let of_keyword = |(keyword, tail): (usize, &Tail)| {
            let Tail { events, scale, .. } = *tail;
            let scale = (events * scale + PRIOR_EVENTS * mean) / (events + PRIOR_EVENTS);
            // Half an event more: that none was heard does not mean that there are none.
            tail.with(events + 0.5, scale).expected(sweep, of(keyword))
        };
        Self { of_keywords: tails.iter().enumerate().map(of_keyword).collect(), of_all: tail::of_all(sweep) }
    }

    /// Of all keywords, each at its own point.
    fn sum(&self, points: &[usize]) -> f64 {
        self.of_keywords.iter().zip(points).map(|(alarms, &point)| alarms[point]).sum()
    }
}

/// For each keyword the point of the sweep at which `missed + cost · false alarms`, the first drawn towards the mean of all keywords
/// and the second as expected, is least.
fn cheapest(sweep: &[OperatingPoint], expected: &Expected, common: f32, cost: f64) -> Vec<usize> {
    let of_keyword = |(keyword, alarms): (usize, &Vec<f64>)| {
        // Far below what a single event changes: these are the same.
        let price = |index: usize| ((missed(&sweep[index], keyword) + cost * alarms[index]) * 1e6).round();
        let distance = |index: usize| (sweep[index].thresholds[0] - common).abs();
        (0..sweep.len())
            .min_by(|&a, &b| price(a).total_cmp(&price(b)).then(distance(a).total_cmp(&distance(b))))
    };
    expected.of_keywords.iter().enumerate().filter_map(of_keyword).collect()
}

/// Posterior mean of a keyword's misses, its rate being Beta distributed about that of all keywords.
fn missed(point: &OperatingPoint, keyword: usize) -> f64 {
    let (own, all) = (point.missed_of(keyword), point.missed());
    let rate = (own.events as f64 + PRIOR_CLIPS * all.rate) / (own.of as f64 + PRIOR_CLIPS);
    rate * own.of as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::figures::PerHour;
    use crate::evaluation::judge::tests::judge;
    use crate::evaluation::tail::odds_of;

    #[test]
    fn a_tail_tells_how_many_false_alarms_to_expect_where_none_was_heard() {
        let silent = judge([[0.9, 0.0]; 4], [[0.0, 0.0]; 4]);
        let exceeding = |point: &OperatingPoint| 40.0 * (-odds_of(point) / 0.7).exp();
        let mut sweep = silent.sweep(None);
        for point in &mut sweep {
            // The second keyword is heard as often at low thresholds, and then ends at even odds.
            let alarms = exceeding(point).round() as u64;
            let of_second = if odds_of(point) > 0.0 { 0 } else { alarms };
            point.false_alarms_by_keyword = vec![PerHour::new(alarms, 1.0), PerHour::new(of_second, 1.0)];
        }
        let expected = Expected::new(&sweep);
        for (index, point) in
            sweep.iter().enumerate().filter(|(_, point)| (0.7..0.985).contains(&point.thresholds[0]))
        {
            let ratio = expected.of_keywords[0][index] / exceeding(point);
            // Whole events, and half of one more, are not the law itself.
            assert!((1.0 / 3.0..3.0).contains(&ratio), "{ratio} at {}", point.thresholds[0]);
            assert!(
                expected.of_keywords[1][index] < expected.of_keywords[0][index]
                    && expected.of_keywords[1][index] > 0.0
            );
        }
        assert_eq!(expected.of_keywords[0][0], sweep[0].false_alarms_by_keyword[0].events as f64, "counted");
    }

    #[test]
    fn a_keyword_with_false_alarms_is_made_strict_and_the_other_is_not() {
        // One threshold without false alarms would have to be above 0.6, and miss the second keyword, which is weak.
        let judge = judge(
            [[0.9, 0.0], [0.0, 0.4], [0.9, 0.0], [0.0, 0.4]],
            [[0.6, 0.0], [0.6, 0.0], [0.6, 0.0], [0.6, 0.0]],
        );
        let sweep = judge.sweep(None);
        let common = &sweep[first_within(&judge.rates(&sweep), 2.0).unwrap()];
        assert_eq!((common.missed().events, common.thresholds[0]), (2, 0.61));
        let chosen = choose(&judge, &sweep, 2.0, None).unwrap();
        assert_eq!((chosen.missed().events, chosen.false_alarms.events), (0, 0), "{chosen:?}");
        assert!(chosen.thresholds[0] > 0.6 && chosen.thresholds[1] <= 0.4, "{:?}", chosen.thresholds);
        assert_eq!(
            choose(&judge, &sweep, 0.0, None).unwrap().thresholds,
            [0.61; 2],
            "no tail ends: where none is expected to keep the rate, the common threshold that did"
        );
        assert!(choose(&judge, &sweep, -1.0, None).is_none());
    }
}
