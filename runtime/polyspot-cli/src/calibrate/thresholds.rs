//! From what was heard to thresholds.

use polyspot::Manifest;
use polyspot::manifest::Interval;
use polyspot::profile::{HeldOutTakes, Takes};

use super::heard::{FLOOR, Heard};
use super::hearing::{Half, Hearing};
use super::ways::{each, together};

/// Of takes that thresholds were not chosen on no more than this share may be missed.
const MOST_MISSED: f64 = 0.9;

/// Thresholds, and what they do to what was heard.
#[derive(Debug)]
pub(super) struct Chosen {
    /// One per keyword.
    pub(super) keywords: Vec<Keyword>,
    /// Detections in the ambient sound.
    pub(super) false_alarms: u64,
    pub(super) ambient_hours: f64,
    /// Whether all keywords were moved by the same amount.
    pub(super) is_common: bool,
    /// What thresholds chosen in the same way on one half of what was heard do to the other, both ways.
    pub(super) held_out: HeldOutTakes,
}

#[derive(Debug)]
pub(super) struct Keyword {
    pub(super) name: String,
    pub(super) threshold: f32,
    /// The model's own.
    pub(super) before: f32,
    pub(super) takes: Takes,
    /// The highest score of its takes.
    pub(super) highest: Option<f32>,
}

/// One way to choose: from the model's own thresholds and the false alarms that may be, on all or on a half.
type Way = fn(&Hearing<'_>, &[f32], usize, Option<Half>) -> Vec<f32>;

/// Thresholds at which the ambient sound has no more false alarms than its share of a day allows.
///
/// They begin with the model's own, which rest on far more data than a few minutes. They are moved keyword by keyword, or all together
/// by the same amount: what does better on the half of the data that it was not chosen on is taken.
pub(super) fn choose(manifest: &Manifest, heard: &Heard, false_alarms_per_day: f64) -> Chosen {
    let own: Vec<f32> =
        manifest.keywords().map(|(_, label)| label.threshold.unwrap_or(1.0).max(FLOOR)).collect();
    let hearing = Hearing::new(manifest, heard);
    let allowed = |half| (false_alarms_per_day * hearing.hours(half) / 24.0).floor() as usize;
    let of_each = held_out(&hearing, &own, each, &allowed);
    let of_all = held_out(&hearing, &own, together, &allowed);
    let missed = |figures: &HeldOutTakes| figures.takes.spoken - figures.takes.heard;
    let cost = |figures: &HeldOutTakes| (missed(figures), figures.false_alarms);
    // What is moved keyword by keyword is nearer to the model's own thresholds: of equals it is taken.
    let is_common = cost(&of_all) < cost(&of_each)
        && of_all.false_alarms <= of_each.false_alarms.max(allowed(None) as u64);
    let (way, held_out): (Way, _) = if is_common { (together, of_all) } else { (each, of_each) };
    let thresholds = way(&hearing, &own, allowed(None), None);
    let takes = hearing.takes(&thresholds, None);
    let mut highest = vec![None; own.len()];
    for (keyword, peak) in hearing.peaks(None) {
        highest[keyword] = Some(highest[keyword].map_or(peak, |highest: f32| highest.max(peak)));
    }
    let keywords = hearing.names().iter().enumerate().map(|(index, name)| Keyword {
        name: (*name).to_owned(),
        threshold: thresholds[index],
        before: own[index],
        takes: takes[index],
        highest: highest[index],
    });
    Chosen {
        keywords: keywords.collect(),
        false_alarms: hearing.alarms(&thresholds, None).len() as u64,
        ambient_hours: hearing.hours(None),
        is_common,
        held_out,
    }
}

/// Thresholds chosen on each half and judged on the other.
fn held_out(
    hearing: &Hearing<'_>,
    own: &[f32],
    way: Way,
    allowed: &dyn Fn(Option<Half>) -> usize,
) -> HeldOutTakes {
    let mut figures = HeldOutTakes { takes: Takes { spoken: 0, heard: 0 }, false_alarms: 0 };
    for fit in [Half::First, Half::Second] {
        let thresholds = way(hearing, own, allowed(Some(fit)), Some(fit));
        let test = Some(fit.other());
        figures.false_alarms += hearing.alarms(&thresholds, test).len() as u64;
        for takes in hearing.takes(&thresholds, test) {
            figures.takes.spoken += takes.spoken;
            figures.takes.heard += takes.heard;
        }
    }
    figures
}

impl Chosen {
    /// Why these thresholds must not be written: what the same way of choosing does to the half that it did not see.
    pub(super) fn condemned(&self, false_alarms_per_day: f64) -> Option<String> {
        let HeldOutTakes { takes: Takes { spoken, heard }, false_alarms } = self.held_out;
        let days = (self.ambient_hours / 24.0).max(1e-6);
        let Interval { low, .. } = Interval::poisson(false_alarms).times(1.0 / days);
        if low > false_alarms_per_day {
            return Some(format!(
                "chosen on one half of the ambient sound and judged on the other there are {false_alarms} false alarms, at least {low:.0} \
                 per day where {false_alarms_per_day} were asked for"
            ));
        }
        let missed = spoken - heard;
        let is_deaf =
            missed as f64 > MOST_MISSED * spoken as f64 && Interval::wilson(missed, spoken).low > 0.5;
        is_deaf.then(|| {
            format!("chosen on one half of the takes and judged on the other they miss {missed} of {spoken}")
        })
    }
}

#[cfg(test)]
#[path = "thresholds_tests.rs"]
mod tests;
