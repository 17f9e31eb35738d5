//! A training run's hyperparameters: one visible block, saved in the checkpoint.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::augment::{FeatureSettings, NoiseSettings, WaveformSettings};
use crate::bounds::within;
use crate::files::read_text;
use crate::network::NetworkShape;

/// Everything that decides a training run, apart from the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Weight decay of kernels, relative to the learning rate; biases and normalisation have none.
    pub(crate) weight_decay: f32,
    /// Power of the trained values that kernels' weights are: above 1 few weights become large, so that many can be pruned;
    /// with 1 the weights themselves are trained. For bases.
    #[serde(default = "whole")]
    pub(crate) power: f32,
    /// Whether kernels are trained as several branches that are folded into one. For bases.
    #[serde(default)]
    pub(crate) branches: bool,
    /// Steps that each shard goes ahead by its own last gradient before it takes the next one there: for large batches; 0 is none.
    #[serde(default)]
    pub(crate) extrapolation: f32,
    /// Share of each target given to the other classes.
    pub(crate) label_smoothing: f32,
    /// Decay per step of the average over weights that is kept as the result.
    pub(crate) average_decay: f32,
    /// Weight of a batch in the running statistics.
    pub(crate) statistics_momentum: f32,
    /// Frames of a window: room for a few words. A multiple of the network's strides.
    pub(crate) window_frames: usize,
    /// Share of windows that imitate the teacher, where there is one.
    pub(crate) imitation: f64,
    /// Weight of their loss.
    pub(crate) imitation_weight: f32,
    /// Weight of what a tutor's posteriors teach, where there is one; 1 teaches a word that it hears as much as the label does.
    #[serde(default = "whole")]
    pub(crate) distillation: f32,
    /// Whether the network hears all that holds no keyword before every part of the run, and what it falsely detects is drawn
    /// more often.
    pub(crate) mining: bool,
    /// Share of windows without speech.
    pub(crate) silence: f64,
    /// Share of windows with what is no keyword: running speech, keywords inside it, words of another language, parts of words.
    pub(crate) filler: f64,
    /// Weight of barks among the fillers, where all others together have 12.
    #[serde(default)]
    pub(crate) barks: usize,
    /// Weights with which languages are drawn, beside the square roots of their numbers of clips; 1 for those that are not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) languages: BTreeMap<String, f64>,
    /// Weight of what a window of one language teaches the others: that it holds none of their words.
    #[serde(default)]
    pub(crate) other_languages: f32,
    /// Share of keywords among a language's words.
    pub(crate) keywords: f64,
    /// Share of windows with people talking in the background.
    pub(crate) babble: f64,
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
    /// Checks all of it; the network for so many classes.
    ///
    /// # Errors
    /// The first value that is out of range.
    pub(crate) fn check(&self, classes: usize) -> Result<()> {
        self.check_training()?;
        self.network.check(classes)
    }

    /// Checks what training rests on, besides its network.
    ///
    /// # Errors
    /// The first value that is out of range.
    pub(crate) fn check_training(&self) -> Result<()> {
        let Self { waveform, noise, features, .. } = self;
        within("recipe", "epochs", self.epochs, 1..=1_000_000)?;
        within("recipe", "batch", self.batch, 2..=65_536)?;
        within("recipe", "shards", self.shards, 1..=self.batch)?;
        within("recipe", "barks", self.barks, 0..=1_000)?;
        within("recipe", "window_frames", self.window_frames, 50..=3_000)?;
        for (what, (longest, number)) in
            [("features.time_mask", features.time_mask), ("features.frequency_mask", features.frequency_mask)]
        {
            within("recipe", what, longest, 0..=3_000)?;
            within("recipe", &format!("{what} (number)"), number, 0..=100)?;
        }
        for (what, share) in [
            ("silence", self.silence),
            ("filler", self.filler),
            ("silence and filler together", self.silence + self.filler),
            ("keywords", self.keywords),
            ("babble", self.babble),
            ("imitation", self.imitation),
            ("waveform.reverb", waveform.reverb),
            ("waveform.narrow", waveform.narrow),
            ("noise.share", noise.share),
            ("noise.synthetic", noise.synthetic),
            ("noise.calls", noise.calls),
        ] {
            within("recipe", what, share, 0.0..=1.0)?;
        }
        let (lowest, highest) = noise.snr_db;
        for (what, value, range) in [
            ("learning_rate", self.learning_rate, 1e-6..=10.0),
            ("course", self.course, 0.01..=1.0),
            ("warm_up", self.warm_up, 0.0..=1.0),
            ("weight_decay", self.weight_decay, 0.0..=1.0),
            ("power", self.power, 1.0..=4.0),
            ("extrapolation", self.extrapolation, 0.0..=10.0),
            ("label_smoothing", self.label_smoothing, 0.0..=0.9),
            ("imitation_weight", self.imitation_weight, 0.0..=100.0),
            ("distillation", self.distillation, 0.0..=100.0),
            ("other_languages", self.other_languages, 0.0..=100.0),
            ("average_decay", self.average_decay, 0.0..=0.999_999),
            ("statistics_momentum", self.statistics_momentum, 0.0..=1.0),
            ("waveform.speed", waveform.speed, 0.0..=0.5),
            ("waveform.gain_db", waveform.gain_db, 0.0..=60.0),
            ("noise.snr_db (lowest)", lowest, -60.0..=120.0),
            ("noise.snr_db (highest)", highest, lowest..=120.0),
            ("features.warp", features.warp, 0.0..=0.5),
            ("features.response", features.response, 0.0..=10.0),
        ] {
            within("recipe", what, value, range)?;
        }
        ensure!(
            self.power == 1.0 || !self.branches,
            "the recipe's power must be 1 where its kernels have branches, found {}",
            self.power
        );
        for (language, &weight) in &self.languages {
            within("recipe", &format!("languages.{language}"), weight, 1e-3..=1e3)?;
        }
        Ok(())
    }

    /// Whether a window of one language also teaches the others. What holds words of some language is then a window of words, never
    /// one of filler, which would teach that language that it holds none.
    pub(crate) fn teaches_every_language(&self) -> bool {
        self.other_languages > 0.0
    }

    /// Reads a recipe from a JSON file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let text = read_text(path).context("recipe")?;
        serde_json::from_str(&text).with_context(|| format!("recipe {}", path.display()))
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            seed: 1,
            epochs: 30,
            batch: 64,
            shards: 2,
            learning_rate: 2e-3,
            course: whole(),
            warm_up: 0.05,
            weight_decay: 0.01,
            power: whole(),
            branches: false,
            extrapolation: 0.0,
            label_smoothing: 0.03,
            average_decay: 0.998,
            statistics_momentum: 0.05,
            window_frames: 240,
            imitation: 0.3,
            imitation_weight: 1.0,
            distillation: 1.0,
            mining: true,
            silence: 0.06,
            filler: 0.4,
            barks: 1,
            languages: BTreeMap::new(),
            other_languages: 0.0,
            keywords: 0.75,
            babble: 0.15,
            network: NetworkShape::default(),
            waveform: WaveformSettings::default(),
            noise: NoiseSettings::default(),
            features: FeatureSettings::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_is_refused_by_its_name() {
        let refused = |change: fn(&mut Recipe)| {
            let mut recipe = Recipe::default();
            change(&mut recipe);
            recipe.check_training().unwrap_err().to_string()
        };
        assert!(Recipe::default().check_training().is_ok());
        assert!(refused(|r| (r.power, r.branches) = (2.0, true)).contains("power must be 1"));
        assert_eq!(refused(|r| r.batch = 1), "the recipe's batch must be in 2..=65536, found 1");
        assert_eq!(refused(|r| r.noise.calls = 1.5), "the recipe's noise.calls must be in 0..=1, found 1.5");
        assert_eq!(
            refused(|r| r.languages = BTreeMap::from([("en".into(), 0.0)])),
            "the recipe's languages.en must be in 0.001..=1000, found 0"
        );
        assert_eq!(refused(|r| r.babble = -1.0), "the recipe's babble must be in 0..=1, found -1");
        assert_eq!(
            refused(|r| (r.silence, r.filler) = (0.75, 0.5)),
            "the recipe's silence and filler together must be in 0..=1, found 1.25"
        );
        assert_eq!(
            refused(|r| r.noise.snr_db = (30.0, 3.0)),
            "the recipe's noise.snr_db (highest) must be in 30..=120, found 3"
        );
        assert!(refused(|r| r.learning_rate = f32::NAN).contains("learning_rate"));
        assert!(refused(|r| r.window_frames = 100_000).contains("window_frames"));
    }
}
