//! A threshold for each keyword, chosen with care: few events are behind each.

use rayon::prelude::*;

use super::figures::{OperatingPoint, lowest_with};
use super::judge::Judge;
use super::streams::Half;

/// False alarms beyond the threshold that so many of them reach are the tail of their scores.
const TAIL_EVENTS: f64 = 20.0;
/// Where fewer do, the tail begins at this threshold.
const LOWEST_TAIL: f32 = 0.1;

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
    let common = lowest_with(sweep, false_alarms_per_hour);
    let anchor = common.or(sweep.last())?.thresholds[0];
    let expected = Expected::new(sweep);
    let costs = (0..COSTS).map(|step| LOWEST_COST * COST_STEP.powi(step));
    let mut choices: Vec<Vec<usize>> = costs.map(|cost| cheapest(sweep, &expected, anchor, cost)).collect();
    choices.dedup();
    let most = false_alarms_per_hour * judge.hours(half);
    choices.retain(|points| expected.sum(points) <= most);
    // Of all keywords together more is known than of each: one threshold may be the better choice.
    let lowest = expected.of_all.iter().rposition(|&alarms| alarms > most).map_or(0, |last| last + 1);
    choices.extend((lowest < sweep.len()).then(|| vec![lowest; expected.of_keywords.len()]));
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
        let count_of = |keyword: usize| {
            move |point: &OperatingPoint| point.false_alarms_by_keyword[keyword].events as f64
        };
        let tails: Vec<Tail> = (0..keywords).map(|keyword| Tail::of(sweep, count_of(keyword))).collect();
        let known: Vec<f64> = tails.iter().filter(|tail| tail.events > 0.0).map(|tail| tail.scale).collect();
        let mean = if known.is_empty() { 1.0 } else { known.iter().sum::<f64>() / known.len() as f64 };
        let of_keyword = |(keyword, tail): (usize, &Tail)| {
            let Tail { events, scale, .. } = *tail;
            let scale = (events * scale + PRIOR_EVENTS * mean) / (events + PRIOR_EVENTS);
            // Half an event more: that none was heard does not mean that there are none.
            Tail { events: events + 0.5, scale, ..*tail }.expected(sweep, count_of(keyword))
        };
        let all = |point: &OperatingPoint| point.false_alarms.events as f64;
        Self {
            of_keywords: tails.iter().enumerate().map(of_keyword).collect(),
            of_all: Tail::of(sweep, all).expected(sweep, all),
        }
    }

    /// Of all keywords, each at its own point.
    fn sum(&self, points: &[usize]) -> f64 {
        self.of_keywords.iter().zip(points).map(|(alarms, &point)| alarms[point]).sum()
    }
}

/// The highest scores of false alarms.
///
/// Few scores of negatives come near a good threshold, and their number there says little. Beyond a level that more of them reach
/// the excess of their log-odds is taken to be distributed exponentially (peaks over a threshold, Pickands 1975, without the
/// third parameter that so few events would not tell), so that what is expected falls with the threshold as those events say.
#[derive(Clone, Copy)]
struct Tail {
    /// The point of the sweep that it begins at.
    first: usize,
    /// False alarms there.
    events: f64,
    /// Mean excess of their log-odds.
    scale: f64,
}

impl Tail {
    /// The tail of what is counted, by threshold.
    fn of(sweep: &[OperatingPoint], count: impl Fn(&OperatingPoint) -> f64) -> Self {
        let begins =
            |point: &OperatingPoint| point.thresholds[0] <= LOWEST_TAIL || count(point) >= TAIL_EVENTS;
        let first = sweep.iter().rposition(begins).unwrap_or(0);
        let events = count(&sweep[first]);
        // The mean of an excess is the integral of how many exceed.
        let excess: f64 = sweep[first..]
            .windows(2)
            .map(|pair| {
                (odds_of(&pair[1]) - odds_of(&pair[0])) * f64::midpoint(count(&pair[0]), count(&pair[1]))
            })
            .sum();
        Self { first, events, scale: excess / events.max(1.0) }
    }

    /// How many to expect at each point: before the tail as many as were counted.
    fn expected(&self, sweep: &[OperatingPoint], count: impl Fn(&OperatingPoint) -> f64) -> Vec<f64> {
        let excess = |point| odds_of(point) - odds_of(&sweep[self.first]);
        let tail = |point| self.events * (-excess(point) / self.scale.max(1e-3)).exp();
        let (before, after) = sweep.split_at(self.first);
        before.iter().map(count).chain(after.iter().map(tail)).collect()
    }
}

/// Log-odds of a point's common threshold.
fn odds_of(point: &OperatingPoint) -> f64 {
    log_odds(point.thresholds[0])
}

/// Log-odds of a threshold.
pub(super) fn log_odds(threshold: f32) -> f64 {
    let threshold = f64::from(threshold);
    (threshold / (1.0 - threshold)).ln()
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
        let common = lowest_with(&sweep, 2.0).unwrap();
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
