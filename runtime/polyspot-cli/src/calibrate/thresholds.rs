//! From what was heard to thresholds.

use polyspot::{Detection, Detector, Manifest, Takes, Trace};

use super::{FLOOR, Heard};

/// Room between a threshold and a score that it was set by.
const MARGIN: f32 = 0.02;

/// A threshold is never lowered below this: a take with a lower score is no evidence that the word was said.
const LOWEST: f32 = 0.3;

/// Nor is it lowered by more than this: what lies far below the model's own threshold was never measured.
const LARGEST_DROP: f32 = 0.2;

/// Thresholds, and what they do to what was heard.
#[derive(Debug)]
pub(super) struct Chosen {
    /// One per keyword.
    pub(super) keywords: Vec<Keyword>,
    /// Detections in the ambient sound.
    pub(super) false_alarms: u64,
    pub(super) ambient_hours: f64,
}

#[derive(Debug)]
pub(super) struct Keyword {
    pub(super) name: String,
    pub(super) threshold: f32,
    /// The model's own.
    pub(super) before: f32,
    pub(super) takes: Takes,
}

/// Thresholds at which the ambient sound has no more false alarms than its share of a day allows.
///
/// They begin with the model's own, which rest on far more data than a few minutes. A keyword whose takes are not all heard is
/// lowered until they are, but not below [`LOWEST`] nor by more than [`LARGEST_DROP`]. Then, as long as there are too many false alarms, the one that asks for
/// the smallest rise is silenced by raising its keyword's threshold: quiet rooms count for more than takes.
pub(super) fn choose(manifest: &Manifest, heard: &Heard, false_alarms_per_day: f64) -> Chosen {
    let outputs: Vec<usize> = manifest.keywords().map(|(output, _)| output).collect();
    let names: Vec<&str> = manifest.keywords().map(|(_, label)| label.name.as_str()).collect();
    let own: Vec<f32> =
        manifest.keywords().map(|(_, label)| label.threshold.unwrap_or(1.0).max(FLOOR)).collect();
    let mut thresholds = own.clone();
    for (keyword, trace) in &heard.takes {
        let peak = trace.steps().map(|step| step.probabilities[outputs[*keyword]]).fold(0.0, f32::max);
        if peak >= LOWEST {
            let lowest = (own[*keyword] - LARGEST_DROP).max(LOWEST);
            thresholds[*keyword] = thresholds[*keyword].min((peak - MARGIN).max(lowest));
        }
    }
    let samples: u64 = heard.ambient.iter().map(Trace::samples).sum();
    let ambient_hours = samples as f64 / f64::from(manifest.front_end.sample_rate_hz) / 3_600.0;
    let allowed = (false_alarms_per_day * ambient_hours / 24.0).floor() as usize;
    let mut detector = Detector::new(manifest);
    let number = |detection: &Detection| names.iter().position(|name| **name == *detection.keyword);
    let false_alarms = loop {
        detector.set_keyword_thresholds(&thresholds);
        let alarms: Vec<Detection> =
            heard.ambient.iter().flat_map(|trace| trace.detections(&mut detector)).collect();
        if alarms.len() <= allowed {
            break alarms.len();
        }
        let rises = alarms.iter().filter_map(|alarm| {
            let keyword = number(alarm)?;
            let raised = (alarm.score + MARGIN).min(1.0);
            (raised > thresholds[keyword]).then_some((keyword, raised))
        });
        // A score of 1 cannot be exceeded.
        match rises.min_by(|a, b| (a.1 - thresholds[a.0]).total_cmp(&(b.1 - thresholds[b.0]))) {
            Some((keyword, raised)) => thresholds[keyword] = raised,
            None => break alarms.len(),
        }
    };
    detector.set_keyword_thresholds(&thresholds);
    let mut takes = vec![Takes { spoken: 0, heard: 0 }; names.len()];
    for (keyword, trace) in &heard.takes {
        let is_heard = trace.detections(&mut detector).iter().any(|found| number(found) == Some(*keyword));
        takes[*keyword].spoken += 1;
        takes[*keyword].heard += u64::from(is_heard);
    }
    let keywords = names.iter().enumerate().map(|(index, name)| Keyword {
        name: (*name).to_owned(),
        threshold: thresholds[index],
        before: own[index],
        takes: takes[index],
    });
    Chosen { keywords: keywords.collect(), false_alarms: false_alarms as u64, ambient_hours }
}

#[cfg(test)]
mod tests {
    use polyspot::{DetectorSpec, Label, LabelKind, Model};

    use super::*;
    use crate::built_in::BUILT_IN;

    /// Two keywords with thresholds 0.7, and filler.
    fn manifest() -> Manifest {
        let mut manifest = Model::from_bytes(BUILT_IN[0].bytes).unwrap().manifest().clone();
        let label = |name: &str, kind, threshold| Label {
            name: name.into(),
            kind,
            threshold,
            gloss: None,
            romanisation: None,
        };
        manifest.labels = vec![
            label("stop", LabelKind::Keyword, Some(0.7)),
            label("go", LabelKind::Keyword, Some(0.7)),
            label("unknown", LabelKind::Unknown, None),
        ];
        manifest.detector = DetectorSpec { smoothing_steps: 1, refractory_ms: 0, peak_wait_ms: None };
        manifest
    }

    /// So many hours with one peak of the two keywords in each of these places.
    fn trace(hours: u64, peaks: &[[f32; 2]]) -> Trace {
        let steps = peaks.iter().flat_map(|&[a, b]| [[a, b], [0.0, 0.0]]).zip(1..);
        let steps: Vec<_> = steps.map(|([a, b], step)| (vec![a, b, 1.0 - a - b], step * 640)).collect();
        Trace::from_steps(&steps, hours * 3_600 * 16_000)
    }

    fn thresholds(heard: &Heard, per_day: f64) -> (Vec<f32>, u64) {
        let chosen = choose(&manifest(), heard, per_day);
        let thresholds = chosen.keywords.iter().map(|k| (k.threshold * 100.0).round() / 100.0);
        (thresholds.collect(), chosen.false_alarms)
    }

    fn heard(ambient: &[[f32; 2]], takes: &[(usize, f32)]) -> Heard {
        let take = |&(keyword, score): &(usize, f32)| {
            let peak = if keyword == 0 { [score, 0.0] } else { [0.0, score] };
            (keyword, trace(0, &[peak]))
        };
        Heard { ambient: vec![trace(12, ambient)], takes: takes.iter().map(take).collect(), is_silent: false }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(thresholds(&heard(&[[0.3, 0.1]], &[(0, 0.9), (1, 0.8)]), 1.0), (vec![0.7, 0.7], 0));
    }

    #[test]
    fn false_alarms_raise_their_keyword_only() {
        assert_eq!(thresholds(&heard(&[[0.8, 0.1], [0.75, 0.0]], &[]), 1.0), (vec![0.82, 0.7], 0));
    }

    #[test]
    fn as_many_as_a_day_may_have_are_left_those_that_ask_for_the_most() {
        let room = heard(&[[0.95, 0.0], [0.0, 0.75], [0.8, 0.0]], &[]);
        // Half a day: of two a day one may stay.
        assert_eq!(thresholds(&room, 2.0), (vec![0.82, 0.77], 1));
        assert_eq!(thresholds(&room, 1.9), (vec![0.97, 0.77], 0));
    }

    #[test]
    fn takes_lower_their_keyword_but_not_below_what_the_room_allows() {
        assert_eq!(thresholds(&heard(&[], &[(0, 0.6), (0, 0.9)]), 1.0), (vec![0.58, 0.7], 0));
        assert_eq!(thresholds(&heard(&[], &[(0, 0.4)]), 1.0), (vec![0.5, 0.7], 0), "no further than that");
        assert_eq!(thresholds(&heard(&[], &[(0, 0.2)]), 1.0), (vec![0.7, 0.7], 0), "no evidence of a word");
        let contradiction = heard(&[[0.6, 0.0]], &[(0, 0.55), (0, 0.9)]);
        assert_eq!(thresholds(&contradiction, 1.0), (vec![0.62, 0.7], 0));
        let takes = choose(&manifest(), &contradiction, 1.0).keywords[0].takes;
        assert_eq!(takes, Takes { spoken: 2, heard: 1 });
    }

    #[test]
    fn a_score_of_one_cannot_be_silenced() {
        assert_eq!(thresholds(&heard(&[[1.0, 0.0]], &[]), 1.0), (vec![1.0, 0.7], 1));
    }
}
