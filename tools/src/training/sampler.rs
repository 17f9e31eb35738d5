//! Draws the windows of a training step.

use polyspot::front_end::{FrontEnd, FrontEndSpec};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::composer::{Composed, Composer, HARD_PLACE, HARD_SHARE, SPEECH_SHARE};
use super::corpus::{Corpus, Recording};
use super::example::{Besides, Example, Lesson};
use super::mining::{Hard, HardNegatives};
use super::recipe::Recipe;
use super::teacher::Descriptions;
use crate::augment::{FeatureAugment, NoiseBank, Scene};
use crate::bank::{BankPiece, as_coded};

/// Parts that a batch is drawn in, so that no thread waits long for another.
const PARTS_PER_THREAD: usize = 4;

/// Share of windows of sound whose frames are coded as the bank's are, where there is one: coding must not tell what is no keyword.
const CODED_SHARE: f64 = 0.5;
/// Windows of noise that are made for each turn of mining: half an hour.
const MADE_UP_NOISES: u64 = 750;
/// Tells their generators from those of examples.
const NOISES: u64 = 1;

/// Draws examples: words of some language in a stream, filler or silence, augmented.
pub(crate) struct Sampler<'a> {
    recipe: &'a Recipe,
    composer: Composer<'a>,
    noise: NoiseBank,
    features: Option<FeatureAugment>,
    spec: FrontEndSpec,
    descriptions: Option<&'a Descriptions>,
    bank: &'a [BankPiece],
    bank_share: f64,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(
        recipe: &'a Recipe,
        corpus: &'a Corpus,
        spec: &FrontEndSpec,
        descriptions: Option<&'a Descriptions>,
    ) -> Self {
        let bank_share = match (corpus.bank.is_empty(), corpus.speech.iter().all(Vec::is_empty)) {
            (true, _) => 0.0,
            (false, true) => recipe.filler * SPEECH_SHARE,
            // As much of it as of the recordings.
            (false, false) => recipe.filler * SPEECH_SHARE / 2.0,
        };
        Self {
            recipe,
            composer: Composer::new(recipe, corpus, spec),
            noise: NoiseBank::new(recipe.noise.clone(), spec.sample_rate_hz, corpus.noise.clone()),
            features: FeatureAugment::new(recipe.features.clone(), spec),
            spec: spec.clone(),
            descriptions,
            bank: &corpus.bank,
            bank_share,
        }
    }

    /// The examples of one step; the same for the same step and the same hard negatives (a list for each language).
    pub(crate) fn step(&self, step: u64, hard: &[HardNegatives]) -> Vec<Example> {
        // A front end is made for each part: a few windows at least should share its tables.
        let part = self.recipe.batch.div_ceil(PARTS_PER_THREAD * rayon::current_num_threads());
        (0..self.recipe.batch)
            .into_par_iter()
            .with_min_len(part)
            .map_init(
                || FrontEnd::new(&self.spec).expect("the default front end is valid"),
                |front_end, index| {
                    let mut rng = generator([self.recipe.seed, step, index as u64, 0]);
                    self.example(front_end, hard, &mut rng)
                },
            )
            .collect()
    }

    /// Noise that no recording has, made anew at each turn of mining: each a window of backgrounds, calls or barks.
    pub(crate) fn noises(&self, turn: u64) -> Vec<Recording> {
        let noise = |index: u64| {
            let mut rng = generator([self.recipe.seed, turn, index, NOISES]);
            match index % 3 {
                0 => as_recording(&self.noise.background(self.composer.window_samples(), &mut rng)),
                1 => as_recording(&self.noise.calls(self.composer.window_samples(), &mut rng)),
                _ => self.composer.barks(&mut rng).into(),
            }
        };
        (0..MADE_UP_NOISES).into_par_iter().map(noise).collect()
    }

    fn example(&self, front_end: &mut FrontEnd, hard: &[HardNegatives], rng: &mut StdRng) -> Example {
        if self.bank_share > 0.0 && rng.random_bool(self.bank_share) {
            return self.banked(hard, rng);
        }
        let (samples, lesson) = match self.descriptions {
            Some(descriptions) if rng.random_bool(self.recipe.imitation) => {
                let (scene, lesson) = self.composer.imitation(descriptions, rng);
                (self.in_a_room(scene, rng), lesson)
            }
            _ => self.hearing(hard, rng),
        };
        let mut features = Vec::with_capacity(self.recipe.window_frames * self.spec.coefficients);
        front_end.reset();
        front_end.push(&samples, |frame| features.extend_from_slice(frame));
        if !self.bank.is_empty() && rng.random_bool(CODED_SHARE) {
            features = as_coded(&features, self.spec.coefficients);
        }
        if let Some(augment) = &self.features {
            augment.apply(&mut features, rng);
        }
        Example { frames: features, lesson }
    }

    /// A window of the bank, as it is or where a keyword was falsely detected.
    fn banked(&self, hard: &[HardNegatives], rng: &mut StdRng) -> Example {
        let language = self.composer.draw_language(rng);
        let hard = hard.get(language).map_or(&[][..], |hard| &hard.pieces);
        let (wanted, coefficients) = (self.recipe.window_frames, self.spec.coefficients);
        let (piece, first) = if !hard.is_empty() && rng.random_bool(HARD_SHARE) {
            let Hard { sound, end, .. } = &hard[rng.random_range(0..hard.len())];
            let place = rng.random_range(HARD_PLACE) * wanted as f32;
            (sound, end.saturating_sub(place as usize))
        } else {
            let piece = &self.bank[rng.random_range(0..self.bank.len())].frames;
            (piece, rng.random_range(0..=(piece.len() / coefficients).saturating_sub(wanted)))
        };
        // A piece that is too short goes on with its beginning.
        let mut frames: Vec<f32> =
            piece.iter().cycle().skip(first * coefficients).take(wanted * coefficients).copied().collect();
        if let Some(augment) = &self.features {
            augment.apply(&mut frames, rng);
        }
        Example { frames, lesson: Lesson::Hear { language, words: Vec::new(), besides: Besides::Speech } }
    }

    fn hearing(&self, hard: &[HardNegatives], rng: &mut StdRng) -> (Vec<f32>, Lesson) {
        let language = self.composer.draw_language(rng);
        let kind: f64 = rng.random();
        if kind < self.recipe.silence {
            let samples = self.noise.background(self.composer.window_samples(), rng);
            return (samples, Lesson::Hear { language, words: Vec::new(), besides: Besides::Silence });
        }
        let filler = if kind < self.recipe.silence + self.recipe.filler {
            let hard = hard.get(language).map_or(&[][..], |hard| &hard.recordings);
            self.composer.filler(language, hard, rng)
        } else {
            None
        };
        let besides = if filler.is_some() { Besides::Speech } else { Besides::Anything };
        let Composed { scene, words } = filler.unwrap_or_else(|| self.composer.words(language, rng));
        (self.in_a_room(scene, rng), Lesson::Hear { language, words, besides })
    }

    /// What a microphone makes of a scene.
    fn in_a_room(&self, mut scene: Scene<'_>, rng: &mut StdRng) -> Vec<f32> {
        scene.reverberate(rng);
        scene.add_floor(rng);
        self.noise.mix_into(&mut scene.samples, rng);
        if rng.random_bool(self.recipe.babble) {
            self.composer.add_babble(&mut scene, rng);
        }
        scene.narrow(rng);
        scene.scale(rng);
        scene.samples
    }
}

/// Samples as a recording holds them, its loudest at half of the range.
fn as_recording(samples: &[f32]) -> Recording {
    let loudest = samples.iter().fold(1e-6f32, |loudest, sample| loudest.max(sample.abs()));
    samples.iter().map(|sample| (sample / loudest * 16_384.0) as i16).collect()
}

/// The generator of a thing that these numbers name, whatever thread makes it.
pub(super) fn generator(numbers: [u64; 4]) -> StdRng {
    let mut bytes = [0; 32];
    for (slot, value) in bytes.chunks_exact_mut(8).zip(numbers) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    StdRng::from_seed(bytes)
}
