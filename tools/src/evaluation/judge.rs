//! What a model does at given thresholds: keywords missed against false alarms.

use polyspot::{Detection, Detector, Manifest};
use rayon::prelude::*;

use super::bootstrap;
use super::figures::{Delay, OperatingPoint, PerHour, Rate, Rejects};
use super::matching::{Matched, matched};
use super::streams::{FLOOR, Half, KeywordStream, Kind, NegativeStream, Played};

/// How often the step between two thresholds of the sweep is halved to find the lowest one that keeps a rate.
const HALVINGS: usize = 6;

/// Streams that were heard, to be judged.
pub(crate) struct Judge {
    pub(crate) manifest: Manifest,
    pub(crate) keywords: Vec<KeywordStream>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) negatives: Vec<NegativeStream>,
}

/// A false alarm: the recording that it is in, and its keyword.
type Alarm<'a> = (&'a Played, usize);

impl Judge {
    /// The names of the keywords, whose order all figures have.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.manifest.keywords().map(|(_, label)| label.name.as_str()).collect()
    }

    /// Hours of audio without keywords.
    pub(crate) fn hours(&self, half: Option<Half>) -> f64 {
        self.hours_of(half, |_| true)
    }

    fn hours_of(&self, half: Option<Half>, counts: impl Fn(&Played) -> bool) -> f64 {
        let played = self.negatives.iter().flat_map(|stream| &stream.recordings);
        let of_half = played.filter(|played| half.is_none_or(|half| half == played.half) && counts(played));
        self.in_hours(of_half.map(|played| played.samples).sum())
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
        self.point(thresholds, half, None)
    }

    /// The same on all data, with intervals over speakers and recordings, drawn with this seed.
    ///
    /// # Panics
    /// As [`Judge::at`].
    pub(crate) fn with_intervals(&self, thresholds: &[f32], seed: u64) -> OperatingPoint {
        self.point(thresholds, None, Some(seed))
    }

    fn point(&self, thresholds: &[f32], half: Option<Half>, seed: Option<u64>) -> OperatingPoint {
        let mut detector = Detector::new(&self.manifest);
        detector.set_keyword_thresholds(thresholds);
        let alarms: Vec<Alarm<'_>> = self
            .negatives
            .iter()
            .flat_map(|stream| self.alarms(stream, &mut detector))
            .filter(|(played, _)| half.is_none_or(|half| half == played.half))
            .collect();
        let conditions: Vec<Rejects> =
            self.keywords.iter().map(|stream| self.rejects(stream, &mut detector, half, seed)).collect();
        let count =
            |counts: &dyn Fn(&Alarm<'_>) -> bool| alarms.iter().filter(|alarm| counts(alarm)).count() as u64;
        let hours = self.hours(half);
        let of_keyword = |keyword| PerHour::new(count(&|alarm| alarm.1 == keyword), hours);
        let of_kind = |kind| {
            PerHour::new(
                count(&|alarm| alarm.0.kind == kind),
                self.hours_of(half, |played| played.kind == kind),
            )
        };
        OperatingPoint {
            thresholds: thresholds.to_vec(),
            false_alarms: PerHour::new(alarms.len() as u64, hours),
            over_recordings: seed.and_then(|seed| self.over_recordings(&alarms, seed)),
            false_alarms_by_keyword: (0..thresholds.len()).map(of_keyword).collect(),
            false_alarms_by_kind: (0..self.kinds.len()).map(of_kind).collect(),
            conditions,
        }
    }

    /// The false alarms in a stream.
    fn alarms<'a>(&self, stream: &'a NegativeStream, detector: &mut Detector) -> Vec<Alarm<'a>> {
        let place = |detection: &Detection| {
            let index = stream.recordings.partition_point(|played| played.end < detection.end);
            stream.recordings.get(index)
        };
        let detections = stream.trace.detections(detector);
        detections.iter().filter_map(|found| Some((place(found)?, self.number(found)?))).collect()
    }

    /// A bootstrap over recordings of all false alarms per hour.
    fn over_recordings(&self, alarms: &[Alarm<'_>], seed: u64) -> Option<polyspot::Interval> {
        let played = self.negatives.iter().flat_map(|stream| &stream.recordings);
        let clusters: Vec<(f64, f64)> = played
            .filter(|played| played.samples > 0)
            .map(|played| {
                let own = alarms.iter().filter(|(recording, _)| std::ptr::eq(*recording, played)).count();
                (own as f64, self.in_hours(played.samples))
            })
            .collect();
        bootstrap::of_ratio(&clusters, seed)
    }

    /// The keywords missed in a stream.
    fn rejects(
        &self,
        stream: &KeywordStream,
        detector: &mut Detector,
        half: Option<Half>,
        seed: Option<u64>,
    ) -> Rejects {
        let rate_hz = self.manifest.front_end.sample_rate_hz;
        let detections = stream.trace.reports(detector);
        let Matched { reports, wrong } = matched(&stream.words, &detections, rate_hz, |d| self.number(d));
        let counts = |index: usize| half.is_none_or(|half| half == stream.words[index].half);
        let judged = || stream.words.iter().zip(&reports).enumerate().filter(|(index, _)| counts(*index));
        let mut of_keywords = vec![(0, 0); self.names().len()];
        for (_, (word, report)) in judged() {
            let (missed, spoken) = &mut of_keywords[word.keyword];
            *missed += u64::from(report.is_none());
            *spoken += 1;
        }
        let missed_by_keyword: Vec<Rate> =
            of_keywords.into_iter().map(|(missed, spoken)| Rate::new(missed, spoken)).collect();
        let sum = |of: fn(&Rate) -> u64| missed_by_keyword.iter().map(of).sum();
        let seconds_late = |(_, (word, report)): (_, (&super::streams::Spoken, &Option<u64>))| {
            let late = self.pulse_end((*report)?) as f64 - word.end as f64;
            Some(late / f64::from(rate_hz))
        };
        let outcomes = || judged().map(|(_, (word, report))| (word.speaker, report.is_none()));
        Rejects {
            condition: stream.condition.to_string(),
            missed: Rate::new(sum(|rate| rate.events), sum(|rate| rate.of)),
            over_speakers: seed.and_then(|seed| bootstrap::over_speakers(outcomes(), seed)),
            missed_by_keyword,
            wrong: wrong.into_iter().filter(|&index| counts(index)).count() as u64,
            delay: Delay::of(judged().filter_map(seconds_late).collect()),
        }
    }

    /// How many samples a stream must have for the network to give a step that ends there: it takes several frames at once.
    fn pulse_end(&self, step_end: u64) -> u64 {
        let front_end = &self.manifest.front_end;
        let overhang = (front_end.frame_samples - front_end.hop_samples) as u64;
        let pulse = (self.manifest.network.pulse_frames * front_end.hop_samples) as u64;
        step_end.saturating_sub(overhang).div_ceil(pulse) * pulse + overhang
    }

    fn number(&self, detection: &Detection) -> Option<usize> {
        self.manifest.keywords().position(|(_, label)| *label.name == *detection.keyword)
    }

    fn in_hours(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.manifest.front_end.sample_rate_hz) / 3_600.0
    }

    /// The highest score that each keyword has anywhere in its streams; `None` if it is not said in any.
    pub(crate) fn highest_scores(&self) -> Vec<Option<f32>> {
        let highest = |(keyword, (output, _)): (usize, (usize, _))| {
            let streams = || self.keywords.iter();
            let is_said = streams().any(|stream| stream.words.iter().any(|word| word.keyword == keyword));
            let scores =
                streams().flat_map(|stream| stream.trace.steps().map(|step| step.probabilities[output]));
            is_said.then(|| scores.fold(0.0, f32::max))
        };
        self.manifest.keywords().enumerate().map(highest).collect()
    }

    /// The operating points of one threshold for all keywords, from the lowest up.
    pub(crate) fn sweep(&self, half: Option<Half>) -> Vec<OperatingPoint> {
        let keywords = self.names().len();
        grid().par_iter().map(|&threshold| self.at(&vec![threshold; keywords], half)).collect()
    }

    /// The lowest common threshold from which on there are at most so many false alarms per hour, found between the points of the
    /// sweep, which is of the same half.
    pub(crate) fn hold(
        &self,
        sweep: &[OperatingPoint],
        false_alarms_per_hour: f64,
        half: Option<Half>,
    ) -> Option<OperatingPoint> {
        let beyond = |point: &OperatingPoint| point.false_alarms.per_hour > false_alarms_per_hour;
        let Some(last) = sweep.iter().rposition(beyond) else { return sweep.first().cloned() };
        let mut held = sweep.get(last + 1)?.clone();
        let mut low = sweep[last].thresholds[0];
        for _ in 0..HALVINGS {
            let middle = f32::midpoint(low, held.thresholds[0]);
            let point = self.at(&vec![middle; held.thresholds.len()], half);
            if beyond(&point) { low = middle } else { held = point }
        }
        Some(held)
    }
}

/// The thresholds that are looked at, ascending.
pub(crate) fn grid() -> Vec<f32> {
    let near_one = [0.985, 0.99, 0.992_5, 0.995, 0.997, 0.998, 0.999, 0.999_5, 0.999_8, 0.999_9];
    (2..=98).map(|percent| percent as f32 / 100.0).chain(near_one).collect()
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
    /// Samples of a frame beyond its hop.
    const OVERHANG: u64 = 320;

    /// Steps from one word or recording to the next: a second.
    const STEPS: u64 = 25;

    /// Posteriors of the two keywords, which have these peaks, each in the second step of a word or recording.
    fn trace(peaks: &[[f32; 2]]) -> Trace {
        let row = |step: u64| match (peaks[(step / STEPS) as usize], step % STEPS) {
            ([a, b], 1) => vec![a, b, 1.0 - a - b],
            _ => vec![0.0, 0.0, 1.0],
        };
        let steps = 0..peaks.len() as u64 * STEPS;
        let steps: Vec<_> = steps.map(|step| (row(step), (step + 1) * STEP + OVERHANG)).collect();
        Trace::from_steps(&steps, steps.len() as u64 * STEP)
    }

    /// Two keywords, said by turns, twice each, with these peaks; and four recordings of 15 minutes with these.
    pub(crate) fn judge(keywords: [[f32; 2]; 4], negatives: [[f32; 2]; 4]) -> Judge {
        judge_of(&keywords, &negatives)
    }

    /// The same with any number of words and recordings, an hour in all; those of the first half come before those of the second.
    pub(crate) fn judge_of(keywords: &[[f32; 2]], negatives: &[[f32; 2]]) -> Judge {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/models/stride_4_pulse_4.onnx");
        let mut manifest = Model::from_path(file).unwrap().manifest().clone();
        manifest.detector = DetectorSpec { smoothing_steps: 1, refractory_ms: 0, peak_wait_ms: None };
        let half = |index: usize, of: usize| if index < of / 2 { Half::First } else { Half::Second };
        let words = (0..keywords.len()).map(|index| Spoken {
            keyword: index % 2,
            start: index as u64 * STEPS * STEP,
            end: (index as u64 * STEPS + 3) * STEP,
            speaker: index / 2,
            half: half(index, keywords.len()),
        });
        let samples = 3_600 * 16_000 / negatives.len() as u64;
        let recordings = (0..negatives.len()).map(|index| Played {
            kind: index % 2,
            end: (index as u64 + 1) * STEPS * STEP,
            samples,
            half: half(index, negatives.len()),
        });
        let recordings: Vec<Played> = recordings.collect();
        let kind = |name: &str| Kind {
            name: name.into(),
            recordings: negatives.len() / 2,
            samples: samples * negatives.len() as u64 / 2,
        };
        Judge {
            manifest,
            keywords: vec![KeywordStream {
                condition: Condition::Clean,
                trace: trace(keywords),
                words: words.collect(),
            }],
            kinds: vec![kind("talk"), kind("play")],
            negatives: vec![NegativeStream { trace: trace(negatives), recordings }],
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
    fn the_highest_score_is_that_of_keywords_that_are_said() {
        let mut judge = by_hand();
        assert_eq!(judge.highest_scores(), [Some(0.9), Some(0.7)]);
        judge.keywords[0].words.retain(|word| word.keyword == 0);
        assert_eq!(judge.highest_scores(), [Some(0.9), None]);
    }

    #[test]
    fn false_alarms_are_counted_by_kind() {
        // Of four recordings the first and third are of the first kind.
        let of_kinds = |threshold| -> Vec<(u64, f64)> {
            let point = by_hand().at(&[threshold; 2], None);
            point.false_alarms_by_kind.iter().map(|alarms| (alarms.events, alarms.hours)).collect()
        };
        assert_eq!(of_kinds(0.35), [(2, 0.5), (0, 0.5)]);
        assert_eq!(of_kinds(0.15), [(2, 0.5), (1, 0.5)]);
    }

    #[test]
    fn delays_count_from_the_end_of_a_word_to_the_report() {
        let judge = by_hand();
        let mut detector = Detector::new(&judge.manifest);
        detector.set_thresholds(0.65);
        let stream = &judge.keywords[0];
        let reported = stream.trace.reports(&mut detector);
        let late: Vec<f64> = reported
            .iter()
            .zip(&stream.words)
            .map(|((_, step_end), word)| (*step_end as f64 - word.end as f64) / 16_000.0)
            .collect();
        assert_eq!(late.len(), 2);
        assert_eq!(judge.at(&[0.65; 2], None).conditions[0].delay, Delay::of(late));
        assert_eq!(judge.at(&[0.95; 2], None).conditions[0].delay, None);
    }

    #[test]
    fn a_step_is_heard_when_its_pulse_is_full() {
        let mut judge = by_hand();
        judge.manifest.network.pulse_frames = 8;
        let ends = [1, 2, 3].map(|step| judge.pulse_end(step * STEP + OVERHANG));
        assert_eq!(ends, [2, 2, 4].map(|step| step * STEP + OVERHANG));
    }

    #[test]
    fn intervals_over_speakers_and_recordings_come_when_asked_for() {
        let judge = by_hand();
        let bare = judge.at(&[0.65; 2], None);
        assert_eq!((bare.over_recordings, bare.conditions[0].over_speakers), (None, None));
        let point = judge.with_intervals(&[0.35; 2], 1);
        // Two of four recordings of a quarter of an hour have one each: none or all of those drawn may be these.
        let recordings = point.over_recordings.unwrap();
        assert_eq!((recordings.low, recordings.high), (0.0, 4.0));
        // Of two speakers one misses one of two words.
        let speakers = point.conditions[0].over_speakers.unwrap();
        assert_eq!((speakers.low, speakers.high), (0.0, 0.5));
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

    #[test]
    fn a_rate_is_held_from_just_above_the_peak_that_breaks_it() {
        let judge = by_hand();
        let sweep = judge.sweep(None);
        for (rate, peak) in [(0.0, 0.6), (1.0, 0.4)] {
            let held = judge.hold(&sweep, rate, None).unwrap();
            assert!(held.false_alarms.per_hour <= rate);
            let above = held.thresholds[0] - peak;
            assert!((0.0..0.000_2).contains(&above), "{:?} for {rate}", held.thresholds);
        }
        assert_eq!(judge.hold(&sweep, 9.0, None).unwrap().thresholds, [FLOOR; 2]);
        assert!(judge.hold(&sweep, -1.0, None).is_none());
    }
}
