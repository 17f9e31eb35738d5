//! Puts windows together: streams of words, of what is no keyword, and of what is to be imitated.

use polyspot::front_end::FrontEndSpec;
use rand::Rng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use super::corpus::{Corpus, Language, Recording};
use super::example::{Lesson, Word};
use super::loss::RUN_STEPS;
use super::mining::Hard;
use super::recipe::Recipe;
use super::teacher::Descriptions;
use crate::augment::{Extent, Scene, active_level, at_speed, barks};

/// Seconds after a word's end between which the steps end in which it may be reported. What has been heard by then tells a command,
/// which stands alone, from the same word inside a sentence; the longer, the better, and the later.
const REPORTED_EARLIEST: f32 = 0.05;
const REPORTED_LATEST: f32 = 0.3;
/// A long word may be reported before its end, by so much at most: when it fills so much of what the network looks back at. Later its
/// beginning is out of sight, and what is left may be a part of the word, which is none.
const LONG_EARLIEST: f32 = -0.3;
const LONG_SHARE: f32 = 0.75;
/// Pauses between words in seconds: short ones, and any.
const SHORT_PAUSES: std::ops::Range<f32> = 0.1..0.35;
const PAUSES: std::ops::Range<f32> = 0.3..1.1;
const SHORT_PAUSES_SHARE: f64 = 0.45;
/// Pauses in seconds between a command and running speech: shorter ones make it a part of the speech.
const APART: std::ops::Range<f32> = 0.3..0.8;
/// Share of the words that have running speech before or after them.
const BESIDE_SPEECH_SHARE: f64 = 0.12;
/// Share of running speech that is drawn from what was falsely detected, where something was.
pub(super) const HARD_SHARE: f64 = 0.5;
/// Where in its window what was falsely detected ends, as a share of the window.
pub(super) const HARD_PLACE: std::ops::Range<f32> = 0.4..0.97;
/// Share of running speech among the fillers, about.
pub(super) const SPEECH_SHARE: f64 = 0.45;

/// A window, and the words that are to be heard in it.
pub(super) struct Composed<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) words: Vec<Word>,
}

/// Composes windows from a corpus.
pub(super) struct Composer<'a> {
    recipe: &'a Recipe,
    corpus: &'a Corpus,
    spec: FrontEndSpec,
    /// Of each language, class and clip.
    extents: Vec<Vec<Vec<Extent>>>,
    /// Weights with which languages are drawn.
    languages: Vec<f64>,
    /// For each language, weights with which its words are drawn.
    weights: Vec<WordWeights>,
}

/// Weights with which a language's words are drawn.
struct WordWeights {
    keywords: Vec<f64>,
    others: Vec<f64>,
}

/// A word as it is drawn: its clip, where it is in it, and its class.
struct Drawn<'a> {
    clip: &'a Recording,
    extent: Extent,
    class: usize,
}

impl<'a> Composer<'a> {
    pub(super) fn new(recipe: &'a Recipe, corpus: &'a Corpus, spec: &FrontEndSpec) -> Self {
        let of_words = |clips: &Vec<Recording>| clips.iter().map(|clip| Extent::of(clip)).collect();
        let of_language = |language: &Language| language.train.par_iter().map(of_words).collect();
        let of_recipe = |tag: &str| recipe.languages.get(tag).copied().unwrap_or(1.0);
        let weight = |language: &Language| {
            let clips: usize = language.train.iter().map(Vec::len).sum();
            (clips as f64).sqrt() * of_recipe(&language.vocabulary.language)
        };
        Self {
            recipe,
            corpus,
            spec: spec.clone(),
            languages: corpus.languages.iter().map(weight).collect(),
            extents: corpus.languages.iter().map(of_language).collect(),
            weights: corpus.languages.iter().map(WordWeights::new).collect(),
        }
    }

    /// Samples of a window.
    pub(super) fn window_samples(&self) -> usize {
        (self.recipe.window_frames - 1) * self.spec.hop_samples + self.spec.frame_samples
    }

    fn scene(&self) -> Scene<'a> {
        Scene::new(&self.recipe.waveform, self.spec.sample_rate_hz, self.window_samples())
    }

    fn rate(&self) -> f32 {
        self.spec.sample_rate_hz as f32
    }

    /// A length in samples, of seconds drawn from a range.
    fn samples(&self, seconds: std::ops::Range<f32>, rng: &mut StdRng) -> f32 {
        rng.random_range(seconds) * self.rate()
    }

    /// The first step of the network that ends at a sample or later.
    fn step_at(&self, sample: f32) -> usize {
        let FrontEndSpec { hop_samples, frame_samples, .. } = self.spec;
        let stride = (self.recipe.network.stride_frames() * hop_samples) as f32;
        let first_end = stride - hop_samples as f32 + frame_samples as f32;
        ((sample - first_end) / stride).ceil().max(0.0) as usize
    }

    /// Steps of a window.
    fn steps(&self) -> usize {
        self.recipe.window_frames / self.recipe.network.stride_frames()
    }

    /// A language, by the square root of its number of clips and the recipe's weight.
    pub(super) fn draw_language(&self, rng: &mut StdRng) -> usize {
        draw(&self.languages, rng)
    }

    fn word(&self, language: usize, rng: &mut StdRng) -> Drawn<'a> {
        let Language { vocabulary, train, .. } = &self.corpus.languages[language];
        let weights = &self.weights[language];
        let class = if weights.others.is_empty() || rng.random_bool(self.recipe.keywords) {
            draw(&weights.keywords, rng)
        } else {
            vocabulary.keywords + draw(&weights.others, rng)
        };
        let index = rng.random_range(0..train[class].len());
        Drawn { clip: &train[class][index], extent: self.extents[language][class][index], class }
    }

    /// Words one after the other, now and then with running speech before or after them.
    pub(super) fn words(&self, language: usize, rng: &mut StdRng) -> Composed<'a> {
        let mut scene = self.scene();
        let mut words = Vec::new();
        let end = scene.samples.len() as f32;
        let mut cursor = self.samples(-0.6..1.0, rng);
        // Nothing is before it that keeps it where it is.
        let mut is_free = true;
        if rng.random_bool(BESIDE_SPEECH_SHARE) {
            is_free = false;
            cursor = self.samples(0.7..1.5, rng);
            let until = cursor - self.samples(APART, rng);
            self.add_speech(&mut scene, 0.0, until, rng);
        }
        while cursor < end - 0.25 * self.rate() {
            let word = self.word(language, rng);
            if std::mem::take(&mut is_free) {
                cursor = self.with_room_for(&word, cursor, rng);
            }
            cursor = self.add_word(&mut scene, &mut words, &word, cursor, rng);
            if rng.random_bool(BESIDE_SPEECH_SHARE) {
                self.add_speech(&mut scene, cursor + self.samples(APART, rng), end, rng);
                break;
            }
            let pauses = if rng.random_bool(SHORT_PAUSES_SHARE) { SHORT_PAUSES } else { PAUSES };
            cursor += self.samples(pauses, rng);
        }
        Composed { scene, words }
    }

    /// Where a word begins that would begin at a sample: earlier, if it is so long that it would not end in the window.
    fn with_room_for(&self, word: &Drawn<'_>, start: f32, rng: &mut StdRng) -> f32 {
        let longest = (word.extent.end - word.extent.start) as f32 / (1.0 - self.recipe.waveform.speed);
        let latest = self.window_samples() as f32 - longest - REPORTED_LATEST * self.rate();
        if start <= latest || latest <= 0.0 { start } else { rng.random_range(0.0..latest) }
    }

    /// Adds a word that begins at a sample; gives where it ends.
    fn add_word(
        &self,
        scene: &mut Scene<'_>,
        words: &mut Vec<Word>,
        word: &Drawn<'_>,
        start: f32,
        rng: &mut StdRng,
    ) -> f32 {
        let Extent { start: first, end } = word.extent;
        let speed = scene.draw_speed(rng);
        // With more or less of what is around it in its clip.
        let (before, after) =
            (self.samples(0.02..0.25, rng) as usize, self.samples(0.04..0.25, rng) as usize);
        let from = first.saturating_sub(before);
        let to = word.clip.len().min(end + after);
        let gain = 10f32.powf(rng.random_range(-4.0..4.0) / 20.0);
        scene.add(&word.clip[from..to], (start - (first - from) as f32 / speed) as isize, speed, gain);
        let at = |sample: usize| start + (sample - first) as f32 / speed;
        let from_end = |seconds: f32| at(end) + seconds * self.rate();
        let view = (self.recipe.network.view_frames() * self.spec.hop_samples) as f32;
        let filled = (start + LONG_SHARE * view).max(from_end(LONG_EARLIEST));
        let earliest = from_end(REPORTED_EARLIEST).min(filled);
        let spoken = self.step_at(start)..self.step_at(from_end(REPORTED_LATEST)).min(self.steps());
        let reported = self.step_at(earliest).min(spoken.end)..spoken.end;
        let is_whole = start >= 0.0 && reported.len() >= RUN_STEPS;
        if !spoken.is_empty() {
            words.push(Word { class: is_whole.then_some(word.class), spoken, reported });
        }
        at(end)
    }

    /// A window of what is no keyword; none where there is nothing to draw from.
    pub(super) fn filler(
        &self,
        language: usize,
        hard: &[Hard<Recording>],
        rng: &mut StdRng,
    ) -> Option<Composed<'a>> {
        let mut scene = self.scene();
        let end = scene.samples.len() as f32;
        let languages = self.corpus.languages.len();
        let has_speech = self.corpus.speech.iter().any(|folder| !folder.is_empty());
        match rng.random_range(0..12 + self.recipe.barks) {
            0..=5 if !hard.is_empty() && rng.random_bool(HARD_SHARE) => {
                Self::add_hard(&mut scene, &hard[rng.random_range(0..hard.len())], rng);
            }
            0..=5 if has_speech => self.add_speech(&mut scene, 0.0, end, rng),
            6..=7 if has_speech => self.add_sentence(&mut scene, language, rng),
            8..=9 if languages > 1 && !self.recipe.teaches_every_language() => {
                let other = (language + rng.random_range(1..languages)) % languages;
                scene = self.words(other, rng).scene;
            }
            10 => self.add_parts(&mut scene, language, rng),
            11 => {
                let word = self.word(language, rng);
                let clip = at_speed(word.clip, inhuman_speed(rng));
                scene.add(&clip, self.samples(0.0..1.0, rng) as isize, 1.0, 1.0);
            }
            12.. => scene.add(&self.barks(rng), 0, 1.0, 1.0),
            _ => return None,
        }
        Some(Composed { scene, words: Vec::new() })
    }

    /// A window of barks made of some word.
    pub(super) fn barks(&self, rng: &mut StdRng) -> Vec<i16> {
        let word = self.word(rng.random_range(0..self.corpus.languages.len()), rng);
        barks(word.clip, self.window_samples(), self.spec.sample_rate_hz, rng)
    }

    /// Fills a part of the window with running speech.
    fn add_speech(&self, scene: &mut Scene<'_>, from: f32, to: f32, rng: &mut StdRng) {
        let folders: Vec<_> = self.corpus.speech.iter().filter(|folder| !folder.is_empty()).collect();
        if folders.is_empty() || to <= from {
            return;
        }
        let folder = folders[rng.random_range(0..folders.len())];
        let speech = &folder[rng.random_range(0..folder.len())];
        let speed = scene.draw_speed(rng);
        let length = (((to - from) * speed) as usize + 2).min(speech.len());
        let first = rng.random_range(0..=speech.len() - length);
        scene.add(&speech[first..first + length], from as isize, speed, 1.0);
    }

    /// What was falsely detected, somewhere in the window.
    fn add_hard(scene: &mut Scene<'_>, hard: &Hard<Recording>, rng: &mut StdRng) {
        let speed = scene.draw_speed(rng);
        let place = rng.random_range(HARD_PLACE) * scene.samples.len() as f32;
        let first = (place - hard.end as f32 / speed) as isize;
        // Long recordings are cut before they are read at another speed, which has no end inside the window.
        let skipped = ((-first).max(0) as f32 * speed) as usize;
        let length = (scene.samples.len() as f32 * speed) as usize + 2;
        let recording = &hard.sound[skipped.min(hard.sound.len())..];
        scene.add(&recording[..length.min(recording.len())], first.max(0), speed, 1.0);
    }

    /// A keyword inside a sentence, which is no command.
    fn add_sentence(&self, scene: &mut Scene<'_>, language: usize, rng: &mut StdRng) {
        let end = scene.samples.len() as f32;
        self.add_speech(scene, 0.0, end, rng);
        let word = self.word(language, rng);
        let clip = &word.clip[word.extent.start..word.extent.end.max(word.extent.start)];
        let speed = scene.draw_speed(rng);
        let length = (clip.len() as f32 / speed) as usize;
        let first = self.samples(0.3..1.6, rng) as usize;
        let last = scene.samples.len().min(first + length);
        if first >= last {
            return;
        }
        let as_scaled: Vec<f32> = clip.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
        let gain = active_level(&scene.samples) / active_level(&as_scaled).max(1e-4);
        scene.samples[first..last].fill(0.0);
        scene.add(clip, first as isize, speed, gain.clamp(0.05, 5.0));
    }

    /// Parts of words with pauses between them.
    fn add_parts(&self, scene: &mut Scene<'_>, language: usize, rng: &mut StdRng) {
        let mut cursor = self.samples(0.0..0.8, rng);
        while cursor < scene.samples.len() as f32 {
            let Drawn { clip, extent, .. } = self.word(language, rng);
            let length = extent.end.saturating_sub(extent.start);
            let share = rng.random_range(0.25..0.6);
            let part = (length as f32 * share) as usize;
            let first = if rng.random() { extent.start } else { extent.end - part };
            let speed = scene.draw_speed(rng);
            scene.add(&clip[first..first + part], cursor as isize, speed, 1.0);
            cursor += part as f32 / speed + self.samples(0.15..0.8, rng);
        }
    }

    /// Adds people who talk in the background.
    pub(super) fn add_babble(&self, scene: &mut Scene<'_>, rng: &mut StdRng) {
        let mut babble = self.scene();
        let end = babble.samples.len() as f32;
        for _ in 0..rng.random_range(1..=3) {
            self.add_speech(&mut babble, 0.0, end, rng);
        }
        let ratio = 10f32.powf(rng.random_range(5.0..25.0) / 20.0);
        let gain = active_level(&scene.samples) / (active_level(&babble.samples).max(1e-6) * ratio);
        scene.samples.iter_mut().zip(&babble.samples).for_each(|(sample, babble)| *sample += gain * babble);
    }

    /// A window of sound with its description.
    pub(super) fn imitation(&self, descriptions: &Descriptions, rng: &mut StdRng) -> (Scene<'a>, Lesson) {
        let mut scene = self.scene();
        let described = &descriptions.recordings[rng.random_range(0..descriptions.recordings.len())];
        let speed = scene.draw_speed(rng);
        let length = ((scene.samples.len() as f32 * speed) as usize + 2).min(described.recording.len());
        let first = rng.random_range(0..=described.recording.len() - length);
        scene.add(&described.recording[first..first + length], 0, speed, 1.0);
        let FrontEndSpec { hop_samples, frame_samples, .. } = self.spec;
        let stride = self.recipe.network.stride_frames();
        let step_end = |step: usize| ((stride * (step + 1) - 1) * hop_samples + frame_samples) as f32;
        // The teacher has heard what the window begins with, the network has not.
        let begin = self.step_at(descriptions.first_end as f32);
        let mut description = Vec::new();
        let mut end = begin;
        for step in begin..self.steps() {
            let Some(values) = descriptions.at(described, first as f32 + step_end(step) * speed) else {
                break;
            };
            description.extend(values);
            end = step + 1;
        }
        (scene, Lesson::Imitate { steps: begin..end, description })
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
