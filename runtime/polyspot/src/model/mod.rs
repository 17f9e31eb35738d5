//! A model: its file, what the file says of itself, and what runs its network.
//!
//! Each part uses those before it only: `manifest`, `graph`, `engine`, `error`, `onnx`,
//! `tract`, `file`, `loaded` with `load`, `base`, `store`, `enrolment`.

mod base;
mod engine;
mod enrolment;
mod error;
mod file;
mod graph;
mod load;
mod loaded;
mod manifest;
mod onnx;
mod store;
#[cfg(feature = "tract")]
mod tract;

pub use base::{Base, Normalisation};
pub use engine::Engine;
pub use enrolment::{EnrolError, NewWord, add_filler_statistics, add_word, enrol, filler_statistics, learn};
pub use error::{BaseError, FileError, ModelError};
pub use graph::{Graph, GraphError, Node, Numbers, Operation, Tensor, Value, Window};
pub use loaded::Model;
pub use manifest::{
    DataSource, Evidence, HeldOut, Interval, JsonError, KeywordEvidence, Label, Manifest, ManifestError,
    NegativeEvidence,
};
pub use store::{HeldOutTakes, ModelStore, Profile, ProfileError, ProfileEvidence, StoreError, Takes};
