//! A model: checked, optimised and ready to run on any number of streams.

mod graph;
mod load;
mod pool;
mod state;

use std::error::Error;

use tract_onnx::prelude::TypedRunnableModel;

use crate::manifest::{Manifest, ManifestError};

pub(crate) use state::NetworkState;

/// A fused network with its manifest: immutable, to be shared among streams in an [`Arc`](std::sync::Arc).
pub struct Model {
    manifest: Manifest,
    sha256: String,
    parameters: usize,
    plan: std::sync::Arc<TypedRunnableModel>,
    /// Posteriors that the engine delivers before the first one of the stream.
    delay_steps: usize,
}

impl Model {
    /// What the model says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the model file, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Number of the network's parameters (values in its initialisers).
    pub fn parameters(&self) -> usize {
        self.parameters
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("language", &self.manifest.language)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// Why a model file was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
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
    /// The bytes are no ONNX model.
    #[error("the file is no ONNX model: {0}")]
    NotOnnx(String),
    /// The ONNX file has no manifest: it is no polyspot model.
    #[error("the ONNX file has no metadata entry {:?}: it was not written for polyspot", Manifest::KEY)]
    NoManifest,
    /// The manifest was refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The network is not of the form that polyspot runs, or is at odds with its manifest.
    #[error("the network's {part} must be {expected}, found {found}")]
    Graph {
        /// The part of the graph.
        part: String,
        /// What was expected of it.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The engine cannot run the network as a stream.
    #[error("the network cannot be run as a stream")]
    Engine(#[source] EngineError),
}

/// The inference engine failed.
#[derive(Debug, thiserror::Error)]
#[error("the inference engine failed: {0}")]
pub struct EngineError(Box<dyn Error + Send + Sync>);

impl EngineError {
    pub(crate) fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }

    /// From the engine's own error type, whose message with causes is kept but not its type.
    fn engine(error: &tract_onnx::prelude::TractError) -> Self {
        Self(format!("{error:#}").into())
    }
}
