//! What a model file says of itself: one JSON text in the ONNX file's metadata.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::front_end::FrontEndSpec;
use crate::interval::Interval;
use crate::name;
use crate::quote::{of_json, shortened};

/// A model's description of itself, kept in the ONNX `metadata_props` entry [`Manifest::KEY`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format; see [`Manifest::VERSION`].
    pub version: u32,
    /// Language of the keywords, as a BCP 47 tag, for example `en` or `zh-Hans`.
    pub language: String,
    /// One label per output of the network, in the network's order.
    pub labels: Vec<Label>,
    /// The features the network was trained on.
    pub front_end: FrontEndSpec,
    /// How the network moves through time.
    pub network: NetworkSpec,
    /// How posteriors become detections.
    pub detector: DetectorSpec,
    /// What the thresholds rest on; absent when they were not calibrated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// SHA-256 of the base checkpoint, in hexadecimal.
    pub base_sha256: String,
    /// SHA-256 of the adapter that was fused into the base, in hexadecimal; absent for the base itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter_sha256: Option<String>,
    /// The recordings the model was trained on.
    pub training_data: Vec<DataSource>,
    /// Name and version of the tool that wrote the file.
    pub tool: String,
}

/// One output of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The word as written in its language, or the name of the filler class: in Unicode's normal form C, at most 80 characters,
    /// none of them hidden, and not to be mistaken for another label's.
    pub name: String,
    /// What kind of class it is.
    pub kind: LabelKind,
    /// The detector's threshold on the smoothed posterior, in 0..=1; keywords only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// Meaning in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gloss: Option<String>,
    /// The word in Latin letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub romanisation: Option<String>,
}

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelKind {
    /// A word to be detected.
    Keyword,
    /// Filler: any other word.
    Unknown,
    /// No speech: silence or noise.
    Silence,
}

/// How the network moves through time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// Frames from one posterior to the next: the network's total stride in time.
    pub stride_frames: usize,
    /// Frames of audio that one posterior is about (the pooling window).
    pub window_frames: usize,
    /// Frames that the runtime feeds to the network at once; a multiple of `stride_frames`.
    pub pulse_frames: usize,
}

/// How posteriors become detections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorSpec {
    /// Posteriors averaged before the threshold is applied.
    pub smoothing_steps: usize,
    /// Time after a detection in which the same keyword is not detected again, in milliseconds; another is not within half of it.
    pub refractory_ms: u32,
    /// Time that a keyword above its threshold may keep rising before it is reported, in milliseconds; 480 where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_wait_ms: Option<u32>,
}

/// The measurement behind a model's thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Share of spoken keywords that were missed, in 0..=1.
    pub false_reject_rate: f64,
    /// Keyword recordings played.
    pub keyword_clips: usize,
    /// False alarms per hour of audio without keywords.
    pub false_alarms_per_hour: f64,
    /// Hours of audio without keywords.
    pub hours: f64,
    /// The data sets used, in words.
    pub data: String,
    // What follows came later: files without it load, and are written as they were.
    /// Where the false-reject rate may truly lie (Wilson, 95 %).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_reject_interval: Option<Interval>,
    /// False alarms counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_alarms: Option<u64>,
    /// Where the false alarms per hour may truly lie (exact Poisson, 95 %).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_alarms_per_hour_interval: Option<Interval>,
    /// The most false alarms per hour that the thresholds were chosen for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_false_alarms_per_hour: Option<f64>,
    /// The same measurement with thresholds chosen on one half of the data and judged on the other, so that the choice does
    /// not flatter itself: share missed and false alarms per hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOut>,
    /// Each keyword's share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<KeywordEvidence>,
    /// The audio without keywords, by kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negatives: Vec<NegativeEvidence>,
}

/// Audio without keywords of one kind, and what was heard in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NegativeEvidence {
    /// Its name: a source, a language, a style.
    pub name: String,
    /// Hours of it.
    pub hours: f64,
    /// False alarms in it.
    pub false_alarms: u64,
}

/// Figures on data that the thresholds were not chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Share of spoken keywords that were missed, in 0..=1.
    pub false_reject_rate: f64,
    /// False alarms per hour.
    pub false_alarms_per_hour: f64,
}

/// A keyword's share of the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeywordEvidence {
    /// The keyword.
    pub keyword: String,
    /// Recordings of it played.
    pub clips: u64,
    /// Of these, missed.
    pub missed: u64,
    /// False alarms with it.
    pub false_alarms: u64,
}

/// Recordings a model was trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSource {
    /// Name of the data set.
    pub name: String,
    /// Its licence, as an SPDX identifier where there is one.
    pub licence: String,
    /// Whom to credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
}

/// Why a manifest was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The text is no JSON of the manifest's form.
    #[error("the manifest cannot be read")]
    Json(#[from] serde_json::Error),
    /// The format's version is not the one this library reads.
    #[error("the manifest has version {found}, expected {expected}")]
    Version {
        /// Version found.
        found: u64,
        /// Version this library reads.
        expected: u32,
    },
    /// A value is out of range or at odds with another.
    #[error("the manifest's {field} must be {expected}, found {found}")]
    Value {
        /// The field.
        field: String,
        /// What was expected of it.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The front end cannot be computed.
    #[error(transparent)]
    FrontEnd(#[from] crate::front_end::FrontEndSpecError),
}

#[expect(clippy::needless_pass_by_value, reason = "most values found are numbers")]
fn value(field: impl Into<String>, expected: impl Into<String>, found: impl ToString) -> ManifestError {
    ManifestError::Value {
        field: field.into(),
        expected: expected.into(),
        found: shortened(found.to_string()),
    }
}

impl Manifest {
    /// Key of the manifest among an ONNX file's `metadata_props`.
    pub const KEY: &'static str = "polyspot.manifest";
    /// The format's version that this library writes and reads.
    pub const VERSION: u32 = 1;
    /// Largest number of labels accepted.
    pub const MAX_LABELS: usize = 4_096;
    /// Longest time that the network's window, its pulse, or all the posteriors that are averaged may take, in seconds.
    pub const MAX_SPAN_SECONDS: usize = 10;
    /// Most probabilities that are averaged at once: labels times [`smoothing_steps`](DetectorSpec::smoothing_steps).
    pub const MAX_SMOOTHED: usize = 1 << 17;

    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// When the text is no manifest, has another version, or fails [`Manifest::check`].
    pub fn from_json(text: &str) -> Result<Self, ManifestError> {
        // The version decides how the rest is to be read, so it is looked at first.
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let Versioned { version } = of_json(text)?;
        if version != u64::from(Self::VERSION) {
            return Err(ManifestError::Version { found: version, expected: Self::VERSION });
        }
        let manifest: Self = of_json(text)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Writes the manifest as JSON.
    ///
    /// # Errors
    /// When [`Manifest::check`] refuses it: a file that could not be read back is never written.
    pub fn to_json(&self) -> Result<String, ManifestError> {
        self.check()?;
        Ok(serde_json::to_string(self)?)
    }

    /// Checks every value against its range and against the others.
    ///
    /// # Errors
    /// The first value that does not fit.
    pub fn check(&self) -> Result<(), ManifestError> {
        self.front_end.check()?;
        let is_tag = self.language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_tag || !(1..=100).contains(&self.language.len()) {
            return Err(value("language", "a BCP 47 tag", format!("{:?}", self.language)));
        }
        self.check_labels()?;
        let NetworkSpec { stride_frames, window_frames, pulse_frames } = self.network;
        if !(1..=1_000).contains(&stride_frames) {
            return Err(value("network.stride_frames", "in 1..=1000", stride_frames));
        }
        if !(stride_frames..=10_000).contains(&window_frames) {
            return Err(value("network.window_frames", format!("in {stride_frames}..=10000"), window_frames));
        }
        if pulse_frames == 0 || pulse_frames > 10_000 || !pulse_frames.is_multiple_of(stride_frames) {
            let expected = format!("a multiple of stride_frames ({stride_frames}) up to 10000");
            return Err(value("network.pulse_frames", expected, pulse_frames));
        }
        if !(1..=1_000).contains(&self.detector.smoothing_steps) {
            return Err(value("detector.smoothing_steps", "in 1..=1000", self.detector.smoothing_steps));
        }
        if self.detector.refractory_ms > 60_000 {
            return Err(value("detector.refractory_ms", "at most 60000", self.detector.refractory_ms));
        }
        self.check_spans()
    }

    /// Checks that values which are each in range do not ask for too much together.
    fn check_spans(&self) -> Result<(), ManifestError> {
        let smoothing_steps = self.detector.smoothing_steps;
        let rate_hz = self.front_end.sample_rate_hz as usize;
        for (field, samples) in [
            ("network.window_frames", self.window_samples()),
            ("network.pulse_frames", self.network.pulse_frames * self.front_end.hop_samples),
            ("detector.smoothing_steps", smoothing_steps * self.step_samples()),
        ] {
            if samples > Self::MAX_SPAN_SECONDS * rate_hz {
                let expected = format!("at most {} seconds", Self::MAX_SPAN_SECONDS);
                return Err(value(field, expected, format!("{:.1}", samples as f64 / rate_hz as f64)));
            }
        }
        let most = Self::MAX_SMOOTHED / self.labels.len();
        if smoothing_steps > most {
            let expected = format!("at most {most} for {} labels", self.labels.len());
            return Err(value("detector.smoothing_steps", expected, smoothing_steps));
        }
        Ok(())
    }

    fn check_labels(&self) -> Result<(), ManifestError> {
        if !(2..=Self::MAX_LABELS).contains(&self.labels.len()) {
            let expected = format!("2 to {} entries", Self::MAX_LABELS);
            return Err(value("labels", expected, self.labels.len()));
        }
        let mut looks = HashMap::new();
        for (index, label) in self.labels.iter().enumerate() {
            let field = format!("labels[{index}]");
            if let Some(expected) = name::expected_of(&label.name) {
                return Err(value(field, expected, format!("{:?}", label.name)));
            }
            if let Some(other) = looks.insert(name::look(&label.name), &label.name) {
                let found = if *other == label.name {
                    format!("{other:?} again")
                } else {
                    format!("{:?}, which looks like {other:?}", label.name)
                };
                return Err(value(field, "unlike the others", found));
            }
            match (label.kind, label.threshold) {
                (LabelKind::Keyword, Some(t)) if (0.0..=1.0).contains(&t) => {}
                (LabelKind::Keyword, t) => {
                    return Err(value(field + ".threshold", "in 0..=1", format!("{t:?}")));
                }
                (_, None) => {}
                (_, Some(t)) => return Err(value(field + ".threshold", "absent for a filler class", t)),
            }
        }
        for kind in [LabelKind::Keyword, LabelKind::Unknown] {
            if !self.labels.iter().any(|label| label.kind == kind) {
                return Err(value("labels", format!("with at least one {kind:?}"), "none"));
            }
        }
        Ok(())
    }

    /// The keywords, with the index of their output.
    pub fn keywords(&self) -> impl Iterator<Item = (usize, &Label)> {
        self.labels.iter().enumerate().filter(|(_, label)| label.kind == LabelKind::Keyword)
    }

    /// Samples of audio that one posterior is about.
    pub fn window_samples(&self) -> usize {
        (self.network.window_frames - 1) * self.front_end.hop_samples + self.front_end.frame_samples
    }

    /// Samples from one posterior to the next.
    pub fn step_samples(&self) -> usize {
        self.network.stride_frames * self.front_end.hop_samples
    }
}
