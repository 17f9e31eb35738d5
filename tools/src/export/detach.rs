//! What the runtime fuses while loading: a base, and a language as changes to it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use polyspot::{Base, Model};

use super::graph::{Norms, network};
use super::onnx;
use crate::adaptation::Adapter;
use crate::files::write_whole;
use crate::training::Checkpoint;

/// A checkpoint as the base that the runtime reads.
///
/// # Errors
/// When the checkpoint has no language.
pub(crate) fn base_bytes(checkpoint: &Checkpoint) -> Result<Vec<u8>> {
    let Checkpoint { about, weights, .. } = checkpoint;
    let vocabulary = about.vocabularies.first().context("the checkpoint has no language")?;
    Ok(onnx::encode_base(network(&about.recipe.network, weights, vocabulary, Norms::Apart)))
}

/// Writes a language as changes to the base's file, with its model's manifest; gives the file's length.
///
/// The file appears only if the runtime makes the model's very weights of it and the base, bit for bit.
///
/// # Errors
/// When adapter, base and model do not belong together.
pub(crate) fn write_adapter(
    checkpoint: &Checkpoint,
    base_sha256: &str,
    adapter: &Adapter,
    model: &Path,
    path: &Path,
) -> Result<usize> {
    let about = &checkpoint.about;
    ensure!(
        adapter.about.recipe.network.is_of_base(),
        "expected changes to the base's own numbers, found grafts or a side network: their language runs from a file of its own (`fuse`)"
    );
    let weights = adapter.fuse_into(about, base_sha256, &checkpoint.weights)?;
    let model = Model::from_path(model).with_context(|| format!("model {}", model.display()))?;
    let graph = network(&about.recipe.network, &weights, &adapter.about.vocabulary, Norms::Apart);
    let base = Base::from_bytes(&base_bytes(checkpoint)?)?;
    let bytes = base.adapter(&onnx::encode(&graph, model.manifest())?)?;
    let others = "base and adapter do not give the model's weights: it was fused from others";
    let fused = base.fuse(&bytes).context(others)?;
    ensure!(fused.shared_steps(&model) == fused.steps().len(), others);
    write_whole(path, &bytes)?;
    Ok(bytes.len())
}
