//! The windows that a run trains on, step by step.

use std::sync::{Arc, OnceLock, RwLock};

use anyhow::Result;
use polyspot::front_end::FrontEndSpec;

use super::corpus::Corpus;
use super::example::Example;
use super::mining::{self, HardNegatives};
use super::recipe::Recipe;
use super::sampler::Sampler;
use super::teacher::Descriptions;
use super::vocabulary::Vocabulary;
use crate::network::{NetworkShape, Weights};

/// Windows drawn by a recipe from a corpus: the same for the same step and the same hard negatives, whoever asks and however
/// often.
pub(crate) struct Windows<'a> {
    recipe: &'a Recipe,
    corpus: &'a Corpus,
    front_end: &'a FrontEndSpec,
    sampler: Sampler<'a>,
    /// For each language, what was falsely detected when it was last mined.
    hard: RwLock<Arc<Vec<HardNegatives>>>,
    /// Steps that are kept once they are drawn, for runs that share them.
    kept: Vec<OnceLock<Arc<[Example]>>>,
}

impl<'a> Windows<'a> {
    pub(crate) fn new(recipe: &'a Recipe, corpus: &'a Corpus, front_end: &'a FrontEndSpec) -> Self {
        Self::with_teacher(recipe, corpus, front_end, None)
    }

    /// Windows of which some are to be described as a teacher does.
    pub(crate) fn with_teacher(
        recipe: &'a Recipe,
        corpus: &'a Corpus,
        front_end: &'a FrontEndSpec,
        descriptions: Option<&'a Descriptions>,
    ) -> Self {
        let sampler = Sampler::new(recipe, corpus, front_end, descriptions);
        Self { recipe, corpus, front_end, sampler, hard: RwLock::default(), kept: Vec::new() }
    }

    /// Keeps the first `steps` steps in memory, 5 MB each at 128 windows. They hold no hard negatives: those are one run's own.
    pub(crate) fn keeping(mut self, steps: u64) -> Self {
        self.kept = (0..steps).map(|_| OnceLock::new()).collect();
        self
    }

    /// Finds what a network falsely detects in the recordings whose turn it is, to be drawn from now on.
    ///
    /// # Errors
    /// When the network cannot be run.
    pub(crate) fn mine(
        &self,
        turn: u64,
        (shape, weights): (&NetworkShape, &Weights),
        vocabularies: &[Vocabulary],
    ) -> Result<()> {
        // Made-up noise alone is no measure of what a network takes for words.
        if !self.recipe.mining || !self.kept.is_empty() || !self.corpus.has_negatives() {
            return Ok(());
        }
        let made_up = self.sampler.noises(turn);
        let sound = (self.corpus, made_up.as_slice(), self.front_end);
        let hard = mining::mine(shape, weights, vocabularies, sound, (turn, self.recipe.shards))?;
        // A thread that failed while it held the lock left a whole list behind.
        *self.hard.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(hard);
        Ok(())
    }

    /// How many hard negatives each language has.
    pub(crate) fn hard_negatives(&self) -> Vec<usize> {
        self.hard().iter().map(HardNegatives::len).collect()
    }

    fn hard(&self) -> Arc<Vec<HardNegatives>> {
        Arc::clone(&self.hard.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The windows of one step.
    pub(crate) fn step(&self, step: u64) -> Arc<[Example]> {
        let draw = || self.sampler.step(step, &self.hard()).into();
        match self.kept.get(step as usize) {
            Some(kept) => Arc::clone(kept.get_or_init(draw)),
            None => draw(),
        }
    }
}
