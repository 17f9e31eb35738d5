//! From weights to the one ONNX file that the runtime reads.

mod detach;
mod difference;
mod graph;
mod onnx;
mod verify;

use std::path::Path;

use anyhow::{Context, Result};
pub(crate) use detach::{base_bytes, write_adapter};
pub(crate) use difference::difference;
pub(crate) use onnx::{read_graph, read_model};
use polyspot::front_end::FrontEndSpec;
use polyspot::manifest::{DetectorSpec, NetworkSpec};
use polyspot::{Manifest, Model};
use rand::SeedableRng;
use rand::rngs::StdRng;

use self::graph::Norms;
use self::onnx::encode;
use crate::enrolment::{Filler, with_statistics};
use crate::files::write_checked;
use crate::network::{NetworkShape, Weights};
use crate::training::Checkpoint;
use crate::training::loss::RUN_STEPS;
use crate::training::vocabulary::Vocabulary;

/// Frames that the runtime gives the network at once: two posteriors, 80 ms.
const PULSE_STEPS: usize = 2;
/// Threshold of every keyword until `calibrate` has found better ones.
pub(crate) const UNCALIBRATED_THRESHOLD: f32 = 0.6;

/// Frames that a detection is said to span, at least: about a second, in which a word has room.
const LEAST_WINDOW_FRAMES: usize = 96;

/// What a model says of itself before it was calibrated and before anything is known of where it came from.
pub(crate) fn manifest(shape: &NetworkShape, vocabulary: &Vocabulary, front_end: &FrontEndSpec) -> Manifest {
    Manifest {
        version: Manifest::VERSION,
        language: vocabulary.language.clone(),
        labels: vocabulary.manifest_labels(UNCALIBRATED_THRESHOLD),
        front_end: front_end.clone(),
        network: NetworkSpec {
            stride_frames: shape.stride_frames(),
            window_frames: shape
                .window_frames()
                .max(LEAST_WINDOW_FRAMES.next_multiple_of(shape.stride_frames())),
            pulse_frames: shape.stride_frames() * PULSE_STEPS,
        },
        detector: DetectorSpec { smoothing_steps: RUN_STEPS, refractory_ms: 480, peak_wait_ms: Some(80) },
        evidence: None,
        base_sha256: String::new(),
        adapter_sha256: None,
        training_data: Vec::new(),
        tool: concat!("polyspot-tools ", env!("CARGO_PKG_VERSION")).into(),
    }
}

/// Checks that a model can bear these words: its language and the names of its keywords.
///
/// # Errors
/// When a model of them would be refused.
pub(crate) fn check_words(vocabulary: &Vocabulary) -> Result<()> {
    manifest(&NetworkShape::default(), vocabulary, &FrontEndSpec::default())
        .check()
        .with_context(|| format!("no model can have the words of {:?}", vocabulary.language))
}

/// One language's fused network, as the library runs it.
pub(crate) fn model(
    shape: &NetworkShape,
    weights: &Weights,
    vocabulary: &Vocabulary,
    front_end: &FrontEndSpec,
) -> Result<Model> {
    let manifest = manifest(shape, vocabulary, front_end);
    Ok(Model::from_bytes(&encode(&graph::network(shape, weights, vocabulary, Norms::Folded), &manifest)?)?)
}

/// Writes one language's fused network with its manifest.
///
/// The file takes its final name only after the runtime has read it and its posteriors agree with the
/// trainer's own. It says what speech and noise without keywords are like to it, if there is any, so that words can be enrolled.
pub(crate) fn write_model(
    shape: &NetworkShape,
    weights: &Weights,
    vocabulary: &Vocabulary,
    manifest: &Manifest,
    filler: &Filler,
    path: &Path,
) -> Result<verify::Agreement> {
    let bytes = encode(&graph::network(shape, weights, vocabulary, Norms::Folded), manifest)?;
    // Words are enrolled into what the kernel runs, which is no side network.
    let says_nothing = filler.is_empty() || shape.side > 0;
    let bytes = if says_nothing { bytes } else { with_statistics(&bytes, filler)? };
    let mut agreement = None;
    write_checked(path, &bytes, |file| {
        agreement = Some(verify::agree(file, shape, weights, vocabulary)?);
        Ok(())
    })?;
    agreement.context("the model was not compared with the trainer")
}

/// Writes a checkpoint's network as a model like another: with its manifest, and a head of so many classes that was
/// never trained. For measuring what a language costs.
pub(crate) fn write_as(base: &Checkpoint, manifest: &Manifest, classes: usize, path: &Path) -> Result<()> {
    let shape = &base.about.recipe.network;
    let vocabulary = Vocabulary {
        language: manifest.language.clone(),
        words: (2..classes).map(|word| word.to_string()).collect(),
        keywords: manifest.keywords().count(),
    };
    let heads = std::slice::from_ref(&vocabulary);
    let weights = base.with_heads(heads, 0, &mut StdRng::seed_from_u64(0))?;
    let bytes = encode(&graph::network(shape, &weights, &vocabulary, Norms::Folded), manifest)?;
    crate::files::write_whole(path, &bytes)
}

/// Replaces the manifest of a model file; the network, and what it says of other speech, stay bit for bit.
pub(crate) fn rewrite_manifest(source: &Path, manifest: &Manifest, target: &Path) -> Result<()> {
    let bytes = Model::replace_manifest(&read_model(source)?, manifest)
        .with_context(|| format!("model {}", source.display()))?;
    write_checked(target, &bytes, |file| {
        polyspot::Model::from_bytes(file)?;
        Ok(())
    })
}
