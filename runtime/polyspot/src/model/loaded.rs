//! A model: checked, optimised and ready to run on any number of streams.

use std::fmt;

use polyspot_core::kernel::{Network, StepCost};
use polyspot_core::stream::{DetectorSpec, LabelKind, MismatchError, StreamModel, StreamSpec};

use super::engine::Engine;
use super::manifest::{Manifest, ManifestError};

/// A fused network with its manifest: immutable, to be shared among streams in an [`Arc`](std::sync::Arc).
pub struct Model {
    pub(super) manifest: Manifest,
    pub(super) sha256: String,
    pub(super) parameters: usize,
    pub(super) stream: StreamModel,
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

    /// The part of the manifest that streams need.
    pub fn spec(&self) -> &StreamSpec {
        self.stream.spec()
    }

    /// What runs the network.
    pub fn engine(&self) -> Engine {
        if self.network().is_some() { Engine::Kernel } else { Engine::Tract }
    }

    /// Frames before the last one that a posterior can rest on: what was heard before them changes nothing.
    pub fn context_frames(&self) -> usize {
        self.stream.context_frames()
    }

    /// Multiply-accumulates of the network's convolutions for each frame, on the average.
    pub fn macs_per_frame(&self) -> f64 {
        self.stream.cost().macs_per_frame
    }

    /// Whether one stream can be heard by both models at once.
    ///
    /// # Errors
    /// In what they differ: front end, stride and pulse must be the same.
    pub fn can_listen_with(&self, other: &Self) -> Result<(), MismatchError> {
        self.stream.can_listen_with(&other.stream)
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
        self.stream = self.stream.with_spec(manifest.stream_spec())?;
        Ok(self)
    }

    /// What the network's steps are called and cost, in their order; none unless the kernel runs it.
    pub fn steps(&self) -> &[StepCost] {
        self.network().map_or(&[], Network::costs)
    }

    /// How many of their first steps two networks have in common, bit for bit: a stream that both hear runs them once. 0 unless
    /// the kernel runs both.
    pub fn shared_steps(&self, other: &Self) -> usize {
        self.network().zip(other.network()).map_or(0, |(own, other)| own.shared_steps(other))
    }

    /// The network, if the kernel runs it.
    fn network(&self) -> Option<&Network> {
        self.stream.network()
    }
}

impl AsRef<StreamModel> for Model {
    fn as_ref(&self) -> &StreamModel {
        &self.stream
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
