//! Thresholds chosen on one half of the data and judged on the other.

use serde::Serialize;

use super::figures::{OperatingPoint, PerHour, Rate};
use super::judge::Judge;
use super::streams::Half;

/// Figures at thresholds that were chosen on other data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct HeldOutFigures {
    /// One per condition.
    pub(crate) missed: Vec<Rate>,
    pub(crate) false_alarms: PerHour,
}

/// One threshold for all keywords, held to a rate of false alarms.
pub(crate) fn common(judge: &Judge, false_alarms_per_hour: f64) -> Option<HeldOutFigures> {
    judged(judge, |sweep, half| judge.hold(sweep, false_alarms_per_hour, Some(half)))
}

/// Thresholds chosen on each half of speakers and recordings, given its sweep, and judged on the other, both together.
///
/// `None` where a half has no words or no negatives, or no thresholds can be chosen on it.
pub(crate) fn judged(
    judge: &Judge,
    choose: impl Fn(&[OperatingPoint], Half) -> Option<OperatingPoint>,
) -> Option<HeldOutFigures> {
    let mut points = Vec::new();
    for (fit, test) in [(Half::First, Half::Second), (Half::Second, Half::First)] {
        let chosen = choose(&judge.sweep(Some(fit)), fit)?;
        let point = judge.at(&chosen.thresholds, Some(test));
        let words = point.conditions.first()?.missed.of;
        if words == 0 || point.false_alarms.hours == 0.0 {
            return None;
        }
        points.push(point);
    }
    let sum = |of: &dyn Fn(&OperatingPoint) -> u64| points.iter().map(of).sum();
    let missed_under = |condition: usize| {
        let rate = |point: &OperatingPoint| point.conditions[condition].missed;
        Rate::new(sum(&|point| rate(point).events), sum(&|point| rate(point).of))
    };
    Some(HeldOutFigures {
        missed: (0..judge.keywords.len()).map(missed_under).collect(),
        false_alarms: PerHour::sum(points.iter().map(|point| point.false_alarms), judge.hours(None)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::judge::tests::judge;

    #[test]
    fn what_one_half_chose_is_judged_on_the_other() {
        // The first half knows false alarms at 0.6, the second at 0.8, where its own keywords are still heard.
        let judge = judge([[0.9, 0.0]; 4], [[0.6, 0.0], [0.0, 0.0], [0.8, 0.0], [0.0, 0.0]]);
        let figures = common(&judge, 0.0).unwrap();
        assert_eq!(figures.false_alarms, PerHour::new(1, 1.0));
        // The second keyword is said with the first one's peak.
        assert_eq!(figures.missed, [Rate::new(2, 4)]);
    }

    #[test]
    fn without_two_halves_there_is_no_such_figure() {
        let mut judge = judge([[0.9, 0.0]; 4], [[0.0, 0.0]; 4]);
        judge.negatives[0].recordings.iter_mut().for_each(|played| played.half = Half::First);
        assert_eq!(common(&judge, 0.0), None);
    }
}
