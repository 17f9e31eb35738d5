//! Why a model file was refused.

use polyspot_core::stream::{EngineError, StreamSpecError};

use super::engine::Engine;
use super::graph::GraphError;
use super::manifest::{Manifest, ManifestError};

/// Key of a base's entry among an ONNX file's `metadata_props`.
pub(super) const BASE_KEY: &str = "polyspot.base";
/// Key of an adapter's entry.
pub(super) const ADAPTER_KEY: &str = "polyspot.adapter";

/// Why a model file was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file is not one that can hold a model.
    #[error(transparent)]
    File(#[from] FileError),
    /// The manifest was refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The network is not of the form that polyspot runs, or is at odds with its manifest.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A base or an adapter was refused, or stands where a model was expected.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// The network is not of the family that polyspot's own kernel runs, and nothing else may run it.
    #[error("the network is not of the family that the kernel runs: {0}")]
    NotOfTheFamily(String),
    /// The library was compiled without the engine that was to run the network.
    #[error("the engine {0} is not part of this program: it was compiled without it")]
    NoEngine(Engine),
    /// The engine cannot run the network as a stream.
    #[error("the network cannot be run as a stream")]
    Engine(#[source] EngineError),
}

/// Why a file cannot hold a model, a base or an adapter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read.
    #[error("the model file cannot be read")]
    Io(#[from] std::io::Error),
    /// The file is larger than any model.
    #[error("the model file has {found} bytes, expected at most {limit}")]
    TooLarge {
        /// Bytes found, or more.
        found: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The file is another than the one that is wanted.
    #[error("the file must have SHA-256 {expected}, found {found}")]
    OtherFile {
        /// SHA-256 of the file that is wanted, in hexadecimal.
        expected: String,
        /// SHA-256 of the file at hand.
        found: String,
    },
    /// The file would be far larger in memory.
    #[error("the ONNX file has {found} parts or more (fields of its messages), expected at most {limit}")]
    TooManyParts {
        /// Parts found.
        found: usize,
        /// Parts allowed.
        limit: usize,
    },
    /// The bytes are no ONNX model.
    #[error("the file is no ONNX model: {0}")]
    NotOnnx(String),
    /// The ONNX file has no manifest: it is no polyspot model.
    #[error("the ONNX file has no metadata entry {:?}: it was not written for polyspot", Manifest::KEY)]
    NoManifest,
    /// What a base or an adapter says of itself cannot be read, or is of another version.
    #[error("the metadata entry {key:?} must be {expected}, found {found}")]
    Metadata {
        /// The entry.
        key: &'static str,
        /// What was expected of it.
        expected: String,
        /// What was found.
        found: String,
    },
}

/// Why no model is made of a base and an adapter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaseError {
    /// The file is an adapter, where a model was expected.
    #[error("the file is an adapter: it makes a model with its base, whose SHA-256 is {base_sha256}")]
    IsAdapter {
        /// SHA-256 of the base's file.
        base_sha256: String,
    },
    /// The file is a base, where a model was expected.
    #[error("the file is a base: it makes a model with an adapter")]
    IsBase,
    /// The ONNX file is no base, where one was expected.
    #[error("the ONNX file has no metadata entry {:?}: it is no base", BASE_KEY)]
    NotABase,
    /// The ONNX file is no adapter, where one was expected.
    #[error("the ONNX file has no metadata entry {:?}: it is no adapter", ADAPTER_KEY)]
    NotAnAdapter,
    /// The adapter was made for another base.
    #[error("the adapter was made for the base with SHA-256 {expected}, found {found}")]
    OtherBase {
        /// SHA-256 of the adapter's base.
        expected: String,
        /// SHA-256 of the base at hand, or of each of those.
        found: String,
    },
    /// A change does not fit the base.
    #[error("the adapter's change of {tensor:?} must be {expected}, found {found}")]
    Change {
        /// The initialiser.
        tensor: String,
        /// What was expected of it.
        expected: String,
        /// What was found.
        found: String,
    },
    /// Adapters are fused for the kernel; another engine was to run one.
    #[error("an adapter is run by the kernel only, not by {0}: fuse it to a model file")]
    AdapterFor(Engine),
}

impl From<StreamSpecError> for ModelError {
    fn from(error: StreamSpecError) -> Self {
        Self::Manifest(error.into())
    }
}
