//! Thresholds for one model in one place.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::loaded::Model;
use crate::model::manifest::{Interval, JsonError, ManifestError, from_json};

/// Thresholds measured in one place, for one model file: JSON, to be used in place of the model's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Version of this format; see [`Profile::VERSION`].
    pub version: u32,
    /// SHA-256 of the model file, in hexadecimal: another file has other scores.
    pub model_sha256: String,
    /// The model's language, a BCP 47 tag.
    pub language: String,
    /// Thresholds of keywords, in 0..=1; a keyword that is not here keeps the model's.
    pub thresholds: BTreeMap<String, f32>,
    /// What the thresholds rest on.
    pub evidence: ProfileEvidence,
    /// Name and version of the program that wrote the file.
    pub tool: String,
}

/// The measurement behind a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileEvidence {
    /// Hours of ambient sound without keywords.
    pub ambient_hours: f64,
    /// Detections in it, at the profile's thresholds.
    pub false_alarms: u64,
    /// The most false alarms per day that were asked for.
    pub wanted_false_alarms_per_day: f64,
    /// False alarms per day as far as the ambient sound tells.
    pub false_alarms_per_day: Interval,
    /// Takes of each keyword, and how many of them are heard.
    pub takes: BTreeMap<String, Takes>,
    /// Figures of thresholds that were chosen in the same way on one half of the recordings and judged on the other, both ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutTakes>,
    /// What the data are too few for, in words.
    pub warnings: Vec<String>,
}

/// Takes of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Takes {
    /// Recorded.
    pub spoken: u64,
    /// Of these, heard at the profile's thresholds.
    pub heard: u64,
}

/// What thresholds do to recordings that they were not chosen on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOutTakes {
    /// Takes of all keywords.
    pub takes: Takes,
    /// Detections in the ambient sound.
    pub false_alarms: u64,
}

/// Why a profile was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("the profile cannot be read")]
    Io(#[from] std::io::Error),
    /// The text is no JSON of the profile's form.
    #[error("the profile cannot be read")]
    Json(#[from] JsonError),
    /// The format's version is not the one this library reads.
    #[error("the profile has version {found}, expected {expected}")]
    Version {
        /// Version found.
        found: u64,
        /// Version this library reads.
        expected: u32,
    },
    /// The profile is for another model.
    #[error("the profile is for the model with sha256 {expected}, found the model with sha256 {found}")]
    OtherModel {
        /// The hash in the profile.
        expected: String,
        /// The model's.
        found: String,
    },
    /// The model has no such keyword.
    #[error("the profile has a threshold for {keyword:?}, expected a keyword of the model ({language})")]
    UnknownKeyword {
        /// The word in the profile.
        keyword: String,
        /// The model's language.
        language: String,
    },
    /// A threshold is out of range.
    #[error(transparent)]
    Threshold(#[from] ManifestError),
}

impl Profile {
    /// The format's version that this library writes and reads.
    pub const VERSION: u32 = 1;
    /// Largest profile accepted, in bytes: more than all the words of any model take.
    pub const MAX_FILE_BYTES: u64 = 8 << 20;

    /// Reads a profile's file.
    ///
    /// # Errors
    /// When the file cannot be read, is too large or no regular one, and as [`Profile::from_json`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ProfileError> {
        Self::from_json(&polyspot_files::read_text(path.as_ref(), Self::MAX_FILE_BYTES)?)
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// When the text is no profile or has another version.
    pub fn from_json(text: &str) -> Result<Self, ProfileError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let Versioned { version } = from_json(text)?;
        if version != u64::from(Self::VERSION) {
            return Err(ProfileError::Version { found: version, expected: Self::VERSION });
        }
        Ok(from_json(text)?)
    }

    /// The model with the profile's thresholds.
    ///
    /// # Errors
    /// When the profile is for another model, names a word that is no keyword of it, or has a threshold out of range.
    pub fn apply(&self, model: Model) -> Result<Model, ProfileError> {
        if self.model_sha256 != model.sha256() {
            let (expected, found) = (self.model_sha256.clone(), model.sha256().to_owned());
            return Err(ProfileError::OtherModel { expected, found });
        }
        let manifest = model.manifest();
        if let Some(keyword) =
            self.thresholds.keys().find(|name| manifest.keywords().all(|(_, label)| label.name != **name))
        {
            let (keyword, language) = (keyword.clone(), manifest.language.clone());
            return Err(ProfileError::UnknownKeyword { keyword, language });
        }
        let thresholds: Vec<f32> = manifest
            .keywords()
            .map(|(_, label)| {
                self.thresholds.get(&label.name).copied().or(label.threshold).unwrap_or(f32::NAN)
            })
            .collect();
        let detector = manifest.detector.clone();
        Ok(model.with_decisions(detector, &thresholds)?)
    }
}
