//! Which thresholds are to be written, and which must not be.

use super::figures::OperatingPoint;
use super::held_out::HeldOutFigures;

/// A model that misses more than this share of what it is told is of no use, whatever it rests on.
const MOST_MISSED: f64 = 0.9;

/// Thresholds that may be written.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) point: OperatingPoint,
    /// What thresholds chosen in the same way do on other data, if there are two halves to tell.
    pub(crate) held_out: Option<HeldOutFigures>,
}

impl Candidate {
    /// Why these thresholds must not be written: what the same way of choosing does on other data.
    pub(crate) fn condemned(&self, false_alarms_per_hour: f64) -> Option<String> {
        let HeldOutFigures { missed, false_alarms } = self.held_out.as_ref()?;
        if false_alarms.interval.low > false_alarms_per_hour {
            return Some(format!(
                "on data that they were not chosen on there are {false_alarms}, where {false_alarms_per_hour} were asked for; ask for \
                 more, or give it more audio without keywords"
            ));
        }
        let missed = missed.first()?;
        (missed.rate > MOST_MISSED)
            .then(|| format!("on data that they were not chosen on they miss {missed}"))
    }
}

/// Whether thresholds for each keyword do better than a common one: on data that they were not chosen on they miss fewer words, and have
/// no more false alarms than the common one has or were asked for.
pub(crate) fn is_better(own: &Candidate, common: &Candidate, false_alarms_per_hour: f64) -> bool {
    let (Some(of_own), Some(of_common)) = (&own.held_out, &common.held_out) else {
        // Without a figure that says so nothing is better than what rests on all keywords together.
        return false;
    };
    let missed = |figures: &HeldOutFigures| figures.missed.iter().map(|rate| rate.events).sum::<u64>();
    let wanted = false_alarms_per_hour * of_own.false_alarms.hours;
    let most = wanted.max(of_common.false_alarms.events as f64);
    missed(of_own) < missed(of_common)
        && of_own.false_alarms.events as f64 <= most
        && own.condemned(false_alarms_per_hour).is_none()
}

/// Keywords whose threshold nothing reached: each with its threshold and the highest score of its words.
pub(crate) fn out_of_reach(point: &OperatingPoint, highest_scores: &[Option<f32>]) -> Vec<(usize, f32, f32)> {
    let pairs = point.thresholds.iter().zip(highest_scores).enumerate();
    let beyond = pairs.filter_map(|(keyword, (&threshold, highest))| {
        highest.filter(|highest| *highest < threshold).map(|highest| (keyword, threshold, highest))
    });
    beyond.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::figures::{PerHour, Rate};
    use crate::evaluation::judge::tests::judge;

    /// Thresholds that miss so many of 100 words and have so many false alarms in 4 hours, held out.
    fn candidate(missed: u64, alarms: u64) -> Candidate {
        let point = judge([[0.9, 0.0]; 4], [[0.0, 0.0]; 4]).at(&[0.5; 2], None);
        let figures =
            HeldOutFigures { missed: vec![Rate::new(missed, 100)], false_alarms: PerHour::new(alarms, 4.0) };
        Candidate { point, held_out: Some(figures) }
    }

    #[test]
    fn what_rings_more_than_it_may_or_hears_next_to_nothing_is_condemned() {
        assert_eq!(candidate(40, 4).condemned(1.0), None);
        // Chance may make 8 events of 3.45, and 10 of 4.80: in 4 hours more than one an hour.
        assert_eq!(candidate(40, 8).condemned(1.0), None);
        let reason = candidate(40, 10).condemned(1.0).unwrap();
        assert!(reason.contains("10 in 4.00 h") && reason.contains("1 were asked for"), "{reason}");
        assert!(candidate(100, 0).condemned(1.0).unwrap().contains("they miss 100.0 %"));
        let unknown = Candidate { held_out: None, ..candidate(100, 99) };
        assert_eq!(unknown.condemned(1.0), None);
    }

    #[test]
    fn the_better_one_is_so_on_other_data() {
        let common = candidate(40, 4);
        assert!(is_better(&candidate(39, 4), &common, 1.0));
        assert!(!is_better(&candidate(40, 4), &common, 1.0), "the common one where there is no difference");
        assert!(!is_better(&candidate(30, 5), &common, 1.0), "bought with false alarms");
        assert!(is_better(&candidate(30, 5), &candidate(40, 6), 1.0));
        assert!(!is_better(&candidate(30, 20), &candidate(40, 20), 1.0), "condemned itself");
        assert!(!is_better(&Candidate { held_out: None, ..candidate(0, 0) }, &common, 1.0));
    }

    #[test]
    fn a_threshold_above_all_scores_is_named() {
        let point = judge([[0.9, 0.0]; 4], [[0.0, 0.0]; 4]).at(&[0.5, 0.95], None);
        assert_eq!(out_of_reach(&point, &[Some(0.9), Some(0.9)]), [(1, 0.95, 0.9)]);
        assert_eq!(out_of_reach(&point, &[Some(0.4), None]), [(0, 0.5, 0.4)]);
    }
}
