//! `polyspot-tools fuse`: a checkpoint's network for one language as one ONNX file.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use polyspot::{DataSource, DetectorSpec, Manifest, NetworkSpec};
use serde::Deserialize;

use crate::export::{PULSE_STEPS, write_model};
use crate::training::Checkpoint;
use crate::training::checkpoint::file_sha256;

/// Threshold of a model that has not been calibrated yet.
const UNCALIBRATED_THRESHOLD: f32 = 0.8;

/// Write one language of a checkpoint as an ONNX model.
///
/// The file appears only after the runtime has run it and its posteriors agree with the trainer's to 1e-4.
/// Thresholds are provisional until `calibrate` has measured them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Checkpoint that `train` wrote
    #[arg(long, value_name = "FILE")]
    base: PathBuf,
    /// Language of the model, as a BCP 47 tag; may be left out if the checkpoint has only one
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// JSON with what the model is to say of its data: `{"training_data": [{"name", "licence", "attribution"}]}`
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// Model to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What the maker of a model says of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    training_data: Vec<DataSource>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Checkpoint { about, weights, .. } = Checkpoint::open(&arguments.base)?;
    let weights = about.for_equal_priors(&weights);
    let language = match (&arguments.language, about.vocabularies.as_slice()) {
        (Some(language), _) => language.clone(),
        (None, [only]) => only.language.clone(),
        (None, several) => {
            let known: Vec<&str> = several.iter().map(|v| v.language.as_str()).collect();
            anyhow::bail!("--language is needed: the checkpoint has heads for {}", known.join(", "));
        }
    };
    let vocabulary = about.vocabulary(&language)?;
    let shape = &about.recipe.network;
    let card = arguments.card.as_deref().map_or_else(|| Ok(Card::default()), read_card)?;
    let manifest = Manifest {
        version: Manifest::VERSION,
        language,
        labels: vocabulary.manifest_labels(UNCALIBRATED_THRESHOLD),
        front_end: about.front_end.clone(),
        network: NetworkSpec {
            stride_frames: shape.stride_frames(),
            window_frames: shape.window_frames(),
            pulse_frames: shape.stride_frames() * PULSE_STEPS,
        },
        detector: DetectorSpec { smoothing_steps: 20, refractory_ms: 750 },
        evidence: None,
        base_sha256: file_sha256(&arguments.base)?,
        adapter_sha256: None,
        training_data: card.training_data,
        tool: concat!("polyspot-tools ", env!("CARGO_PKG_VERSION")).into(),
    };
    let agreement = write_model(shape, &weights, vocabulary, &manifest, &arguments.out)?;
    eprintln!(
        "{}: {} keywords; {} posteriors agree with the trainer's within {:.1e}",
        arguments.out.display(),
        vocabulary.keywords,
        agreement.steps,
        agreement.largest_difference
    );
    Ok(())
}

fn read_card(path: &Path) -> Result<Card> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("card {}", path.display()))
}
