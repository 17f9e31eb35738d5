//! Checkpoints: safetensors with the recipe, vocabularies and history in the header's metadata.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use polyspot::FrontEndSpec;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::history::History;
use super::optimiser::Optimiser;
use super::recipe::Recipe;
use super::vocabulary::Vocabulary;
use crate::network::{HeadShape, Weights};

/// Key of the header's metadata entry.
const KEY: &str = "polyspot.checkpoint";
const VERSION: u32 = 1;

/// All that a run needs to go on, or to be made into a model.
pub(crate) struct Checkpoint {
    pub(crate) about: About,
    /// The averaged weights: the result.
    pub(crate) weights: Weights,
    /// What training goes on from; absent from a finished base.
    pub(crate) running: Option<Running>,
}

/// The state of an unfinished run.
pub(crate) struct Running {
    pub(crate) weights: Weights,
    pub(crate) optimiser: Optimiser,
}

/// What a checkpoint says of itself.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) version: u32,
    pub(crate) recipe: Recipe,
    pub(crate) front_end: FrontEndSpec,
    pub(crate) vocabularies: Vec<Vocabulary>,
    pub(crate) history: History,
    /// Training clips, by which a resumed run knows its data.
    pub(crate) clips: usize,
}

impl About {
    pub(crate) fn new(recipe: Recipe, vocabularies: Vec<Vocabulary>, clips: usize) -> Self {
        let front_end = FrontEndSpec::default();
        Self { version: VERSION, recipe, front_end, vocabularies, history: History::default(), clips }
    }

    pub(crate) fn heads(&self) -> Vec<HeadShape> {
        self.vocabularies.iter().map(|v| (v.language.clone(), v.classes())).collect()
    }

    /// The vocabulary of a language.
    ///
    /// # Errors
    /// When the checkpoint has none.
    pub(crate) fn vocabulary(&self, language: &str) -> Result<&Vocabulary> {
        self.vocabularies.iter().find(|v| v.language == language).with_context(|| {
            let known: Vec<&str> = self.vocabularies.iter().map(|v| v.language.as_str()).collect();
            format!("the checkpoint has no head for language {language:?}, only for {}", known.join(", "))
        })
    }
}

impl Checkpoint {
    /// Writes the checkpoint: to a temporary file first, which then takes the name.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let groups = self.running.iter().flat_map(|running| {
            let Running { weights, optimiser } = running;
            [("running", &weights.values), ("momentum", &optimiser.momentum)]
        });
        let mut bytes: Vec<(String, [usize; 2], Vec<u8>)> = Vec::new();
        for (group, values) in std::iter::once(("", &self.weights.values)).chain(groups) {
            for slot in &self.weights.slots {
                let name =
                    if group.is_empty() { slot.name.clone() } else { format!("{group}/{}", slot.name) };
                let data = values[slot.range.clone()].iter().flat_map(|v| v.to_le_bytes()).collect();
                bytes.push((name, slot.shape, data));
            }
        }
        let views = bytes
            .iter()
            .map(|(name, shape, data)| Ok((name, TensorView::new(Dtype::F32, shape.to_vec(), data)?)));
        let mut metadata = HashMap::from([(KEY.to_owned(), serde_json::to_string(&self.about)?)]);
        if let Some(running) = &self.running {
            metadata.insert("steps".to_owned(), running.optimiser.steps.to_string());
        }
        let file = safetensors::serialize(views.collect::<Result<Vec<_>>>()?, Some(metadata))?;
        crate::files::write_whole(path, &file)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// When the file is no checkpoint, of another version, or lacks a parameter of its network.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::read(path).with_context(|| format!("checkpoint {}", path.display()))
    }

    fn read(path: &Path) -> Result<Self> {
        let file = std::fs::read(path)?;
        let (_, header) = SafeTensors::read_metadata(&file).context("no safetensors file")?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let about = metadata.get(KEY).with_context(|| format!("no metadata entry {KEY:?}"))?;
        let about: About = serde_json::from_str(about).context("its metadata cannot be read")?;
        ensure!(about.version == VERSION, "has version {}, expected {VERSION}", about.version);
        about.front_end.check()?;
        let tensors = SafeTensors::deserialize(&file)?;
        let mut weights = blank(&about);
        fill(&mut weights, &tensors, "")?;
        let running = match metadata.get("steps") {
            None => None,
            Some(steps) => {
                let (mut weights, mut momentum) = (blank(&about), blank(&about));
                fill(&mut weights, &tensors, "running/")?;
                fill(&mut momentum, &tensors, "momentum/")?;
                let optimiser = Optimiser { steps: steps.parse()?, momentum: momentum.values };
                Some(Running { weights, optimiser })
            }
        };
        Ok(Self { about, weights, running })
    }
}

impl About {
    /// The weights as a model runs them: every head's bias corrected for how often training drew its classes.
    pub(crate) fn for_equal_priors(&self, weights: &Weights) -> Weights {
        let mut corrected = weights.clone();
        for vocabulary in &self.vocabularies {
            let bias = corrected.get_mut(&format!("heads.{}.bias", vocabulary.language));
            let correction = vocabulary.prior_correction(&self.recipe);
            bias.iter_mut().zip(correction).for_each(|(bias, correction)| *bias += correction);
        }
        corrected
    }
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn file_sha256(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(format!("{:x}", Sha256::digest(bytes)))
}

fn blank(about: &About) -> Weights {
    use rand::SeedableRng;
    Weights::new(&about.recipe.network, &about.heads(), &mut rand::rngs::StdRng::seed_from_u64(0))
}

fn fill(weights: &mut Weights, tensors: &SafeTensors<'_>, group: &str) -> Result<()> {
    for slot in weights.slots.clone() {
        let name = format!("{group}{}", slot.name);
        let tensor = tensors.tensor(&name).with_context(|| format!("it lacks tensor {name:?}"))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != slot.shape {
            bail!(
                "tensor {name:?} is {:?} {:?}, expected F32 {:?}",
                tensor.dtype(),
                tensor.shape(),
                slot.shape
            );
        }
        let values = tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        weights.values[slot.range].iter_mut().zip(values).for_each(|(slot, value)| *slot = value);
    }
    Ok(())
}
