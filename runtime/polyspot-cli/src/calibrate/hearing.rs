//! What thresholds do to what was heard, or to a half of it.

use std::cell::RefCell;

use polyspot::profile::Takes;
use polyspot::stream::Detector;
use polyspot::{Detection, Manifest};

use super::heard::Heard;

/// A half of what was heard: the first or second half of each ambient recording, and every second take of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    First,
    Second,
}

impl Half {
    pub(super) fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// What was heard, to be judged at thresholds.
pub(super) struct Hearing<'a> {
    heard: &'a Heard,
    names: Vec<&'a str>,
    outputs: Vec<usize>,
    /// Only its state changes.
    detector: RefCell<Detector>,
    hours: f64,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(manifest: &'a Manifest, heard: &'a Heard) -> Self {
        let samples: u64 = heard.ambient.iter().map(polyspot::evaluation::Trace::samples).sum();
        Self {
            heard,
            names: manifest.keywords().map(|(_, label)| label.name.as_str()).collect(),
            outputs: manifest.keywords().map(|(output, _)| output).collect(),
            detector: RefCell::new(Detector::new(&manifest.stream_spec())),
            hours: samples as f64 / f64::from(manifest.front_end.sample_rate_hz) / 3_600.0,
        }
    }

    pub(super) fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// Hours of ambient sound.
    pub(super) fn hours(&self, half: Option<Half>) -> f64 {
        if half.is_some() { self.hours / 2.0 } else { self.hours }
    }

    /// The false alarms in the ambient sound: keyword and score of each.
    pub(super) fn alarms(&self, thresholds: &[f32], half: Option<Half>) -> Vec<(usize, f32)> {
        let mut detector = self.detector.borrow_mut();
        detector.set_keyword_thresholds(thresholds);
        let mut alarms = Vec::new();
        for trace in &self.heard.ambient {
            let is_first = |detection: &Detection| detection.end <= trace.samples() / 2;
            let counts = |detection: &Detection| match half {
                None => true,
                Some(Half::First) => is_first(detection),
                Some(Half::Second) => !is_first(detection),
            };
            let found = trace.detections(&mut detector);
            let number = |name: &str| self.names.iter().position(|keyword| *keyword == name);
            let counted = found.iter().filter(|detection| counts(detection));
            alarms.extend(counted.filter_map(|found| Some((number(&found.keyword)?, found.score))));
        }
        alarms
    }

    /// The takes of each keyword, and how many of them are heard.
    pub(super) fn takes(&self, thresholds: &[f32], half: Option<Half>) -> Vec<Takes> {
        let mut detector = self.detector.borrow_mut();
        detector.set_keyword_thresholds(thresholds);
        let mut takes = vec![Takes { spoken: 0, heard: 0 }; self.names.len()];
        for (keyword, trace) in self.takes_of(half) {
            let found = trace.detections(&mut detector);
            let is_heard = found.iter().any(|detection| *detection.keyword == *self.names[keyword]);
            takes[keyword].spoken += 1;
            takes[keyword].heard += u64::from(is_heard);
        }
        takes
    }

    /// The highest score of each take for its own keyword.
    pub(super) fn peaks(&self, half: Option<Half>) -> Vec<(usize, f32)> {
        let peak = |(keyword, trace): (usize, &polyspot::evaluation::Trace)| {
            let scores = trace.steps().map(|step| step.probabilities[self.outputs[keyword]]);
            (keyword, scores.fold(0.0, f32::max))
        };
        self.takes_of(half).map(peak).collect()
    }

    /// The takes of a half, each with its keyword: the first, third and so on of a keyword, or the others.
    fn takes_of(&self, half: Option<Half>) -> impl Iterator<Item = (usize, &polyspot::evaluation::Trace)> {
        let mut seen = vec![0_usize; self.names.len()];
        self.heard.takes.iter().filter_map(move |(keyword, trace)| {
            seen[*keyword] += 1;
            let own = if seen[*keyword].is_multiple_of(2) { Half::Second } else { Half::First };
            half.is_none_or(|half| half == own).then_some((*keyword, trace))
        })
    }
}
