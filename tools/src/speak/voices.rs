//! Who speaks: eSpeak NG's voices and accents, gone round so that all mixtures come up.

use std::collections::BTreeMap;

use anyhow::Result;
use rand::Rng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use super::espeak::{Espeak, Manner, Pronunciation};
use super::phones::{Phone, distance};
use crate::data::Split;

/// Languages whose accents are tried.
const ACCENTS: [&str; 20] = [
    "ar", "cs", "de", "el", "en-gb", "en-us", "es", "fi", "fr-fr", "hi", "hu", "id", "it", "nl", "pl",
    "pt-br", "ro", "ru", "sv", "tr",
];
/// So many of them, whose sounds are nearest, are used, …
const NEAREST: usize = 4;
/// … in this share of takes.
const ACCENT_SHARE: f64 = 0.3;
/// Words per minute. People call a device slowly, and eSpeak NG says a single word fast: at 175, its own rate, "athena" takes
/// 0.4 s, where people take twice as long.
const WORDS_PER_MINUTE: std::ops::Range<u32> = 80..180;
/// One voice in so many speaks nothing that is trained on.
const HELD_OUT: usize = 5;

/// Everybody who can speak a language.
pub(super) struct Voices {
    language: String,
    /// Names of voices.
    variants: Vec<String>,
    /// Languages to have an accent of, with their sounds.
    accents: Vec<(String, BTreeMap<String, String>)>,
}

impl Voices {
    /// Finds the voices, and the accents that are nearest for these phrases.
    pub(super) fn find(espeak: &Espeak, language: &str, phrases: &[Pronunciation]) -> Result<Self> {
        let foreign = |accent: &&&str| accent.split('-').next() != language.split('-').next();
        let mut accents: Vec<_> = ACCENTS
            .par_iter()
            .filter(foreign)
            // An installation need not have every language.
            .filter_map(|accent| Some(((*accent).to_owned(), espeak.inventory(accent).ok()?)))
            .map(|(accent, sounds)| (strangeness(&sounds, phrases), accent, sounds))
            .collect();
        accents.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        accents.truncate(NEAREST);
        Ok(Self {
            language: language.to_owned(),
            variants: espeak.variants()?,
            accents: accents.into_iter().map(|(_, accent, sounds)| (accent, sounds)).collect(),
        })
    }

    /// The voice that speaks the `n`th take of a split.
    pub(super) fn variant(&self, split: Split, n: usize) -> &str {
        let is_held_out = |index: usize| index % HELD_OUT == HELD_OUT - 1;
        let wanted = split != Split::Train;
        let of_split: Vec<&String> = (0..self.variants.len())
            .filter(|&index| is_held_out(index) == wanted || self.variants.len() < HELD_OUT)
            .map(|index| &self.variants[index])
            .collect();
        of_split[n % of_split.len()]
    }

    /// A way to say something with a voice, and what is said then.
    pub(super) fn manner(
        &self,
        variant: &str,
        pronunciation: &Pronunciation,
        rng: &mut StdRng,
    ) -> (Manner, Pronunciation) {
        let (pitch, words_per_minute) = (rng.random_range(15..85), rng.random_range(WORDS_PER_MINUTE));
        let manner =
            |language: &str| Manner { voice: format!("{language}+{variant}"), pitch, words_per_minute };
        if self.accents.is_empty() || !rng.random_bool(ACCENT_SHARE) {
            return (manner(&self.language), pronunciation.clone());
        }
        let (accent, sounds) = &self.accents[rng.random_range(0..self.accents.len())];
        (manner(accent), with_sounds(pronunciation, sounds))
    }
}

/// How far a language's sounds are from those of the phrases.
fn strangeness(sounds: &BTreeMap<String, String>, phrases: &[Pronunciation]) -> f32 {
    phrases.iter().flatten().flatten().map(|phone| nearest(phone, sounds).0).sum()
}

/// A phrase said with a language's sounds, each the nearest to its own.
fn with_sounds(pronunciation: &Pronunciation, sounds: &BTreeMap<String, String>) -> Pronunciation {
    let phone = |phone: &Phone| nearest(phone, sounds).1;
    pronunciation.iter().map(|word| word.iter().map(phone).collect()).collect()
}

fn nearest(phone: &Phone, sounds: &BTreeMap<String, String>) -> (f32, Phone) {
    let like = |sound| {
        let other = Phone::in_place_of(&phone.ipa, sound);
        (distance(phone, &other), other)
    };
    let nearest = sounds.iter().map(like).min_by(|a, b| a.0.total_cmp(&b.0));
    nearest.unwrap_or_else(|| (1.0, phone.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::espeak::ipa;
    use super::super::phones::tests::phones;
    use super::*;

    #[test]
    fn an_accent_has_its_own_sounds_and_the_words_stress() {
        let sounds = ["t", "a", "e", "s"].map(|ipa| (ipa.to_owned(), ipa.to_owned())).into();
        let said = with_sounds(&vec![phones("θ_ˈæ_t")], &sounds);
        assert_eq!(ipa(&said), "sˈat");
        assert_eq!(strangeness(&sounds, &[vec![phones("t_ˈa")]]), 0.0);
    }

    #[test]
    fn nobody_speaks_for_training_and_for_judging() {
        let variants: Vec<String> = (0..23).map(|n| format!("v{n}")).collect();
        let voices = Voices { language: "lt".into(), variants, accents: Vec::new() };
        let of =
            |split| (0..100).map(|n| voices.variant(split, n)).collect::<std::collections::BTreeSet<_>>();
        let (train, dev) = (of(Split::Train), of(Split::Dev));
        assert_eq!((train.len(), dev.len()), (19, 4));
        assert!(train.is_disjoint(&dev));
    }
}
