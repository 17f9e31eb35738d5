//! What a model does at given thresholds: keywords missed against false alarms.

use std::sync::Arc;

use anyhow::Result;
use polyspot::stream::Detector;
use polyspot::{Detection, Manifest, Model};
use rayon::prelude::*;

use super::bootstrap;
use super::figures::{Delay, OperatingPoint, PerHour, Rate, Rejects, first_within};
use super::matching::{Matched, matched};
use super::negatives::Negatives;
use super::streams::{FLOOR, Half, KeywordStream, Kind, NegativeStream, Played};
use super::tail;

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
    /// Lets a model hear what has no keywords, beside the keywords that it has heard.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn hear(
        model: &Arc<Model>,
        keywords: Vec<KeywordStream>,
        negatives: &Negatives<'_>,
    ) -> Result<Self> {
        let (kinds, negatives) = negatives.play(model)?;
        Ok(Self { manifest: model.manifest().clone(), keywords, kinds, negatives })
    }

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
        self.in_hours(of_half.map(|played| played.stands_for * played.samples).sum())
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
        let mut detector = Detector::new(&self.manifest.stream_spec());
        detector.set_keyword_thresholds(thresholds);
        let alarms: Vec<Alarm<'_>> = self
            .negatives
            .iter()
            .flat_map(|stream| self.alarms(stream, &mut detector))
            .filter(|(played, _)| half.is_none_or(|half| half == played.half))
            .collect();
        let conditions: Vec<Rejects> =
            self.keywords.iter().map(|stream| self.rejects(stream, &mut detector, half, seed)).collect();
        let rate = |counts: &dyn Fn(&Alarm<'_>) -> bool, hours: f64| {
            let counted = alarms.iter().filter(|alarm| counts(alarm));
            PerHour::weighted(counted.map(|(played, _)| played.stands_for), hours)
        };
        let hours = self.hours(half);
        let of_keyword = |keyword| rate(&|alarm| alarm.1 == keyword, hours);
        let of_kind =
            |kind| rate(&|alarm| alarm.0.kind == kind, self.hours_of(half, |played| played.kind == kind));
        OperatingPoint {
            thresholds: thresholds.to_vec(),
            false_alarms: rate(&|_| true, hours),
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
    fn over_recordings(&self, alarms: &[Alarm<'_>], seed: u64) -> Option<polyspot::manifest::Interval> {
        let played = self.negatives.iter().flat_map(|stream| &stream.recordings);
        let clusters: Vec<(f64, f64)> = played
            .filter(|played| played.samples > 0)
            .map(|played| {
                let own = alarms.iter().filter(|(recording, _)| std::ptr::eq(*recording, played)).count();
                let stands_for = played.stands_for as f64;
                (own as f64 * stands_for, self.in_hours(played.samples) * stands_for)
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

    /// Whether rates of false alarms are estimates: recordings that stand for others like them make up most of the hours.
    pub(crate) fn is_estimate(&self) -> bool {
        self.hours_of(None, |played| played.stands_for > 1)
            > self.hours_of(None, |played| played.stands_for == 1)
    }

    /// False alarms per hour at each point of a sweep: as many as were counted; of an estimate as many as the tail of their scores
    /// predicts, since a single one that counts for many would else decide where the threshold is.
    pub(crate) fn rates(&self, sweep: &[OperatingPoint]) -> Vec<f64> {
        if !self.is_estimate() {
            return sweep.iter().map(|point| point.false_alarms.per_hour).collect();
        }
        let hours = sweep.first().map_or(0.0, |point| point.false_alarms.hours);
        tail::of_all(sweep).into_iter().map(|alarms| if hours > 0.0 { alarms / hours } else { 0.0 }).collect()
    }

    /// The lowest common threshold from which on there are at most so many false alarms per hour ([`Judge::rates`]). Where they are
    /// counted it is found between the points of the sweep, which is of the same half.
    pub(crate) fn hold(
        &self,
        sweep: &[OperatingPoint],
        false_alarms_per_hour: f64,
        half: Option<Half>,
    ) -> Option<OperatingPoint> {
        let lowest = first_within(&self.rates(sweep), false_alarms_per_hour)?;
        let mut held = sweep[lowest].clone();
        if lowest == 0 || self.is_estimate() {
            return Some(held);
        }
        let mut low = sweep[lowest - 1].thresholds[0];
        for _ in 0..HALVINGS {
            let middle = f32::midpoint(low, held.thresholds[0]);
            let point = self.at(&vec![middle; held.thresholds.len()], half);
            if point.false_alarms.per_hour > false_alarms_per_hour { low = middle } else { held = point }
        }
        Some(held)
    }

    /// Of the common thresholds that hold a rate, as [`Judge::hold`] finds the lowest, that which misses the fewest words; of equals the
    /// lowest. At low thresholds a keyword may drown out another, or never fall below and so be detected but once.
    pub(crate) fn hold_best(
        &self,
        sweep: &[OperatingPoint],
        false_alarms_per_hour: f64,
        half: Option<Half>,
    ) -> Option<OperatingPoint> {
        let lowest = self.hold(sweep, false_alarms_per_hour, half)?;
        let higher = sweep.iter().filter(|point| point.thresholds[0] > lowest.thresholds[0]);
        let best = higher.min_by_key(|point| point.missed().events);
        let is_better = |point: &&OperatingPoint| point.missed().events < lowest.missed().events;
        Some(best.filter(is_better).cloned().unwrap_or(lowest))
    }
}

/// The thresholds that are looked at, ascending.
pub(crate) fn grid() -> Vec<f32> {
    let near_one = [0.985, 0.99, 0.992_5, 0.995, 0.997, 0.998, 0.999, 0.999_5, 0.999_8, 0.999_9];
    (2..=98).map(|percent| percent as f32 / 100.0).chain(near_one).collect()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
pub(super) mod tests;
