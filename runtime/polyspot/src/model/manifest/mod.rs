//! What a model file says of itself: one JSON text in the ONNX file's metadata.

mod interval;
mod json;
mod name;
mod truncate;

use std::collections::HashMap;

use polyspot_core::FrontEndSpec;
use polyspot_core::front_end::FrontEndSpecError;
use polyspot_core::stream::{DetectorSpec, LabelKind, LabelSpec, NetworkSpec, StreamSpec, StreamSpecError};
use serde::{Deserialize, Serialize};

pub use interval::Interval;
pub use json::JsonError;
pub(crate) use json::{from_json, to_json};
pub(crate) use truncate::truncated;

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
    /// Whether nobody but synthesisers said the keywords: then it is not known how people are heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
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
    Json(#[from] JsonError),
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
    FrontEnd(#[from] FrontEndSpecError),
}

#[expect(clippy::needless_pass_by_value, reason = "most values found are numbers")]
fn value(field: impl Into<String>, expected: impl Into<String>, found: impl ToString) -> ManifestError {
    ManifestError::Value {
        field: field.into(),
        expected: expected.into(),
        found: truncated(found.to_string()),
    }
}

impl From<StreamSpecError> for ManifestError {
    fn from(error: StreamSpecError) -> Self {
        match error {
            StreamSpecError::FrontEnd(error) => error.into(),
            StreamSpecError::Value { field, expected, found } => value(field, expected, found),
            other => value("description of a stream", "one that can be listened to", other),
        }
    }
}

impl Manifest {
    /// Key of the manifest among an ONNX file's `metadata_props`.
    pub const KEY: &'static str = "polyspot.manifest";
    /// The format's version that this library writes and reads.
    pub const VERSION: u32 = 1;
    /// Largest number of labels accepted.
    pub const MAX_LABELS: usize = StreamSpec::MAX_LABELS;
    /// Longest time that the network's window, its pulse, or all the posteriors that are averaged may take, in seconds.
    pub const MAX_SPAN_SECONDS: usize = StreamSpec::MAX_SPAN_SECONDS;
    /// Most probabilities that are averaged at once: labels times [`smoothing_steps`](DetectorSpec::smoothing_steps).
    pub const MAX_SMOOTHED: usize = StreamSpec::MAX_SMOOTHED;

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
        let Versioned { version } = from_json(text)?;
        if version != u64::from(Self::VERSION) {
            return Err(ManifestError::Version { found: version, expected: Self::VERSION });
        }
        let manifest: Self = from_json(text)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Writes the manifest as JSON.
    ///
    /// # Errors
    /// When [`Manifest::check`] refuses it: a file that could not be read back is never written.
    pub fn to_json(&self) -> Result<String, ManifestError> {
        self.check()?;
        Ok(to_json(self)?)
    }

    /// Checks every value against its range and against the others.
    ///
    /// # Errors
    /// The first value that does not fit.
    pub fn check(&self) -> Result<(), ManifestError> {
        self.stream_spec().check()?;
        let is_tag = self.language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !is_tag || !(1..=100).contains(&self.language.len()) {
            return Err(value("language", "a BCP 47 tag", format!("{:?}", self.language)));
        }
        self.check_names()
    }

    fn check_names(&self) -> Result<(), ManifestError> {
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
        }
        Ok(())
    }

    /// What streams must know of the model.
    pub fn stream_spec(&self) -> StreamSpec {
        let label = |Label { name, kind, threshold, .. }: &Label| LabelSpec {
            name: name.as_str().into(),
            kind: *kind,
            threshold: *threshold,
        };
        StreamSpec {
            language: self.language.as_str().into(),
            labels: self.labels.iter().map(label).collect(),
            front_end: self.front_end.clone(),
            network: self.network.clone(),
            detector: self.detector.clone(),
        }
    }

    /// The keywords, with the index of their output.
    pub fn keywords(&self) -> impl Iterator<Item = (usize, &Label)> {
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
}
