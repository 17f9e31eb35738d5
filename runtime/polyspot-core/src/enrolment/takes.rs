//! Takes of a word, and the row that they give the network.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::error::EnrolmentError;
use super::filler::FillerStatistics;
use super::head::{Heard, Parts, TAPS, with_word};
use super::linear::dot;
use super::word_place::word_place;
use crate::float;
use crate::front_end::FrontEnd;
use crate::kernel::NetworkDescription;
use crate::stream::{LabelKind, LabelSpec, StreamSpec};

/// How long a word may be, in seconds.
const WORD_SECONDS: (f64, f64) = (0.1, 3.0);
/// What the network hears before a take and after it: a quiet room.
const BEFORE_SECONDS: f64 = 1.6;
const AFTER_SECONDS: f64 = 0.6;
const ROOM_AMPLITUDE: f32 = 2e-4;
/// Where a word is reported: so many seconds around its end.
const REPORTED_SECONDS: (f64, f64) = (-0.08, 0.4);
/// How fast each take is heard beside as it is: nobody says a word twice at one speed. Of Mandarin words 6.0 % were missed without and
/// 5.3 % with these, of 300.
const SPEEDS: [f32; 2] = [0.9, 1.1];
/// How often the moment of each take is chosen anew by the direction that the others gave.
const ROUNDS: usize = 3;

/// Logits for each deviation.
const SLOPE: f64 = 1.0;
/// Deviations from filler that a word must have at least …
const LEAST_DEVIATIONS: f64 = 10.0;
/// … and as a share of what its takes have, in the middle.
const SHARE_OF_TAKES: f64 = 0.6;

/// Learns a word from takes of it.
pub struct Enrolment<'a> {
    spec: &'a StreamSpec,
    network: Parts<'a>,
    filler: &'a FillerStatistics,
    takes: Vec<Take>,
}

/// A take: as it was recorded, then at other speeds.
struct Take {
    versions: Vec<Version>,
}

/// A take at some speed, as the network hears it.
struct Version {
    heard: Heard,
    /// The steps about the word's end, where it is reported.
    steps: Range<usize>,
}

/// A word that was learnt: a row for the network's last layer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Enrolled {
    /// Weights of the word's logit, `[moments, features]`: of its last step's, and of those five and ten steps before.
    pub row: Vec<f32>,
    /// The logit's bias.
    pub bias: f32,
    /// How far each take is from filler in the direction that the others give, in deviations of filler; of a single take, in its own.
    pub deviations: Vec<f64>,
    /// How far a word must be for a posterior of [`THRESHOLD`](Self::THRESHOLD), with which it is detected.
    pub least_deviations: f64,
    /// For each label of the model the mean posterior that it has in the takes: a word that is much like a keyword will be taken for it.
    pub posteriors: Vec<f32>,
}

impl<'a> Enrolment<'a> {
    /// No take yet.
    ///
    /// # Errors
    /// When a word cannot be added to the network, or the statistics are not of its features.
    pub fn new(
        spec: &'a StreamSpec,
        network: &'a NetworkDescription,
        filler: &'a FillerStatistics,
    ) -> Result<Self, EnrolmentError> {
        let network = Parts::of(network)?;
        let (expected, found) = (network.features(), filler.features());
        if expected != found {
            return Err(EnrolmentError::OtherFeatures { expected, found });
        }
        Ok(Self { spec, network, filler, takes: Vec::new() })
    }

    /// Takes a recording of the word: mono, at the model's rate, full scale ±1, with nothing louder than the word.
    ///
    /// # Errors
    /// When what is within 30 dB of the recording's loudest part takes less than 0.1 or more than 3 seconds.
    pub fn add(&mut self, samples: &[f32]) -> Result<(), EnrolmentError> {
        let spec = &self.spec.front_end;
        let rate_hz = f64::from(spec.sample_rate_hz);
        let word = word_place(samples, spec.sample_rate_hz);
        let seconds = word.len() as f64 / rate_hz;
        let is_silent = samples.iter().all(|sample| *sample == 0.0);
        if is_silent || !(WORD_SECONDS.0..=WORD_SECONDS.1).contains(&seconds) {
            return Err(EnrolmentError::NoWord { seconds: if is_silent { 0.0 } else { seconds } });
        }
        let mut versions = vec![self.hear(samples)?];
        for speed in SPEEDS {
            versions.push(self.hear(&at_speed(samples, speed))?);
        }
        self.takes.push(Take { versions });
        Ok(())
    }

    /// What the network makes of a word in a quiet room.
    fn hear(&self, samples: &[f32]) -> Result<Version, EnrolmentError> {
        let spec = &self.spec.front_end;
        let (rate_hz, step) = (f64::from(spec.sample_rate_hz), self.spec.step_samples());
        let before = ((BEFORE_SECONDS * rate_hz) as usize).max(2 * TAPS * step);
        let mut room = Room(0);
        let mut sound = room.samples(before);
        sound.extend_from_slice(samples);
        sound.extend(room.samples((AFTER_SECONDS * rate_hz) as usize));
        let mut front_end = FrontEnd::new(spec)?;
        let mut frames = Vec::new();
        front_end.push(&sound, |frame| frames.extend_from_slice(frame));
        front_end.flush(|frame| frames.extend_from_slice(frame));
        let heard = self.network.hear(&frames, self.spec.detector.smoothing_steps);
        let end = (before + word_place(samples, spec.sample_rate_hz).end) as f64;
        // A mean has the number of its first step.
        let at = |seconds: f64| {
            let step = ((end + seconds * rate_hz) / step as f64).max(0.0) as usize;
            (step + 1).saturating_sub(self.spec.detector.smoothing_steps)
        };
        let all = heard.steps();
        let steps = at(REPORTED_SECONDS.0).max(all.start)..at(REPORTED_SECONDS.1).min(all.end);
        Ok(Version { heard, steps })
    }

    /// The word, in closed form.
    ///
    /// # Errors
    /// When there was no take, or the takes are like filler.
    pub fn finish(&self) -> Result<Enrolled, EnrolmentError> {
        let takes: Vec<&Take> = self.takes.iter().collect();
        let direction = self.direction(&takes)?;
        let mut deviations = Vec::with_capacity(takes.len());
        for (index, take) in takes.iter().enumerate() {
            let others = [&takes[..index], &takes[index + 1..]].concat();
            let judge = if others.is_empty() { direction.clone() } else { self.direction(&others)? };
            deviations.push(take.recorded().best(&judge, &self.filler.mean).0);
        }
        let least_deviations = (SHARE_OF_TAKES * median(&deviations)).max(LEAST_DEVIATIONS);
        let row = direction.iter().zip(&self.filler.level).map(|(w, level)| (SLOPE * w + level) as f32);
        let bias = self.filler.level_bias - SLOPE * (dot(&direction, &self.filler.mean) + least_deviations);
        Ok(Enrolled {
            row: row.collect(),
            bias: bias as f32,
            posteriors: self.posteriors(&takes, &direction),
            deviations,
            least_deviations,
        })
    }

    /// Where features are furthest from filler in the takes, measured in its deviations: of length 1 in these.
    ///
    /// The moment of each take is not known to the step: it is the one that is furthest in the direction that the last round gave.
    fn direction(&self, takes: &[&Take]) -> Result<Vec<f64>, EnrolmentError> {
        let FillerStatistics { mean, factor, .. } = self.filler;
        let versions: Vec<&Version> = takes.iter().flat_map(|take| &take.versions).collect();
        let count = versions.iter().map(|version| version.steps.len()).min().ok_or(EnrolmentError::NoTake)?;
        // To begin with, so many steps after the word's end as put the takes' mean furthest away.
        let furthest = (0..count).map(|index| {
            let white = factor.solve_lower(&self.away(versions.iter().map(|version| version.step(index))));
            (dot(&white, &white), white)
        });
        let (_, mut white) = furthest.max_by(|a, b| a.0.total_cmp(&b.0)).ok_or(EnrolmentError::Indistinct)?;
        let mut direction = vec![];
        for _ in 0..ROUNDS {
            let length = float::sqrt(dot(&white, &white));
            if !(length.is_finite() && length > 1e-6) {
                return Err(EnrolmentError::Indistinct);
            }
            direction = factor.solve_upper(&white);
            for w in &mut direction {
                *w /= length;
            }
            let best = versions.iter().map(|version| version.step(version.best(&direction, mean).1));
            white = factor.solve_lower(&self.away(best));
        }
        Ok(direction)
    }

    /// The mean of some steps, from filler's mean.
    fn away(&self, steps: impl ExactSizeIterator<Item = Vec<f64>>) -> Vec<f64> {
        let share = 1.0 / steps.len().max(1) as f64;
        let mut away: Vec<f64> = self.filler.mean.iter().map(|mean| -mean).collect();
        for step in steps {
            away.iter_mut().zip(step).for_each(|(sum, x)| *sum += x * share);
        }
        away
    }

    /// What the model's labels have of the takes.
    fn posteriors(&self, takes: &[&Take], direction: &[f64]) -> Vec<f32> {
        let mut mean = vec![0.0; self.spec.labels.len()];
        for take in takes {
            let Version { heard, steps } = take.recorded();
            let (_, index) = take.recorded().best(direction, &self.filler.mean);
            let posteriors = self.network.posteriors(heard, steps.start + index);
            mean.iter_mut().zip(posteriors).for_each(|(sum, p)| *sum += p / takes.len() as f32);
        }
        mean
    }
}

impl fmt::Debug for Enrolment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolment").field("takes", &self.takes.len()).finish_non_exhaustive()
    }
}

impl Enrolled {
    /// A model's specification and network with the word, which is a keyword of this name: the label after the last keyword.
    ///
    /// # Errors
    /// When the network is not the one that the word was learnt with.
    pub fn add_to(
        &self,
        spec: &StreamSpec,
        network: &NetworkDescription,
        name: &str,
    ) -> Result<(StreamSpec, NetworkDescription), EnrolmentError> {
        let place = Self::place(spec);
        let network = with_word(network, &self.row, self.bias, place)?;
        let mut spec = spec.clone();
        let threshold = Some(Self::THRESHOLD);
        spec.labels.insert(place, LabelSpec { name: Arc::from(name), kind: LabelKind::Keyword, threshold });
        Ok((spec, network))
    }

    /// The same word, which must be so far from other speech to be detected: what recordings without it ask for.
    #[must_use]
    pub fn at(mut self, deviations: f64) -> Self {
        self.bias -= (SLOPE * (deviations - self.least_deviations)) as f32;
        self.least_deviations = deviations;
        self
    }

    /// How far a word must be, in deviations, for its posterior to reach a threshold, 0 to 1: about, because the other words' posteriors
    /// are not exactly those of other speech.
    pub fn deviations_at(&self, threshold: f32) -> f64 {
        let odds = f64::from(threshold / (1.0 - threshold).max(f32::EPSILON));
        self.least_deviations + f64::from(float::ln(odds as f32)) / SLOPE
    }

    /// Where among a model's labels it comes: after the last keyword.
    pub fn place(spec: &StreamSpec) -> usize {
        spec.keywords().last().map_or(0, |(index, _)| index + 1)
    }

    /// The threshold on its posterior, with which it is detected at [`least_deviations`](Self::least_deviations): there it is as likely
    /// as all else.
    pub const THRESHOLD: f32 = 0.5;
}

impl Take {
    fn recorded(&self) -> &Version {
        &self.versions[0]
    }
}

impl Version {
    /// The features of all moments at one of its steps.
    fn step(&self, index: usize) -> Vec<f64> {
        self.heard.moments(self.steps.start + index)
    }

    /// How far it is from a mean in a direction, at most, and at which of its steps.
    fn best(&self, direction: &[f64], mean: &[f64]) -> (f64, usize) {
        let offset = dot(direction, mean);
        let far = |index| (dot(direction, &self.step(index)) - offset, index);
        (0..self.steps.len()).map(far).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
    }
}

/// The middle one, or the mean of the middle two: of one bad take it knows nothing.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = ((sorted.len() - 1) / 2, sorted.len() / 2);
    f64::midpoint(sorted[low], sorted[high])
}

/// A recording at another speed, and pitch, by linear interpolation.
fn at_speed(samples: &[f32], speed: f32) -> Vec<f32> {
    let between = |position: f32| {
        let index = position as usize;
        let &[a, b] = samples.get(index..index + 2)? else { return None };
        Some(a + (b - a) * (position - index as f32))
    };
    (0..).map_while(|index| between(index as f32 * speed)).collect()
}

/// The faint noise of a quiet room, always the same: digital silence is heard nowhere.
struct Room(u32);

impl Room {
    fn samples(&mut self, count: usize) -> Vec<f32> {
        let mut next = || {
            // Numerical Recipes' linear congruential generator.
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f64::from(self.0) / f64::from(u32::MAX) - 0.5) as f32
        };
        (0..count).map(|_| 2.0 * ROOM_AMPLITUDE * next()).collect()
    }
}
