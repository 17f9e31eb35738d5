//! Words that no language has, spliced from recordings of words that some have.
//!
//! A few dozen real words teach a base the sounds of those words. Hundreds of made-up ones, each the beginning of one
//! word and the end of another, played forwards or backwards, make it listen to every part of a word by itself, which
//! is what a language that it has never heard needs.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::corpus::{Language, Recording};
use super::vocabulary::Vocabulary;
use crate::data::SplitBy;

/// Language tag of made-up words: BCP 47's first one for private use.
pub(crate) const MADE_UP: &str = "qaa";

/// Clips made of each word.
const CLIPS: usize = 40;
/// Share of words that are played backwards.
const BACKWARDS: f64 = 0.35;
/// Samples in which loudness is measured, at 16 kHz: 10 ms.
const BLOCK: usize = 160;
/// Blocks taken before and after the cut.
const HALF_BLOCKS: usize = 42;
/// Blocks around a word's middle among which it is cut at the quietest.
const SEARCH_BLOCKS: usize = 8;
/// Samples over which one part fades into the other.
const FADE: usize = 80;

/// A made-up word: beginning and end, each by language and class, and its direction.
type Recipe = ((usize, usize), (usize, usize), bool);

/// A language of `words` made-up words; the same for the same recordings and seed.
pub(crate) fn language(languages: &[Language], words: usize, seed: u64) -> Language {
    let mut rng = StdRng::seed_from_u64(seed);
    let real: Vec<(usize, usize)> = languages
        .iter()
        .enumerate()
        .flat_map(|(index, language)| (0..language.train.len()).map(move |class| (index, class)))
        .collect();
    // Fewer, where there are not so many pairs.
    let words = words.min(real.len() * (real.len() - 1) / 2);
    let mut recipes = BTreeSet::new();
    while recipes.len() < words {
        let mut draw = || real[rng.random_range(0..real.len())];
        let (first, second): (_, _) = (draw(), draw());
        if first != second {
            recipes.insert((first, second, rng.random_bool(BACKWARDS)));
        }
    }
    let name = |&(first, second, backwards): &Recipe| {
        let word = |(language, class): (usize, usize)| {
            let vocabulary: &Vocabulary = &languages[language].vocabulary;
            format!("{}:{}", vocabulary.language, vocabulary.words[class])
        };
        format!("{}+{}{}", word(first), word(second), if backwards { " backwards" } else { "" })
    };
    let vocabulary = Vocabulary {
        language: MADE_UP.into(),
        words: recipes.iter().map(name).collect(),
        keywords: recipes.len(),
    };
    let mut train = Vec::new();
    for (first, second, backwards) in recipes {
        let mut clip = |(language, class): (usize, usize)| {
            let clips: &[Recording] = &languages[language].train[class];
            &clips[rng.random_range(0..clips.len())]
        };
        let clips = (0..CLIPS).map(|_| splice(clip(first), clip(second), backwards).into());
        train.push(clips.collect());
    }
    Language {
        vocabulary,
        speakers: 0,
        is_synthetic: false,
        split_by: SplitBy::Speaker,
        train,
        dev: Vec::new(),
    }
}

/// The beginning of one word and the end of another at the same level.
fn splice(first: &[i16], second: &[i16], backwards: bool) -> Vec<i16> {
    let half = HALF_BLOCKS * BLOCK;
    let (a, b) = (cut(first), cut(second));
    let (beginning, end) = (&first[a.saturating_sub(half)..a], &second[b..second.len().min(b + half)]);
    let gain = (level(beginning) / level(end).max(1.0)).clamp(0.3, 3.0);
    let fade = FADE.min(beginning.len()).min(end.len());
    let mut word: Vec<f32> = beginning.iter().map(|&sample| f32::from(sample)).collect();
    let start = word.len() - fade;
    for (i, &sample) in end.iter().enumerate() {
        let sample = gain * f32::from(sample);
        if i < fade {
            let share = (i + 1) as f32 / (fade + 1) as f32;
            word[start + i] = (1.0 - share) * word[start + i] + share * sample;
        } else {
            word.push(sample);
        }
    }
    if backwards {
        word.reverse();
    }
    // `as` saturates, which clips what exceeds full scale.
    word.into_iter().map(|sample| sample as i16).collect()
}

/// Where a word is cut: at the quietest of the blocks around the middle of its energy.
fn cut(clip: &[i16]) -> usize {
    let energies: Vec<f64> = clip.chunks(BLOCK).map(energy).collect();
    let total: f64 = energies.iter().sum();
    let mut sum = 0.0;
    let middle = energies
        .iter()
        .position(|energy| {
            sum += energy;
            sum >= total / 2.0
        })
        .unwrap_or(0);
    let around = middle.saturating_sub(SEARCH_BLOCKS)..energies.len().min(middle + SEARCH_BLOCKS + 1);
    let quietest = around.min_by(|&a, &b| energies[a].total_cmp(&energies[b])).unwrap_or(middle);
    (quietest * BLOCK).min(clip.len())
}

fn energy(samples: &[i16]) -> f64 {
    samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum()
}

/// Root mean square.
fn level(samples: &[i16]) -> f32 {
    (energy(samples) / samples.len().max(1) as f64).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two loud bursts with a pause between them.
    fn clip(first: i16, second: i16) -> Vec<i16> {
        let part = |value: i16, blocks: usize| std::iter::repeat_n(value, blocks * BLOCK);
        part(0, 20)
            .chain(part(first, 20))
            .chain(part(0, 4))
            .chain(part(second, 20))
            .chain(part(0, 36))
            .collect()
    }

    #[test]
    fn a_word_is_cut_in_its_pause() {
        let at = cut(&clip(1_000, 1_000)) / BLOCK;
        assert!((40..44).contains(&at), "{at}");
    }

    #[test]
    fn the_beginning_of_one_word_is_followed_by_the_end_of_another() {
        let (a, b) = (clip(1_000, -3_000), clip(2_000, -1_000));
        let word = splice(&a, &b, false);
        assert!(word.contains(&1_000) && word.iter().any(|&s| s < -500) && !word.contains(&2_000));
        let mut backwards = splice(&a, &b, true);
        backwards.reverse();
        assert_eq!(word, backwards);
    }
}
