//! The windows that a run trains on, step by step.

use std::sync::{Arc, OnceLock};

use polyspot::FrontEndSpec;

use super::corpus::Corpus;
use super::recipe::Recipe;
use super::sampler::{Example, Sampler};

/// Windows drawn by a recipe from a corpus: the same for the same step, whoever asks and however often.
pub(crate) struct Windows<'a> {
    sampler: Sampler<'a>,
    /// Steps that are kept once they are drawn, for runs that share them.
    kept: Vec<OnceLock<Arc<[Example]>>>,
}

impl<'a> Windows<'a> {
    pub(crate) fn new(recipe: &'a Recipe, corpus: &'a Corpus, spec: &'a FrontEndSpec) -> Self {
        Self { sampler: Sampler::new(recipe, corpus, spec), kept: Vec::new() }
    }

    /// Keeps the first `steps` steps in memory, 2.7 MB each at 128 windows.
    pub(crate) fn keeping(mut self, steps: u64) -> Self {
        self.kept = (0..steps).map(|_| OnceLock::new()).collect();
        self
    }

    /// The windows of one step, all of the same length.
    pub(crate) fn step(&self, step: u64) -> Arc<[Example]> {
        let draw = || self.sampler.step(step).into();
        match self.kept.get(step as usize) {
            Some(kept) => Arc::clone(kept.get_or_init(draw)),
            None => draw(),
        }
    }
}
