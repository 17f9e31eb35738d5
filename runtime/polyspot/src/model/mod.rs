//! A model: checked, optimised and ready to run on any number of streams.

mod load;

use crate::engine::{Engine, EngineError, Program};
use crate::manifest::{Manifest, ManifestError};

/// A fused network with its manifest: immutable, to be shared among streams in an [`Arc`](std::sync::Arc).
pub struct Model {
    manifest: Manifest,
    sha256: String,
    parameters: usize,
    context_frames: usize,
    program: Program,
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

    /// What runs the network.
    pub fn engine(&self) -> Engine {
        self.program.engine()
    }

    /// Frames before the last one that a posterior can rest on: what was heard before them changes nothing.
    pub fn context_frames(&self) -> usize {
        self.context_frames
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
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
    /// The network is not of the family that polyspot's own kernel runs, and nothing else may run it.
    #[error("the network is not of the family that the kernel runs: {0}")]
    NotOfTheFamily(String),
    /// The engine cannot run the network as a stream.
    #[error("the network cannot be run as a stream")]
    Engine(#[source] EngineError),
}
