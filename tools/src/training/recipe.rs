//! A training run's hyperparameters: one visible block, saved in the checkpoint.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::augment::{FeatureSettings, NoiseSettings, WaveformSettings};
use crate::network::NetworkShape;

/// Everything that decides a training run, apart from the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recipe {
    /// Seed of the run: the same seed, data and recipe give the same weights.
    pub(crate) seed: u64,
    /// Passes over the training clips, counted in windows presented.
    pub(crate) epochs: usize,
    /// Windows in one step.
    pub(crate) batch: usize,
    /// Parts that a batch is split into, each normalised by its own statistics and run on its own thread.
    /// Part of the recipe and not of the machine, so that a run repeats on any number of cores.
    pub(crate) shards: usize,
    /// Learning rate after the warm-up; it falls along a half cosine.
    pub(crate) learning_rate: f32,
    /// Part of that half cosine that training goes through: with 1 the rate falls to 0, with less the average over weights
    /// does what is left of settling.
    #[serde(default = "whole")]
    pub(crate) course: f32,
    /// Share of the steps in which the learning rate rises.
    pub(crate) warm_up: f32,
    /// Weight decay of kernels; biases and normalisation have none.
    pub(crate) weight_decay: f32,
    /// Share of each target given to the other classes.
    pub(crate) label_smoothing: f32,
    /// γ of the focal loss (Lin et al. 2017, arXiv 1708.02002): the higher, the more training dwells on windows that are judged
    /// wrongly or weakly; with 0 all count the same.
    #[serde(default)]
    pub(crate) focus: f32,
    /// Decay per step of the average over weights that is kept as the result.
    pub(crate) average_decay: f32,
    /// Weight of a batch in the running statistics.
    pub(crate) statistics_momentum: f32,
    /// Lengths of a window before its last second, in frames; drawn per step.
    pub(crate) context_frames: Vec<usize>,
    /// Share of windows without speech.
    pub(crate) silence: f64,
    /// Share of windows with running speech or words of another language, to be taken as unknown.
    pub(crate) filler: f64,
    /// Weight of barks among the fillers, where all others together have 10.
    #[serde(default)]
    pub(crate) barks: usize,
    /// Share of keywords among a language's words.
    pub(crate) keywords: f64,
    pub(crate) network: NetworkShape,
    pub(crate) waveform: WaveformSettings,
    pub(crate) noise: NoiseSettings,
    pub(crate) features: FeatureSettings,
}

/// What recipes say that were written before they said it.
fn whole() -> f32 {
    1.0
}

impl Recipe {
    /// Checks what training and its network rest on.
    ///
    /// # Errors
    /// The first value that is out of range.
    pub(crate) fn check(&self, classes: usize) -> Result<()> {
        let Self { epochs, batch, shards, course, .. } = *self;
        ensure!(
            epochs > 0 && batch > 1 && (1..=batch).contains(&shards),
            "expected at least one epoch and two windows in a batch, in at most as many shards, found {epochs}, {batch} and {shards}"
        );
        ensure!(course > 0.0 && course <= 1.0, "expected a course over 0 and up to 1, found {course}");
        self.network.check(classes)
    }

    /// Reads a recipe from a JSON file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("recipe {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("recipe {}", path.display()))
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            seed: 1,
            epochs: 60,
            batch: 128,
            shards: 2,
            learning_rate: 0.1,
            course: whole(),
            warm_up: 0.05,
            weight_decay: 1e-3,
            label_smoothing: 0.05,
            focus: 0.0,
            average_decay: 0.998,
            statistics_momentum: 0.05,
            context_frames: vec![0, 24, 48, 72],
            silence: 0.1,
            filler: 0.12,
            barks: 0,
            keywords: 0.75,
            network: NetworkShape::default(),
            waveform: WaveformSettings::default(),
            noise: NoiseSettings::default(),
            features: FeatureSettings::default(),
        }
    }
}
