//! What streams must know of a model besides its network.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::front_end::{FrontEndSpec, FrontEndSpecError};

/// What streams must know of a model: the part of its manifest that audio is heard with.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamSpec {
    /// Language of the keywords, a BCP 47 tag.
    pub language: Arc<str>,
    /// One per output of the network, in its order.
    pub labels: Vec<LabelSpec>,
    /// The features that the network was trained on.
    pub front_end: FrontEndSpec,
    /// How the network moves through time.
    pub network: NetworkSpec,
    /// How posteriors become detections.
    pub detector: DetectorSpec,
}

/// One output of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelSpec {
    /// The word, or the name of the filler class.
    pub name: Arc<str>,
    /// What kind of class it is.
    pub kind: LabelKind,
    /// The detector's threshold on the smoothed posterior, in 0..=1; keywords only.
    pub threshold: Option<f32>,
}

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LabelKind {
    /// A word to be detected.
    Keyword,
    /// Filler: any other word.
    Unknown,
    /// No speech: silence or noise.
    Silence,
}

/// How a network moves through time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(deny_unknown_fields))]
pub struct NetworkSpec {
    /// Frames from one posterior to the next, 1..=1000: the network's total stride in time.
    pub stride_frames: usize,
    /// Frames of audio that one posterior is about (the pooling window), `stride_frames..=10000`.
    pub window_frames: usize,
    /// Frames that the runtime feeds to the network at once; a multiple of `stride_frames`, at most 10000.
    pub pulse_frames: usize,
}

/// How posteriors become detections.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize), serde(deny_unknown_fields))]
pub struct DetectorSpec {
    /// Posteriors averaged before the threshold is applied, 1..=1000.
    pub smoothing_steps: usize,
    /// Time after a detection in which the same keyword is not detected again, in milliseconds, at most 60000;
    /// another is not within half of it.
    pub refractory_ms: u32,
    /// Time that a keyword above its threshold may keep rising before it is reported, in milliseconds, at most
    /// 60000; 480 where it is not said.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub peak_wait_ms: Option<u32>,
}

/// Why a specification was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamSpecError {
    /// The front end cannot be computed.
    #[error(transparent)]
    FrontEnd(#[from] FrontEndSpecError),
    /// A value is out of range or at odds with another.
    #[error("{field} must be {expected}, found {found}")]
    Value {
        /// The field.
        field: String,
        /// What was expected of it.
        expected: String,
        /// What was found.
        found: String,
    },
}

impl StreamSpecError {
    pub(super) fn value(field: impl Into<String>, expected: impl Into<String>, found: &dyn ToString) -> Self {
        Self::Value { field: field.into(), expected: expected.into(), found: found.to_string() }
    }
}

impl NetworkSpec {
    /// Samples of audio that one posterior is about.
    pub fn window_samples(&self, front_end: &FrontEndSpec) -> usize {
        (self.window_frames - 1) * front_end.hop_samples + front_end.frame_samples
    }

    /// Samples from one posterior to the next.
    pub fn step_samples(&self, front_end: &FrontEndSpec) -> usize {
        self.stride_frames * front_end.hop_samples
    }
}

impl StreamSpec {
    /// Largest number of labels accepted.
    pub const MAX_LABELS: usize = 4_096;
    /// Longest time that the network's window, its pulse, or all the posteriors that are averaged may take, in seconds.
    pub const MAX_SPAN_SECONDS: usize = 10;
    /// Most probabilities that are averaged at once: labels times [`smoothing_steps`](DetectorSpec::smoothing_steps).
    pub const MAX_SMOOTHED: usize = 1 << 17;

    /// The keywords, with the index of their output.
    pub fn keywords(&self) -> impl Iterator<Item = (usize, &LabelSpec)> {
        self.labels.iter().enumerate().filter(|(_, label)| label.kind == LabelKind::Keyword)
    }

    /// Samples of audio that one posterior is about.
    pub fn window_samples(&self) -> usize {
        self.network.window_samples(&self.front_end)
    }

    /// Samples from one posterior to the next.
    pub fn step_samples(&self) -> usize {
        self.network.step_samples(&self.front_end)
    }

    /// Samples from the end of a detection to its report, at most: half the smoothing, the step that shows that the score rises no
    /// more, and what the network waits for to take several frames at once.
    pub fn latest_report_samples(&self) -> usize {
        let FrontEndSpec { hop_samples, frame_samples, .. } = self.front_end;
        let half_smoothing = (self.detector.smoothing_steps - 1) * self.step_samples() / 2;
        half_smoothing + self.step_samples() + self.network.pulse_frames * hop_samples + frame_samples
    }

    /// Checks every value against its range and against the others.
    ///
    /// # Errors
    /// The first value that does not fit.
    pub fn check(&self) -> Result<(), StreamSpecError> {
        self.front_end.check()?;
        self.check_labels()?;
        let value = StreamSpecError::value;
        let NetworkSpec { stride_frames, window_frames, pulse_frames } = self.network;
        if !(1..=1_000).contains(&stride_frames) {
            return Err(value("network.stride_frames", "in 1..=1000", &stride_frames));
        }
        if !(stride_frames..=10_000).contains(&window_frames) {
            let expected = format!("in {stride_frames}..=10000");
            return Err(StreamSpecError::value("network.window_frames", expected, &window_frames));
        }
        if pulse_frames == 0 || pulse_frames > 10_000 || !pulse_frames.is_multiple_of(stride_frames) {
            let expected = format!("a multiple of stride_frames ({stride_frames}) up to 10000");
            return Err(StreamSpecError::value("network.pulse_frames", expected, &pulse_frames));
        }
        if !(1..=1_000).contains(&self.detector.smoothing_steps) {
            return Err(value("detector.smoothing_steps", "in 1..=1000", &self.detector.smoothing_steps));
        }
        let DetectorSpec { refractory_ms, peak_wait_ms, .. } = self.detector;
        for (field, ms) in
            [("detector.refractory_ms", refractory_ms), ("detector.peak_wait_ms", peak_wait_ms.unwrap_or(0))]
        {
            if ms > 60_000 {
                return Err(value(field, "at most 60000", &ms));
            }
        }
        self.check_spans()
    }

    fn check_labels(&self) -> Result<(), StreamSpecError> {
        if !(2..=Self::MAX_LABELS).contains(&self.labels.len()) {
            let expected = format!("2 to {} entries", Self::MAX_LABELS);
            return Err(StreamSpecError::value("labels", expected, &self.labels.len()));
        }
        for (index, label) in self.labels.iter().enumerate() {
            let (expected, found) = match (label.kind, label.threshold) {
                (LabelKind::Keyword, Some(t)) if (0.0..=1.0).contains(&t) => continue,
                (LabelKind::Keyword, t) => ("in 0..=1", format!("{t:?}")),
                (_, None) => continue,
                (_, Some(t)) => ("absent for a filler class", t.to_string()),
            };
            return Err(StreamSpecError::value(format!("labels[{index}].threshold"), expected, &found));
        }
        for kind in [LabelKind::Keyword, LabelKind::Unknown] {
            if !self.labels.iter().any(|label| label.kind == kind) {
                return Err(StreamSpecError::value("labels", format!("with at least one {kind:?}"), &"none"));
            }
        }
        Ok(())
    }

    /// Checks that values which are each in range do not ask for too much together.
    fn check_spans(&self) -> Result<(), StreamSpecError> {
        let smoothing_steps = self.detector.smoothing_steps;
        let rate_hz = self.front_end.sample_rate_hz as usize;
        for (field, samples) in [
            ("network.window_frames", self.window_samples()),
            ("network.pulse_frames", self.network.pulse_frames * self.front_end.hop_samples),
            ("detector.smoothing_steps", smoothing_steps * self.step_samples()),
        ] {
            if samples > Self::MAX_SPAN_SECONDS * rate_hz {
                let expected = format!("at most {} seconds", Self::MAX_SPAN_SECONDS);
                let found = format!("{:.1}", samples as f64 / rate_hz as f64);
                return Err(StreamSpecError::value(field, expected, &found));
            }
        }
        let most = Self::MAX_SMOOTHED / self.labels.len();
        if smoothing_steps > most {
            let expected = format!("at most {most} for {} labels", self.labels.len());
            return Err(StreamSpecError::value("detector.smoothing_steps", expected, &smoothing_steps));
        }
        Ok(())
    }
}
