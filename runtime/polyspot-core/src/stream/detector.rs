//! From posteriors to detections: smoothing, thresholds, refractory period.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use super::detection::Detection;
use super::posterior::Posterior;
use super::spec::StreamSpec;

/// How long a score may keep rising before it is reported, where the model does not say: in milliseconds.
const PEAK_WAIT_MS: u32 = 480;

/// A keyword of the detector.
#[derive(Debug)]
struct Keyword {
    output: usize,
    name: Arc<str>,
    threshold: f32,
    /// Set by a detection, cleared when the score falls below the threshold: one word is one detection.
    spent: bool,
    /// Sample up to which it is not detected again.
    refractory_until: u64,
}

/// What a [`Detector`] made of a step, for explaining why it fired or did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// No keyword reaches its threshold.
    Below,
    /// Only keywords within their refractory period after a detection reach their thresholds.
    Refractory,
    /// Only keywords that were detected before, and have not fallen below their thresholds since, reach them.
    SameWord,
    /// A keyword reaches its threshold, and its score may still rise.
    Rising,
    /// A keyword was detected.
    Detected,
}

/// A keyword above its threshold whose score is still rising.
#[derive(Debug)]
struct Candidate {
    keyword: usize,
    score: f32,
    end: u64,
    steps: usize,
}

/// Decides when a stream of posteriors holds a keyword.
///
/// The posteriors are averaged over the last [`smoothing_steps`](super::DetectorSpec::smoothing_steps). A
/// keyword whose average reaches its threshold becomes a candidate and is reported when its score stops
/// rising, so that the score is the peak and the better of two similar words wins, but
/// [`peak_wait_ms`](super::DetectorSpec::peak_wait_ms) later at the latest. After a detection the same keyword is not
/// detected within the refractory period, nor before its score has fallen below the threshold; any other is not within half of
/// that period, in which no other word can be said.
#[derive(Debug)]
pub struct Detector {
    language: Arc<str>,
    keywords: Vec<Keyword>,
    smoothing_steps: usize,
    window_samples: u64,
    /// From the middle one of the averaged windows to the last.
    lag_samples: u64,
    refractory_samples: u64,
    history: VecDeque<Box<[f32]>>,
    /// Smoothed posteriors of the last step, one per output.
    smoothed: Box<[f32]>,
    candidate: Option<Candidate>,
    /// Steps after which a candidate is reported even if its score still rises.
    longest_rise_steps: usize,
    /// Sample up to which no keyword is detected.
    refractory_until: u64,
    decision: Decision,
}

/// Steps in which a candidate's score may rise, itself included.
fn longest_rise_steps(spec: &StreamSpec) -> usize {
    let wait_ms = u64::from(spec.detector.peak_wait_ms.unwrap_or(PEAK_WAIT_MS));
    let samples = wait_ms * u64::from(spec.front_end.sample_rate_hz) / 1_000;
    (samples as usize / spec.step_samples()).max(1)
}

impl Detector {
    /// A detector with the thresholds and periods of a [checked](StreamSpec::check) specification.
    pub fn new(spec: &StreamSpec) -> Self {
        let rate_hz = u64::from(spec.front_end.sample_rate_hz);
        let outputs = spec.labels.len();
        let steps = spec.detector.smoothing_steps;
        Self {
            language: Arc::clone(&spec.language),
            keywords: spec
                .keywords()
                .map(|(output, label)| Keyword {
                    output,
                    name: Arc::clone(&label.name),
                    // A checked specification has a threshold for each keyword; without one it would never fire.
                    threshold: label.threshold.unwrap_or(f32::INFINITY),
                    spent: false,
                    refractory_until: 0,
                })
                .collect(),
            smoothing_steps: steps,
            window_samples: spec.window_samples() as u64,
            lag_samples: ((steps - 1) * spec.step_samples() / 2) as u64,
            refractory_samples: u64::from(spec.detector.refractory_ms) * rate_hz / 1_000,
            history: core::iter::repeat_with(|| vec![0.0; outputs].into()).take(steps).collect(),
            smoothed: vec![0.0; outputs].into(),
            candidate: None,
            longest_rise_steps: longest_rise_steps(spec),
            refractory_until: 0,
            decision: Decision::Below,
        }
    }

    /// Takes the next posterior of the stream; at most one keyword is detected at a time.
    ///
    /// # Panics
    /// If `posterior.probabilities.len()` != the number of labels.
    pub fn push(&mut self, posterior: &Posterior<'_>) -> Option<Detection> {
        self.smooth(posterior.probabilities);
        self.decide(posterior.end)
    }

    /// Takes the next posterior of a stream that is smoothed already, such as one that was kept.
    ///
    /// # Panics
    /// As [`Detector::push`].
    pub fn push_smoothed(&mut self, smoothed: &Posterior<'_>) -> Option<Detection> {
        self.smoothed.copy_from_slice(smoothed.probabilities);
        self.decide(smoothed.end)
    }

    fn decide(&mut self, end: u64) -> Option<Detection> {
        let mut idle = Decision::Below;
        let mut best: Option<(usize, f32)> = None;
        for (index, keyword) in self.keywords.iter_mut().enumerate() {
            let score = self.smoothed[keyword.output];
            if score < keyword.threshold {
                keyword.spent = false;
            } else if end < keyword.refractory_until.max(self.refractory_until) {
                idle = Decision::Refractory;
            } else if keyword.spent {
                if idle == Decision::Below {
                    idle = Decision::SameWord;
                }
            } else if best.is_none_or(|(_, highest)| score >= highest) {
                best = Some((index, score));
            }
        }
        let rising = match (&self.candidate, best) {
            (None, Some((keyword, score))) => Candidate { keyword, score, end, steps: 1 },
            (Some(last), Some((keyword, score)))
                if score > last.score && last.steps < self.longest_rise_steps =>
            {
                Candidate { keyword, score, end, steps: last.steps + 1 }
            }
            (Some(_), _) => return self.flush(),
            (None, None) => {
                self.decision = idle;
                return None;
            }
        };
        self.decision = Decision::Rising;
        self.candidate = Some(rising);
        None
    }

    /// Ends the stream: a candidate whose score was still rising is reported.
    pub fn flush(&mut self) -> Option<Detection> {
        let Candidate { keyword, score, end, .. } = self.candidate.take()?;
        let keyword = &mut self.keywords[keyword];
        keyword.spent = self.smoothed[keyword.output] >= keyword.threshold;
        keyword.refractory_until = end + self.refractory_samples;
        self.refractory_until = end + self.refractory_samples / 2;
        self.decision = Decision::Detected;
        Some(Detection {
            keyword: Arc::clone(&keyword.name),
            language: Arc::clone(&self.language),
            score,
            start: end.saturating_sub(self.lag_samples + self.window_samples),
            end: end.saturating_sub(self.lag_samples),
        })
    }

    /// Forgets everything heard.
    pub fn reset(&mut self) {
        self.history.iter_mut().for_each(|old| old.fill(0.0));
        self.smoothed.fill(0.0);
        self.candidate = None;
        self.refractory_until = 0;
        self.decision = Decision::Below;
        for keyword in &mut self.keywords {
            (keyword.spent, keyword.refractory_until) = (false, 0);
        }
    }

    /// The smoothed posteriors of the last step, one per label, in 0..=1.
    pub fn smoothed(&self) -> &[f32] {
        &self.smoothed
    }

    /// What was made of the last step.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Sets every keyword's threshold, in 0..=1, for finding the one to keep. Nothing reaches one above 1, or NaN.
    pub fn set_thresholds(&mut self, threshold: f32) {
        self.keywords.iter_mut().for_each(|keyword| keyword.threshold = threshold);
    }

    /// Sets each keyword's threshold, in 0..=1, in the order of the labels.
    ///
    /// # Panics
    /// If `thresholds.len()` != the number of keywords.
    pub fn set_keyword_thresholds(&mut self, thresholds: &[f32]) {
        assert_eq!(thresholds.len(), self.keywords.len(), "thresholds for the keywords");
        for (keyword, &threshold) in self.keywords.iter_mut().zip(thresholds) {
            keyword.threshold = threshold;
        }
    }

    /// The lowest threshold of any keyword.
    pub fn lowest_threshold(&self) -> f32 {
        self.keywords.iter().map(|keyword| keyword.threshold).fold(f32::INFINITY, f32::min)
    }

    /// Averages the last posteriors. Summed anew at each step: a running sum would drift over days.
    fn smooth(&mut self, probabilities: &[f32]) {
        if let Some(mut oldest) = self.history.pop_front() {
            oldest.copy_from_slice(probabilities);
            self.history.push_back(oldest);
        }
        self.smoothed.fill(0.0);
        for past in &self.history {
            for (sum, p) in self.smoothed.iter_mut().zip(past) {
                *sum += p;
            }
        }
        let scale = 1.0 / self.smoothing_steps as f32;
        self.smoothed.iter_mut().for_each(|sum| *sum *= scale);
    }
}
