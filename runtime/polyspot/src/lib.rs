//! Keyword spotting on the device, in any language: audio in, detections out.
//!
//! A [`Model`] is one ONNX file that explains itself: its [`Manifest`] names the language, the keywords, the
//! front end and the evidence behind its thresholds. A [`Spotter`] listens to one stream of audio with it.
//!
//! ```no_run
//! use std::sync::Arc;
//! use polyspot::{Model, Spotter};
//!
//! # fn microphone() -> Vec<Vec<f32>> { vec![] }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Arc::new(Model::from_path("models/en.onnx")?);
//! let mut spotter = Spotter::new(model)?;
//! for samples in microphone() {
//!     // 16 kHz mono f32, in slices of any length.
//!     spotter.push(&samples, |heard| println!("{} ({:.2})", heard.keyword, heard.score))?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The library opens no device, spawns no thread, reads no environment variable, prints nothing and keeps no
//! global state.

mod aligned;
mod base;
mod bases;
mod clip;
mod confusion;
mod detection;
mod detector;
mod engine;
mod front_end;
mod guess;
mod history;
mod instructions;
mod interval;
mod manifest;
mod model;
mod name;
mod onnx;
mod posterior;
mod profile;
mod quote;
mod spotter;
mod store;
mod trace;

pub use base::{Base, Normalisation};
pub use clip::ClipClassifier;
pub use confusion::Confusion;
pub use detection::Detection;
pub use detector::{Decision, Detector};
pub use engine::{Engine, EngineError, NetworkState, StepCost};
pub use front_end::{Dct, FrontEnd, FrontEndSpec, FrontEndSpecError, MelScale, WindowFunction};
pub use guess::LanguageGuess;
pub use instructions::Instructions;
pub use interval::Interval;
pub use manifest::{
    DataSource, DetectorSpec, Evidence, HeldOut, KeywordEvidence, Label, LabelKind, Manifest, ManifestError,
    NegativeEvidence, NetworkSpec,
};
pub use model::{MismatchError, Model, ModelError};
pub use posterior::{Posterior, PosteriorStream};
pub use profile::{HeldOutTakes, Profile, ProfileError, ProfileEvidence, Takes};
pub use spotter::Spotter;
pub use store::{ModelStore, StoreError};
pub use trace::{Trace, TraceRecorder};
