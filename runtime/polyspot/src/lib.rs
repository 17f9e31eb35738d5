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
//!
//! What hears a stream is the crate [`polyspot_core`], which needs no files and no operating system; this one adds model files
//! and, in [`evaluation`], what programs measure models with.

pub mod evaluation;
mod model;

pub use polyspot_core as core;
pub use polyspot_core::front_end::{
    Dct, FrontEnd, FrontEndSpec, FrontEndSpecError, MelScale, WindowFunction,
};
pub use polyspot_core::kernel::StepCost;
pub use polyspot_core::simd::Instructions;
pub use polyspot_core::stream::{
    Decision, Detection, Detector, DetectorSpec, EngineError, LabelKind, LanguageIdentifier, MismatchError,
    NetworkSpec, Posterior, StreamSpec,
};

pub use evaluation::{ClipClassifier, Confusion, Trace, TraceRecorder};
pub use model::{
    Base, DataSource, Engine, Evidence, HeldOut, HeldOutTakes, Interval, KeywordEvidence, Label, Manifest,
    ManifestError, Model, ModelError, ModelStore, NegativeEvidence, Normalisation, Profile, ProfileError,
    ProfileEvidence, StoreError, Takes,
};

/// Listens to one stream of audio with [`Model`]s.
pub type Spotter = polyspot_core::Spotter<Model>;
/// One stream's way from samples to posteriors of [`Model`]s.
pub type PosteriorStream = polyspot_core::PosteriorStream<Model>;
/// The networks of one stream's [`Model`]s.
pub type NetworkState = polyspot_core::stream::NetworkState<Model>;
