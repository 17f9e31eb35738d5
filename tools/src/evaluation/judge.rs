//! What a model does at given thresholds: keywords missed against false alarms.

use polyspot::{Detection, Detector, Manifest};
use rayon::prelude::*;

use super::figures::{OperatingPoint, PerHour, Rate, Rejects};
use super::streams::{FLOOR, Half, KeywordStream, NegativeStream};

/// Streams that were heard, to be judged.
pub(crate) struct Judge {
    pub(crate) manifest: Manifest,
    pub(crate) keywords: Vec<KeywordStream>,
    pub(crate) negatives: Vec<NegativeStream>,
}

impl Judge {
    /// The names of the keywords, whose order all figures have.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.manifest.keywords().map(|(_, label)| label.name.as_str()).collect()
    }

    /// Hours of audio without keywords.
    pub(crate) fn hours(&self, half: Option<Half>) -> f64 {
        let played = self.negatives.iter().flat_map(|stream| &stream.recordings);
        let samples: u64 = played
            .filter(|played| half.is_none_or(|half| half == played.half))
            .map(|played| played.samples)
            .sum();
        samples as f64 / f64::from(self.manifest.front_end.sample_rate_hz) / 3_600.0
    }

    /// The thresholds in the model's manifest.
    pub(crate) fn own_thresholds(&self) -> Vec<f32> {
        let own = self.manifest.keywords().map(|(_, label)| label.threshold.unwrap_or(1.0));
        // Lower ones are not in the traces; nobody sets them.
        own.map(|threshold| threshold.max(FLOOR)).collect()
    }

    /// What the model does with one threshold for each keyword, on all data or on one half.
    ///
    /// # Panics
    /// If `thresholds.len()` != the number of keywords, or one is < [`FLOOR`].
    pub(crate) fn at(&self, thresholds: &[f32], half: Option<Half>) -> OperatingPoint {
        let mut detector = Detector::new(&self.manifest);
        detector.set_keyword_thresholds(thresholds);
        let names = self.names();
        let number = |detection: &Detection| names.iter().position(|name| **name == *detection.keyword);
        let mut alarms = vec![0; names.len()];
        for stream in &self.negatives {
            let mut recordings = stream.recordings.iter().peekable();
            for detection in stream.trace.detections(&mut detector) {
                while recordings.next_if(|recording| recording.end < detection.end).is_some() {}
                let counts = recordings.peek().is_some_and(|r| half.is_none_or(|half| half == r.half));
                if let (true, Some(keyword)) = (counts, number(&detection)) {
                    alarms[keyword] += 1;
                }
            }
        }
        let hours = self.hours(half);
        let conditions = self
            .keywords
            .iter()
            .map(|stream| compare(stream, &stream.trace.detections(&mut detector), &names, half));
        OperatingPoint {
            conditions: conditions.collect(),
            thresholds: thresholds.to_vec(),
            false_alarms: PerHour::new(alarms.iter().sum(), hours),
            false_alarms_by_keyword: alarms.iter().map(|&count| PerHour::new(count, hours)).collect(),
        }
    }

    /// The operating points of one threshold for all keywords, from the lowest up.
    pub(crate) fn sweep(&self, half: Option<Half>) -> Vec<OperatingPoint> {
        let keywords = self.names().len();
        grid().par_iter().map(|&threshold| self.at(&vec![threshold; keywords], half)).collect()
    }
}

/// The thresholds that are looked at, ascending.
pub(crate) fn grid() -> Vec<f32> {
    let near_one = [0.985, 0.99, 0.992_5, 0.995, 0.997, 0.998, 0.999, 0.999_5];
    (2..=98).map(|percent| percent as f32 / 100.0).chain(near_one).collect()
}

/// Compares detections with what was said. A word counts as heard when its keyword is detected before the next word
/// begins; each other detection there is wrong.
fn compare(stream: &KeywordStream, detections: &[Detection], names: &[&str], half: Option<Half>) -> Rejects {
    let (mut spoken, mut right, mut wrong) = (vec![0; names.len()], vec![0; names.len()], 0);
    let mut detections = detections.iter().peekable();
    for word in &stream.words {
        let counts = half.is_none_or(|half| half == word.half);
        let mut found = false;
        while let Some(detection) = detections.next_if(|detection| detection.end <= word.end) {
            let is_right = !found && detection.end > word.start && *detection.keyword == *names[word.keyword];
            found |= is_right;
            wrong += u64::from(counts && !is_right);
        }
        spoken[word.keyword] += u64::from(counts);
        right[word.keyword] += u64::from(counts && found);
    }
    let missed_by_keyword: Vec<Rate> =
        spoken.iter().zip(&right).map(|(&spoken, &right)| Rate::new(spoken - right, spoken)).collect();
    let sum = |of: fn(&Rate) -> u64| missed_by_keyword.iter().map(of).sum();
    Rejects {
        condition: stream.condition.to_string(),
        missed: Rate::new(sum(|rate| rate.events), sum(|rate| rate.of)),
        missed_by_keyword,
        wrong,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use polyspot::{DetectorSpec, Model, Trace};

    use super::*;
    use crate::evaluation::conditions::Condition;
    use crate::evaluation::figures::lowest_with;
    use crate::evaluation::streams::{Played, Spoken};

    /// Samples from one posterior to the next, in the model of two keywords below.
    const STEP: u64 = 640;

    /// Posteriors of the two keywords of which each has one peak at most, played at these steps; three steps a word or recording.
    fn trace(peaks: &[[f32; 2]]) -> Trace {
        let mut steps = Vec::new();
        for &[a, b] in peaks {
            for (a, b) in [(0.0, 0.0), (a, b), (0.0, 0.0)] {
                let end = (steps.len() as u64 + 1) * STEP;
                steps.push((vec![a, b, 1.0 - a - b], end));
            }
        }
        let samples = steps.len() as u64 * STEP;
        Trace::from_steps(&steps, samples)
    }

    fn half(index: usize) -> Half {
        if index < 2 { Half::First } else { Half::Second }
    }

    /// Two keywords, each said twice, with these peaks; and four recordings of 15 minutes with these.
    pub(crate) fn judge(keywords: [[f32; 2]; 4], negatives: [[f32; 2]; 4]) -> Judge {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/models/stride_4_pulse_4.onnx");
        let mut manifest = Model::from_path(file).unwrap().manifest().clone();
        manifest.detector = DetectorSpec { smoothing_steps: 1, refractory_ms: 0, peak_wait_ms: None };
        let words = (0..4).map(|index| Spoken {
            keyword: index % 2,
            start: index as u64 * 3 * STEP,
            end: (index as u64 + 1) * 3 * STEP,
            half: half(index),
        });
        let recordings = (0..4).map(|index| Played {
            end: (index as u64 + 1) * 3 * STEP,
            samples: 900 * 16_000,
            half: half(index),
        });
        Judge {
            manifest,
            keywords: vec![KeywordStream {
                condition: Condition::Clean,
                trace: trace(&keywords),
                words: words.collect(),
            }],
            negatives: vec![NegativeStream {
                name: "speech".into(),
                trace: trace(&negatives),
                recordings: recordings.collect(),
            }],
        }
    }

    /// `(missed, false alarms)` at one threshold for both keywords.
    fn counts(judge: &Judge, threshold: f32) -> (u64, u64) {
        let point = judge.at(&[threshold, threshold], None);
        (point.conditions[0].missed.events, point.false_alarms.events)
    }

    /// By hand: the first keyword peaks at 0.9 and 0.5, the second at 0.7 and (beaten by the first) 0.3; the recordings without
    /// keywords peak at 0.6 and 0.2 (first keyword), 0.4 (second), and nowhere.
    fn by_hand() -> Judge {
        let keywords = [[0.9, 0.0], [0.0, 0.7], [0.5, 0.0], [0.4, 0.3]];
        judge(keywords, [[0.6, 0.1], [0.2, 0.0], [0.0, 0.4], [0.0, 0.0]])
    }

    #[test]
    fn points_of_the_curve_are_those_made_by_hand() {
        let judge = by_hand();
        for (threshold, expected) in [
            (0.15, (1, 3)),
            (0.25, (1, 2)),
            (0.45, (1, 1)),
            (0.55, (2, 1)),
            (0.65, (2, 0)),
            (0.75, (3, 0)),
            (0.95, (4, 0)),
        ] {
            assert_eq!(counts(&judge, threshold), expected, "at {threshold}");
        }
        let point = judge.at(&[0.35, 0.35], None);
        assert_eq!((point.false_alarms.hours, point.false_alarms.per_hour), (1.0, 2.0));
        let alarms: Vec<u64> = point.false_alarms_by_keyword.iter().map(|alarms| alarms.events).collect();
        assert_eq!(alarms, [1, 1]);
        let rejects = &point.conditions[0];
        assert_eq!(rejects.missed_by_keyword, [Rate::new(0, 2), Rate::new(1, 2)]);
        assert_eq!(rejects.wrong, 1, "the first keyword instead of the second");
    }

    #[test]
    fn each_keyword_has_its_own_threshold() {
        let point = by_hand().at(&[0.65, 0.25], None);
        assert_eq!(point.false_alarms.events, 1);
        assert_eq!(point.conditions[0].missed_by_keyword, [Rate::new(1, 2), Rate::new(0, 2)]);
    }

    #[test]
    fn halves_add_up_to_the_whole() {
        let judge = by_hand();
        let [whole, first, second] =
            [None, Some(Half::First), Some(Half::Second)].map(|half| judge.at(&[0.35, 0.35], half));
        assert_eq!((first.false_alarms.events, second.false_alarms.events), (1, 1));
        assert_eq!((first.false_alarms.hours, second.false_alarms.hours), (0.5, 0.5));
        assert_eq!((first.missed().events, second.missed().events, whole.missed().events), (0, 1, 1));
        assert_eq!((first.missed().of, second.missed().of), (2, 2));
    }

    #[test]
    fn the_lowest_threshold_holds_its_rate_from_there_on() {
        let sweep = by_hand().sweep(None);
        let threshold = |rate| lowest_with(&sweep, rate).unwrap().thresholds[0];
        // A peak at 0.6 is no false alarm from 0.61 on, one at 0.4 from 0.41 on.
        assert_eq!(
            [threshold(0.0), threshold(1.0), threshold(2.5), threshold(9.0)],
            [0.61, 0.41, 0.21, FLOOR]
        );
        assert!(lowest_with(&sweep, -1.0).is_none());
    }
}
