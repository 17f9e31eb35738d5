//! Checkpoints: safetensors with the recipe, vocabularies and history in the header's metadata.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use polyspot::front_end::FrontEndSpec;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::history::History;
use super::parametrisation::Parametrisation;
use super::recipe::Recipe;
use super::state::State;
use super::step::IMITATION;
use super::vocabulary::Vocabulary;
use crate::bounds::within;
use crate::network::{HeadShape, NetworkShape, Weights};
use crate::tensor_file::{MOST_BYTES, TensorFile};

/// Key of the header's metadata entry.
const KEY: &str = "polyspot.checkpoint";
const VERSION: u32 = 1;

/// All that a run needs to go on, or to be made into a model.
pub(crate) struct Checkpoint {
    pub(crate) about: About,
    /// The averaged weights: the result.
    pub(crate) weights: Weights,
    /// What training goes on from; absent from a finished base.
    pub(crate) running: Option<State>,
}

/// The metadata of the file.
#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    about: About,
    /// Steps done in an unfinished run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps: Option<u64>,
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
    /// Dimensions of the descriptions that the base imitates; 0 without a teacher.
    #[serde(default)]
    pub(crate) imitated: usize,
    /// SHA-256 of the checkpoint whose posteriors are learnt, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tutor_sha256: Option<String>,
}

impl About {
    pub(crate) fn new(recipe: Recipe, vocabularies: Vec<Vocabulary>, clips: usize) -> Self {
        let front_end = FrontEndSpec::default();
        Self {
            version: VERSION,
            recipe,
            front_end,
            vocabularies,
            history: History::default(),
            clips,
            imitated: 0,
            tutor_sha256: None,
        }
    }

    /// Checks what the file, or a recipe, says before anything is made of it.
    pub(super) fn check(&self) -> Result<()> {
        self.front_end.check()?;
        for (index, vocabulary) in self.vocabularies.iter().enumerate() {
            vocabulary.check()?;
            let is_new = self.vocabularies[..index].iter().all(|other| other.language != vocabulary.language);
            ensure!(is_new, "there are two heads for {:?}", vocabulary.language);
        }
        within("checkpoint", "imitated", self.imitated, 0..=4_096)?;
        ensure!(
            self.recipe.network.is_of_base(),
            "its network has grafts or a side network, which only a language has"
        );
        let classes: usize = self.vocabularies.iter().map(Vocabulary::classes).sum();
        self.recipe.check(classes + self.imitated)?;
        let (found, expected) = (self.recipe.network.coefficients, self.front_end.coefficients);
        ensure!(
            found == expected,
            "the network takes {found} coefficients, expected the front end's {expected}"
        );
        let languages = self.vocabularies.len();
        let is_whole = self.history.epochs.iter().all(|epoch| epoch.dev_accuracy.len() == languages);
        ensure!(is_whole, "its history is not of {languages} languages");
        Ok(())
    }

    pub(crate) fn heads(&self) -> Vec<HeadShape> {
        heads(&self.vocabularies, self.imitated)
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
        let mut file = TensorFile::default();
        file.add_group("", &self.weights);
        if let Some(state) = &self.running {
            state.write(&mut file);
        }
        let steps = self.running.as_ref().map(|running| running.optimiser.steps);
        file.save(path, KEY, &Header { about: self.about.clone(), steps })
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// When the file is no checkpoint, of another version, or lacks a parameter of its network.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::read(path).with_context(|| format!("checkpoint {}", path.display()))
    }

    fn read(path: &Path) -> Result<Self> {
        let (file, Header { about, steps }) = TensorFile::open(path, KEY)?;
        ensure!(about.version == VERSION, "has version {}, expected {VERSION}", about.version);
        about.check()?;
        let mut weights = blank(&about);
        file.fill_group("", &mut weights)?;
        let running = match steps {
            None => None,
            Some(steps) => {
                let rules = Parametrisation::of_base(weights.clone(), &about.recipe);
                let initial = rules.initial(None, &mut StdRng::seed_from_u64(0));
                Some(State::read(&file, &initial, steps)?)
            }
        };
        Ok(Self { about, weights, running })
    }

    /// The network with a head for each of these vocabularies: the checkpoint's own where it has one for the same classes in the
    /// same order, a fresh one elsewhere; and with one that describes as a teacher of so many dimensions does, if any.
    ///
    /// # Errors
    /// When the weights are of another network than the checkpoint says.
    pub(crate) fn with_heads(
        &self,
        vocabularies: &[Vocabulary],
        imitated: usize,
        rng: &mut impl Rng,
    ) -> Result<Weights> {
        self.grafted(&self.about.recipe.network, vocabularies, imitated, rng)
    }

    /// The same for a network of this shape: the checkpoint's, with grafts.
    ///
    /// # Errors
    /// As [`Checkpoint::with_heads`].
    pub(crate) fn grafted(
        &self,
        shape: &NetworkShape,
        vocabularies: &[Vocabulary],
        imitated: usize,
        rng: &mut impl Rng,
    ) -> Result<Weights> {
        let mut weights = Weights::new(shape, &heads(vocabularies, imitated), rng);
        weights.take_over(&self.weights)?;
        let kept = vocabularies.iter().filter(|vocabulary| self.about.vocabularies.contains(vocabulary));
        let kept = kept.map(|vocabulary| vocabulary.language.as_str());
        let imitation = (imitated > 0 && imitated == self.about.imitated).then_some(IMITATION);
        for head in kept.chain(imitation) {
            for part in ["weight", "bias"] {
                let name = format!("heads.{head}.{part}");
                weights.get_mut(&name).copy_from_slice(self.weights.get(&name));
            }
        }
        Ok(weights)
    }
}

/// A head for each language, and one that imitates a teacher.
fn heads(vocabularies: &[Vocabulary], imitated: usize) -> Vec<HeadShape> {
    let imitation = (imitated > 0).then(|| (IMITATION.to_owned(), imitated));
    vocabularies.iter().map(Vocabulary::head).chain(imitation).collect()
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn file_sha256(path: &Path) -> Result<String> {
    let bytes =
        polyspot_files::read(path, MOST_BYTES).with_context(|| format!("reading {}", path.display()))?;
    Ok(format!("{:x}", Sha256::digest(bytes)))
}

fn blank(about: &About) -> Weights {
    Weights::new(&about.recipe.network, &about.heads(), &mut StdRng::seed_from_u64(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_goes_on_only_for_its_own_classes_in_their_order() {
        let vocabulary = |language: &str, words: [&str; 2]| Vocabulary {
            language: language.into(),
            words: words.map(str::to_owned).into(),
            keywords: 2,
        };
        let own = vec![vocabulary("xx", ["a", "b"]), vocabulary("yy", ["c", "d"])];
        let about = About::new(Recipe::default(), own, 1);
        let weights = blank(&about);
        let checkpoint = Checkpoint { about, weights, running: None };
        let asked = [vocabulary("xx", ["a", "b"]), vocabulary("yy", ["d", "c"])];
        let found = checkpoint.with_heads(&asked, 0, &mut StdRng::seed_from_u64(1)).unwrap();
        let is_kept = |slot: &str| found.get(slot) == checkpoint.weights.get(slot);
        assert!(is_kept("stem.weight") && is_kept("heads.xx.weight"));
        assert!(!is_kept("heads.yy.weight"));
    }
}
