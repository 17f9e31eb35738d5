//! One adaptation from beginning to end.

use anyhow::{Result, ensure};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::adapter::{About, Adapter};
use super::budget::{Budget, head_parameters};
use super::change::changes;
use super::method::Method;
use super::methods::{adapt, shape};
use super::stages::{Record, Stages, Watch};
use super::task::{Source, Task};
use crate::data::FEWEST_SPEAKERS;
use crate::network::Layer;
use crate::training::corpus::Corpus;
use crate::training::windows::Windows;
use crate::training::{Checkpoint, Recipe};

/// A base and the recordings to adapt it to.
pub(crate) struct Session<'a> {
    pub(crate) base: &'a Checkpoint,
    /// SHA-256 of the base's file.
    pub(crate) base_sha256: &'a str,
    pub(crate) corpus: &'a Corpus,
    /// Windows drawn from them by the recipe of the adaptation.
    pub(crate) windows: &'a Windows<'a>,
    /// What the base was trained on, if it is at hand.
    pub(crate) source: Option<&'a Corpus>,
}

/// What decides an adaptation, apart from the data.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) method: Method,
    /// Share of the base's parameters that may change.
    pub(crate) budget: f64,
    /// Whether the head counts as a part of them.
    pub(crate) count_head: bool,
    /// First parts of the network, the stem and then blocks, that stay the base's: languages that are heard at once
    /// compute them once.
    pub(crate) share_prefix: usize,
    pub(crate) recipe: Recipe,
}

/// A finished adaptation.
pub(crate) struct Outcome {
    pub(crate) adapter: Adapter,
    pub(crate) budget: Budget,
    pub(crate) records: Vec<Record>,
    /// Bytes that a step takes at most, if they were measured.
    pub(crate) memory: usize,
    /// A base of the method's own, with the old base's heads, that the adapter belongs to instead.
    pub(crate) own_base: Option<Checkpoint>,
}

impl Session<'_> {
    /// Adapts the base; with `resume`, from where the progress file left off.
    pub(crate) fn run(&self, settings: &Settings, watch: Watch, resume: bool) -> Result<Outcome> {
        let Settings { method, budget, count_head, share_prefix, recipe } = settings;
        let vocabularies = self.corpus.vocabularies();
        ensure!(vocabularies.len() == 1, "expected recordings of one language, found {}", vocabularies.len());
        let base_shape = &self.base.about.recipe.network;
        ensure!(
            self.base.about.front_end == polyspot::front_end::FrontEndSpec::default(),
            "the base has another front end than the one that recordings are read with"
        );
        let counted_head = count_head.then(|| head_parameters(base_shape, &vocabularies[0].head()));
        let budget = Budget::new(*budget, &self.base.weights, counted_head)?;
        let mut rng = StdRng::seed_from_u64(recipe.seed);
        let parts = base_shape.blocks.len() + 1;
        ensure!(
            *share_prefix <= parts,
            "expected at most {parts} parts of the network to share, its stem and its blocks, found {share_prefix}"
        );
        ensure!(
            *share_prefix == 0 || *method != Method::Scratch,
            "--method scratch begins anew: expected no part of the base that stays, found {share_prefix}"
        );
        let shape = &shape(*method, base_shape, &budget, *share_prefix)?;
        let recipe = &Recipe { network: shape.clone(), ..recipe.clone() };
        let base = self.base.grafted(shape, &vocabularies, 0, &mut rng)?;
        let mut layers = Layer::all(shape, &base);
        layers.retain(|layer| layer.part >= *share_prefix);
        let source = match self.source {
            Some(corpus) => {
                Some(Source { corpus, base: self.base.with_heads(&corpus.vocabularies(), 0, &mut rng)? })
            }
            None => None,
        };
        let task = Task { shape, base, layers, budget, source };
        let mut stages = Stages::new(recipe, &self.base.about.front_end, self.corpus, self.windows, watch);
        if resume {
            stages.resume()?;
        }
        let finished = adapt(*method, &task, &mut stages)?;
        let own_base = task.layers.iter().any(|layer| {
            layer.slots().any(|slot| finished.parametrisation.base.at(slot) != task.base.at(slot))
        });
        let own_base = own_base.then(|| -> Result<Checkpoint> {
            let mut weights = self.base.weights.clone();
            weights.take_over(&finished.parametrisation.base)?;
            Ok(Checkpoint { about: self.base.about.clone(), weights, running: None })
        });
        let about = About {
            version: Adapter::VERSION,
            vocabulary: vocabularies[0].clone(),
            front_end: self.base.about.front_end.clone(),
            recipe: recipe.clone(),
            method: *method,
            base_sha256: self.base_sha256.to_owned(),
            base_parameters: budget.parameters,
            layers: Vec::new(),
            head: 0,
        };
        let adapter = Adapter::new(about, changes(shape, &finished)?);
        if method.has_budget() {
            ensure!(
                adapter.updated() <= budget.allowed,
                "the method changed {} parameters where the budget allows {}",
                adapter.updated(),
                budget.allowed
            );
        }
        let (records, memory) = stages.finish();
        Ok(Outcome { adapter, budget, records, memory, own_base: own_base.transpose()? })
    }
}

/// Windows of training for words that nobody but synthesisers has said: four to five minutes on two cores. With a quarter of
/// them more of what people say is missed, with twice as many no less (experiments/).
const WINDOWS_OF_SYNTHETIC_WORDS: usize = 80_000;

/// How a language of so many recordings is adapted to, unless the user says otherwise: sixteen passes over what people say, within 20,000
/// to 60,000 windows; always [`WINDOWS_OF_SYNTHETIC_WORDS`] where only synthesisers speak. More of the windows than of a base's hold no
/// keyword: the model will listen to all that is said.
pub(crate) fn recipe_for(corpus: &Corpus, base: &Recipe) -> Recipe {
    let clips = corpus.clips().max(1);
    let is_synthetic = corpus.languages.iter().any(|language| language.is_synthetic);
    let windows = if is_synthetic { WINDOWS_OF_SYNTHETIC_WORDS } else { (16 * clips).clamp(20_000, 60_000) };
    let steps = (windows / base.batch) as f32;
    let mut recipe = Recipe {
        epochs: windows.div_ceil(clips),
        learning_rate: 1e-3,
        course: 0.6,
        filler: 0.5,
        average_decay: (1.0 - 20.0 / steps).clamp(0.9, 0.998),
        network: base.network.clone(),
        ..Recipe::default()
    };
    let words: usize = corpus.languages.iter().map(|language| language.vocabulary.words.len()).sum();
    let few_speakers = corpus.languages.iter().any(|language| language.speakers < FEWEST_SPEAKERS);
    // Microphones differ in level by as much, and synthesisers speak at one distance.
    recipe.waveform.gain_db = 24.0;
    if few_speakers || is_synthetic || clips < FEW_CLIPS_PER_WORD * words {
        // What the recordings do not vary must be varied: voices, rooms.
        recipe.waveform.speed = 0.2;
        recipe.waveform.reverb = 0.4;
        recipe.features.warp = 0.12;
        recipe.features.response = 0.5;
        recipe.label_smoothing = 0.1;
        recipe.weight_decay = 0.03;
    }
    recipe
}

/// Fewer clips of a word than this are taken to be no sample of how it is said.
const FEW_CLIPS_PER_WORD: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitBy;
    use crate::training::corpus::Language;
    use crate::training::vocabulary::Vocabulary;

    #[test]
    fn what_synthesisers_say_is_varied_more_however_many_they_are() {
        let recipe = |is_synthetic| {
            let vocabulary = Vocabulary { language: "lt".into(), words: vec!["kava".into()], keywords: 1 };
            let train = vec![vec![Vec::new().into(); 10 * FEW_CLIPS_PER_WORD]];
            let speakers = 10 * FEWEST_SPEAKERS;
            let language = Language {
                vocabulary,
                speakers,
                is_synthetic,
                split_by: SplitBy::Speaker,
                train,
                dev: Vec::new(),
            };
            let corpus = Corpus { languages: vec![language], ..Corpus::default() };
            recipe_for(&corpus, &Recipe::default())
        };
        let (people, synthetic) = (recipe(false), recipe(true));
        assert!(synthetic.epochs > people.epochs);
        assert!(people.waveform.gain_db > Recipe::default().waveform.gain_db);
        assert_eq!(synthetic.waveform.gain_db, people.waveform.gain_db);
        assert!(synthetic.waveform.speed > people.waveform.speed);
        assert!(synthetic.features.warp > people.features.warp);
    }
}
