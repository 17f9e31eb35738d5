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
//!     for heard in spotter.push(&samples)? {
//!         println!("{} ({:.2})", heard.keyword, heard.score);
//!     }
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
mod gated;
mod model;

pub use polyspot_core as core;
pub use polyspot_core::front_end;
pub use polyspot_core::stream::{Detection, EngineError};

pub use gated::{GatedSpotter, Wake, WakeError};
pub use model::{Base, Engine, Manifest, Model, ModelError, ModelStore, StoreError};

/// Listens to one stream of audio with [`Model`]s.
pub type Spotter = polyspot_core::Spotter<Model>;

/// What a [`Manifest`] is made of.
pub mod manifest {
    pub use polyspot_core::stream::{DetectorSpec, LabelKind, NetworkSpec};

    pub use crate::model::{
        DataSource, Evidence, HeldOut, Interval, JsonError, KeywordEvidence, Label, ManifestError,
        NegativeEvidence,
    };
}

/// The ONNX file of a model: why one is refused.
pub mod onnx {
    pub use crate::model::{FileError, GraphError};
}

/// The network in a model file as a [`Graph`](graph::Graph) of operations: to be looked at, or to be
/// made and written.
pub mod graph {
    pub use crate::model::{Graph, Node, Numbers, Operation, Tensor, Value, Window};
}

/// What [`Base`]s and their adapters are made with, and why none comes of them.
pub mod base {
    pub use crate::model::{BaseError, Normalisation};
}

/// New words from a few takes, without training: [`enrol`](enrolment::enrol).
pub mod enrolment {
    pub use polyspot_core::enrolment::{Enrolled, EnrolmentError, FillerGatherer, FillerStatistics};

    pub use crate::model::{
        EnrolError, NewWord, add_filler_statistics, add_word, enrol, filler_statistics, learn,
    };
}

/// Thresholds for one place, which a [`ModelStore`] gives a model.
pub mod profile {
    pub use crate::model::{HeldOutTakes, Profile, ProfileError, ProfileEvidence, Takes};
}

/// One stream of audio, part by part: what a [`Spotter`] is made of.
pub mod stream {
    pub use polyspot_core::stream::{
        Decision, Detector, Gate, GateEvent, GateSpec, LanguageIdentifier, MismatchError, Posterior,
        StreamSpec,
    };

    use crate::Model;

    /// One stream's way from samples to posteriors of [`Model`]s.
    pub type PosteriorStream = polyspot_core::PosteriorStream<Model>;
    /// The networks of one stream's [`Model`]s.
    pub type NetworkState = polyspot_core::stream::NetworkState<Model>;
}
