//! A model: checked, optimised and ready to run on any number of streams.

mod load;

use std::fmt;

use crate::engine::{Engine, EngineError, Program, StepCost, kernel};
use crate::manifest::{DetectorSpec, LabelKind, Manifest, ManifestError};

pub(crate) use load::{copied, decode, decode_onnx, read, read_pinned, sha256};

/// A fused network with its manifest: immutable, to be shared among streams in an [`Arc`](std::sync::Arc).
pub struct Model {
    manifest: Manifest,
    sha256: String,
    parameters: usize,
    context_frames: usize,
    macs_per_frame: f64,
    program: Program,
}

impl Model {
    /// What the model says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the model file, or of the adapter that was fused into a [`Base`](crate::Base), in hexadecimal.
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

    /// Multiply-accumulates that running it takes for each frame, on the average; a bound as engines pack it.
    pub(crate) fn macs_per_frame(&self) -> f64 {
        self.macs_per_frame
    }

    /// Whether one stream can be heard by both models at once.
    ///
    /// # Errors
    /// In what they differ: front end, stride and pulse must be the same.
    pub fn can_listen_with(&self, other: &Self) -> Result<(), MismatchError> {
        let mismatch = |what: &'static str, own: &dyn fmt::Debug, others: &dyn fmt::Debug| MismatchError {
            languages: [&self.manifest, &other.manifest].map(|manifest| manifest.language.clone()),
            what,
            found: [format!("{own:?}"), format!("{others:?}")],
        };
        let (a, b) = (&self.manifest, &other.manifest);
        if a.front_end != b.front_end {
            return Err(mismatch("front end", &a.front_end, &b.front_end));
        }
        let rhythm = |manifest: &Manifest| (manifest.network.stride_frames, manifest.network.pulse_frames);
        if rhythm(a) != rhythm(b) {
            return Err(mismatch("stride and pulse in frames", &rhythm(a), &rhythm(b)));
        }
        Ok(())
    }

    /// The same network with other decisions: periods of the detector, and a threshold for each keyword in the manifest's
    /// order. The evidence behind the thresholds that were there is no longer true of it and is left out.
    ///
    /// # Errors
    /// When a value is out of range.
    ///
    /// # Panics
    /// If `thresholds.len()` != the number of keywords.
    pub fn with_decisions(
        mut self,
        detector: DetectorSpec,
        thresholds: &[f32],
    ) -> Result<Self, ManifestError> {
        let manifest = &mut self.manifest;
        assert_eq!(thresholds.len(), manifest.keywords().count(), "thresholds for the keywords");
        let keywords = manifest.labels.iter_mut().filter(|label| label.kind == LabelKind::Keyword);
        for (label, &threshold) in keywords.zip(thresholds) {
            label.threshold = Some(threshold);
        }
        manifest.detector = detector;
        manifest.evidence = None;
        manifest.check()?;
        Ok(self)
    }

    /// What the network's steps are called and cost, in their order; none unless the kernel runs it.
    pub fn steps(&self) -> &[StepCost] {
        self.network().map_or(&[], |network| &network.costs)
    }

    /// How many of their first steps two networks have in common, bit for bit: a stream that both hear runs them once. 0 unless
    /// the kernel runs both.
    pub fn shared_steps(&self, other: &Self) -> usize {
        self.network().zip(other.network()).map_or(0, |(a, b)| kernel::shared_steps(a, b))
    }

    /// The network, if the kernel runs it.
    pub(crate) fn network(&self) -> Option<&kernel::Network> {
        match &self.program {
            Program::Kernel(network) => Some(network),
            #[cfg(feature = "tract")]
            Program::Tract(_) => None,
        }
    }

    /// The plan, if tract runs it.
    #[cfg(feature = "tract")]
    pub(crate) fn plan(&self) -> Option<&crate::engine::tract::Plan> {
        match &self.program {
            Program::Kernel(_) => None,
            Program::Tract(plan) => Some(plan),
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("language", &self.manifest.language)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// Two models cannot hear one stream together.
#[derive(Debug, thiserror::Error)]
#[error("the models {} and {} differ in {what}: {} and {}", languages[0], languages[1], found[0], found[1])]
pub struct MismatchError {
    languages: [String; 2],
    what: &'static str,
    found: [String; 2],
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
    /// The manifest was refused.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
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
    #[error("the ONNX file has no metadata entry {:?}: it is no base", crate::Base::KEY)]
    NotABase,
    /// The ONNX file is no adapter, where one was expected.
    #[error("the ONNX file has no metadata entry {:?}: it is no adapter", crate::Base::ADAPTER_KEY)]
    NotAnAdapter,
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
    /// Adapters are fused for the kernel; another engine was to run one.
    #[error("an adapter is run by the kernel only, not by {0}: fuse it to a model file")]
    AdapterFor(Engine),
    /// The engine cannot run the network as a stream.
    #[error("the network cannot be run as a stream")]
    Engine(#[source] EngineError),
}
