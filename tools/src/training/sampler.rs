//! Draws the windows of a training step.

use polyspot::{FrontEnd, FrontEndSpec};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::corpus::{Corpus, Language, Recording};
use super::recipe::Recipe;
use crate::augment::{FeatureAugment, NoiseBank, Spoken, at_speed, barks};

/// Frames in the second of audio that holds the word: a multiple of the strides in use.
const SECOND_FRAMES: usize = 96;

/// Parts that a batch is drawn in, so that no thread waits long for another.
const PARTS_PER_THREAD: usize = 4;

/// Share of the longer windows in which another word comes before the one to be judged.
const CONTEXT_SHARE: f64 = 0.3;

/// One window of features and what it is.
pub(crate) struct Example {
    /// `[T, coefficients]`.
    pub(crate) frames: Vec<f32>,
    /// Index of the language whose head is to judge it.
    pub(crate) language: usize,
    /// Class in that language's vocabulary.
    pub(crate) class: usize,
}

/// Draws examples: a word of some language, filler or silence, augmented.
pub(crate) struct Sampler<'a> {
    recipe: &'a Recipe,
    corpus: &'a Corpus,
    noise: NoiseBank,
    features: Option<FeatureAugment>,
    spec: FrontEndSpec,
    /// For each language, words with their cumulated weights.
    words: Vec<WordWeights>,
}

/// Weights with which a language's words are drawn.
struct WordWeights {
    keywords: Vec<f64>,
    others: Vec<f64>,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(recipe: &'a Recipe, corpus: &'a Corpus, spec: &FrontEndSpec) -> Self {
        let noise = NoiseBank::new(recipe.noise.clone(), spec.sample_rate_hz, corpus.noise.clone());
        let words = corpus.languages.iter().map(WordWeights::new).collect();
        let features = FeatureAugment::new(recipe.features.clone(), spec);
        Self { recipe, corpus, noise, features, spec: spec.clone(), words }
    }

    /// The examples of one step, all with windows of the same length; the same for the same step.
    pub(crate) fn step(&self, step: u64) -> Vec<Example> {
        let mut rng = generator([self.recipe.seed, step, u64::MAX, 0]);
        let context = &self.recipe.context_frames;
        let context = if context.is_empty() { 0 } else { context[rng.random_range(0..context.len())] };
        let frames = SECOND_FRAMES + context;
        // A front end is made for each part: a few windows at least should share its tables.
        let part = self.recipe.batch.div_ceil(PARTS_PER_THREAD * rayon::current_num_threads());
        (0..self.recipe.batch)
            .into_par_iter()
            .with_min_len(part)
            .map_init(
                || FrontEnd::new(&self.spec).expect("the default front end is valid"),
                |front_end, index| {
                    let mut rng = generator([self.recipe.seed, step, index as u64, 0]);
                    self.example(frames, front_end, &mut rng)
                },
            )
            .collect()
    }

    fn example(&self, frames: usize, front_end: &mut FrontEnd, rng: &mut StdRng) -> Example {
        let length = (frames - 1) * self.spec.hop_samples + self.spec.frame_samples;
        let language = self.draw_language(rng);
        let vocabulary = &self.corpus.languages[language].vocabulary;
        let kind: f64 = rng.random();
        let (samples, class) = if kind < self.recipe.silence {
            (self.noise.background(length, rng), vocabulary.silence())
        } else {
            let asked = kind < self.recipe.silence + self.recipe.filler;
            let filler = if asked { self.filler(language, length, rng) } else { None };
            let (clip, class) =
                filler.map_or_else(|| self.word(language, rng), |clip| (clip, vocabulary.unknown()));
            (self.speak(&clip, length, rng), class)
        };
        let mut features = Vec::with_capacity(frames * self.spec.coefficients);
        front_end.reset();
        front_end.push(&samples, |frame| features.extend_from_slice(frame));
        if let Some(augment) = &self.features {
            augment.apply(&mut features, rng);
        }
        Example { frames: features, language, class }
    }

    /// A clip in a window, with what may be around it.
    fn speak(&self, clip: &[i16], length: usize, rng: &mut StdRng) -> Vec<f32> {
        let mut window = Spoken::new(&self.recipe.waveform, self.spec.sample_rate_hz, length);
        window.add_word(clip, rng);
        if length > self.spec.sample_rate_hz as usize && rng.random_bool(CONTEXT_SHARE) {
            let language = rng.random_range(0..self.corpus.languages.len());
            let (before, _) = self.word(language, rng);
            window.add_context(&before, rng);
        }
        window.reverberate(rng);
        window.add_floor(rng);
        self.noise.mix_into(&mut window.samples, rng);
        window.scale(rng);
        window.samples
    }

    /// A language, by the square root of its number of clips.
    fn draw_language(&self, rng: &mut StdRng) -> usize {
        let weights: Vec<f64> = self
            .corpus
            .languages
            .iter()
            .map(|language| (language.train.iter().map(Vec::len).sum::<usize>() as f64).sqrt())
            .collect();
        draw(&weights, rng)
    }

    fn word(&self, language: usize, rng: &mut StdRng) -> (Recording, usize) {
        let Language { vocabulary, train, .. } = &self.corpus.languages[language];
        let weights = &self.words[language];
        let class = if weights.others.is_empty() || rng.random_bool(self.recipe.keywords) {
            draw(&weights.keywords, rng)
        } else {
            vocabulary.keywords + draw(&weights.others, rng)
        };
        (train[class][rng.random_range(0..train[class].len())].clone(), class)
    }

    /// A windowful of running speech, a word of another language, the halves of two words, a word at a speed that no voice has, or
    /// barks; `None` where there is nothing to draw from.
    fn filler(&self, language: usize, length: usize, rng: &mut StdRng) -> Option<Recording> {
        let languages = self.corpus.languages.len();
        match rng.random_range(0..10 + self.recipe.barks) {
            0..=5 if !self.corpus.speech.is_empty() => {
                let folder = &self.corpus.speech[rng.random_range(0..self.corpus.speech.len())];
                let speech = &folder[rng.random_range(0..folder.len())];
                let first = rng.random_range(0..=speech.len().saturating_sub(length));
                Some(speech[first..speech.len().min(first + length)].into())
            }
            6..=7 if languages > 1 => {
                let other = (language + rng.random_range(1..languages)) % languages;
                Some(self.word(other, rng).0)
            }
            8 => {
                let ((a, first), (b, second)) = (self.word(language, rng), self.word(language, rng));
                let halves = [&a[a.len() / 4..a.len() / 2], &b[b.len() / 2..b.len() * 3 / 4]].concat();
                (first != second).then(|| halves.into())
            }
            9 => Some(at_speed(&self.word(language, rng).0, inhuman_speed(rng)).into()),
            10.. => {
                let (word, _) = self.word(rng.random_range(0..languages), rng);
                Some(barks(&word, length, self.spec.sample_rate_hz, rng).into())
            }
            _ => None,
        }
    }
}

/// A speed at which a word has the rhythm of speech, and a throat that is no one's: what barks, squeaks and growls have.
fn inhuman_speed(rng: &mut StdRng) -> f32 {
    if rng.random() { rng.random_range(1.8..3.0) } else { rng.random_range(0.35..0.55) }
}

impl WordWeights {
    /// Keywords are drawn alike, other words by the square root of how many clips they have.
    fn new(language: &Language) -> Self {
        let keywords = language.vocabulary.keywords;
        let others = language.train[keywords..].iter().map(|clips| (clips.len() as f64).sqrt());
        Self { keywords: vec![1.0; keywords], others: others.collect() }
    }
}

/// An index, with probability proportional to its weight.
fn draw(weights: &[f64], rng: &mut StdRng) -> usize {
    let mut rest = rng.random_range(0.0..weights.iter().sum());
    weights
        .iter()
        .position(|w| {
            rest -= w;
            rest < 0.0
        })
        .unwrap_or(weights.len() - 1)
}

/// The generator of a thing that these numbers name, whatever thread makes it.
pub(super) fn generator(numbers: [u64; 4]) -> StdRng {
    let mut bytes = [0; 32];
    for (slot, value) in bytes.chunks_exact_mut(8).zip(numbers) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    StdRng::from_seed(bytes)
}
