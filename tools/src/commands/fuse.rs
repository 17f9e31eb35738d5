//! `polyspot-tools fuse`: a checkpoint's network for one language as one ONNX file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use polyspot::Manifest;
use polyspot::manifest::{DataSource, Label};
use polyspot_text::say;
use serde::Deserialize;

use super::bank_flags::BankFlags;
use crate::adaptation::Adapter;
use crate::adaptation::adapter::About;
use crate::bank::Part;
use crate::data::load_train_folder;
use crate::enrolment::Filler;
use crate::export::{self, UNCALIBRATED_THRESHOLD, write_model};
use crate::files::{check_outputs, read_text};
use crate::network::{NetworkShape, Weights};
use crate::training::Checkpoint;
use crate::training::checkpoint::file_sha256;
use crate::training::vocabulary::Vocabulary;

/// Write one language of a checkpoint, or a base with an adapter, as an ONNX model.
///
/// The file appears only after the runtime has run it and its posteriors agree with the trainer's to 1e-4.
/// Thresholds are provisional until `calibrate` has measured them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Checkpoint that `train` wrote
    #[arg(long, value_name = "FILE")]
    pub(super) base: PathBuf,
    /// Adapter that `adapt` wrote for this base
    #[arg(long, value_name = "FILE", conflicts_with = "language")]
    pub(super) adapter: Option<PathBuf>,
    /// Language of the model, as a BCP 47 tag; may be left out if the checkpoint has only one
    #[arg(long, value_name = "TAG")]
    pub(super) language: Option<String>,
    /// JSON with what the model is to say of its data and its words:
    /// `{"training_data": [{"name", "licence", "attribution"}], "words": {"WORD": {"gloss", "romanisation"}}}`
    #[arg(long, value_name = "FILE")]
    pub(super) card: Option<PathBuf>,
    /// Folder of speech or noise without the model's keywords, of which the model is to say what other speech is like, so that words
    /// can be enrolled; of one that is split only its train part. May be given several times; without it the bank of negatives serves,
    /// of which enrolled words miss more
    #[arg(long, value_name = "DIR")]
    pub(super) speech: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) bank: BankFlags,
    /// Model to write
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}

/// What the maker of a model says of it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    training_data: Vec<DataSource>,
    #[serde(default)]
    words: BTreeMap<String, Word>,
}

/// What a keyword means and how it sounds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    gloss: Option<String>,
    romanisation: Option<String>,
}

/// The weights of one language, as a model runs them.
struct Language {
    /// The base's, with the language's grafts.
    shape: NetworkShape,
    vocabulary: Vocabulary,
    weights: Weights,
    adapter_sha256: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let read = [&arguments.base].into_iter().chain(&arguments.adapter).chain(&arguments.card);
    check_outputs(&[&arguments.out], read)?;
    let checkpoint = Checkpoint::open(&arguments.base)?;
    let base_sha256 = file_sha256(&arguments.base)?;
    let Language { shape, vocabulary, weights, adapter_sha256 } =
        language(arguments, &checkpoint, &base_sha256)?;
    let card = arguments.card.as_deref().map_or_else(|| Ok(Card::default()), read_card)?;
    let manifest = Manifest {
        labels: labels(&vocabulary, card.words)?,
        base_sha256,
        adapter_sha256,
        training_data: card.training_data,
        ..export::manifest(&shape, &vocabulary, &checkpoint.about.front_end)
    };
    let filler = filler(arguments, &vocabulary, &manifest)?;
    let agreement = write_model(&shape, &weights, &vocabulary, &manifest, &filler, &arguments.out)?;
    say!(
        "{}: {} keywords; {} posteriors agree with the trainer's within {:.1e}",
        arguments.out.display(),
        vocabulary.keywords,
        agreement.steps,
        agreement.largest_difference
    );
    Ok(())
}

/// What other speech is.
fn filler(arguments: &Arguments, vocabulary: &Vocabulary, manifest: &Manifest) -> Result<Filler> {
    let spec = &manifest.front_end;
    if arguments.speech.is_empty() {
        return Ok(Filler::Bank(arguments.bank.pieces(Part::Training, &vocabulary.language, spec)?));
    }
    let read = |folder: &PathBuf| load_train_folder(folder, spec.sample_rate_hz);
    let folders = arguments.speech.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(Filler::Recordings(folders.concat()))
}

fn language(arguments: &Arguments, checkpoint: &Checkpoint, base_sha256: &str) -> Result<Language> {
    let Checkpoint { about, weights, .. } = checkpoint;
    if let Some(path) = &arguments.adapter {
        let adapter = Adapter::open(path)?;
        let weights = adapter
            .fuse_into(about, base_sha256, weights)
            .with_context(|| format!("adapter {} and base {}", path.display(), arguments.base.display()))?;
        let adapter_sha256 = Some(file_sha256(path)?);
        let About { recipe, vocabulary, .. } = adapter.about;
        return Ok(Language { shape: recipe.network, vocabulary, weights, adapter_sha256 });
    }
    let tag = match (&arguments.language, about.vocabularies.as_slice()) {
        (Some(language), _) => language.as_str(),
        (None, [only]) => only.language.as_str(),
        (None, several) => {
            let known: Vec<&str> = several.iter().map(|v| v.language.as_str()).collect();
            bail!("--language is needed: the checkpoint has heads for {}", known.join(", "));
        }
    };
    let vocabulary = about.vocabulary(tag)?.clone();
    let shape = about.recipe.network.clone();
    Ok(Language { shape, vocabulary, weights: weights.clone(), adapter_sha256: None })
}

/// The vocabulary's labels with what the card says of its words.
fn labels(vocabulary: &Vocabulary, mut words: BTreeMap<String, Word>) -> Result<Vec<Label>> {
    let mut labels = vocabulary.manifest_labels(UNCALIBRATED_THRESHOLD);
    for label in &mut labels {
        if let Some(word) = words.remove(&label.name) {
            label.gloss = word.gloss;
            label.romanisation = word.romanisation;
        }
    }
    if let Some(word) = words.keys().next() {
        bail!("the card speaks of {word:?}, which is no keyword of the model");
    }
    Ok(labels)
}

fn read_card(path: &Path) -> Result<Card> {
    let text = read_text(path)?;
    serde_json::from_str(&text).with_context(|| format!("card {}", path.display()))
}
