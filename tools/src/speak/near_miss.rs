//! Near misses: what sounds much like a phrase and is none. A detector that never heard them takes them for it.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use strsim::levenshtein;

use super::espeak::{Espeak, Pronunciation, ipa};
use super::phones::{Phone, distance, distance_to_part, edit_distance};

/// What costs less to change is the phrase itself, said by somebody else.
const NEAREST: f32 = 0.4;
/// A changed sound is no nearer than this to what it replaces, …
const CLOSEST_SOUND: f32 = 0.25;
/// … and each sound is replaced by so many others.
const REPLACEMENTS: usize = 3;
/// Of a list of words, so many whose letters are most like the phrase's are pronounced.
const CANDIDATES: usize = 1_500;
/// A phrase of fewer phones than this has no parts of its own.
const SHORTEST_DIVIDED: usize = 4;

/// What sounds like a phrase.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NearMiss {
    /// The word or the words; pronunciation where it is none of the language.
    pub(super) text: String,
    /// Whether it is a word of the language.
    pub(super) is_written: bool,
    pub(super) pronunciation: Pronunciation,
}

/// What near misses are made of.
pub(super) struct Material<'a> {
    pub(super) espeak: &'a Espeak,
    pub(super) language: &'a str,
    /// The language's sounds: IPA and what speaks them.
    pub(super) inventory: &'a BTreeMap<String, String>,
    /// Words of the language, if a list is at hand.
    pub(super) words: &'a [String],
}

impl Material<'_> {
    /// So many near misses of a phrase, none of which is or holds any of the phrases: its parts, words of the language, and sounds
    /// changed.
    pub(super) fn near_misses(
        &self,
        text: &str,
        phrase: &Pronunciation,
        phrases: &[Pronunciation],
        count: usize,
        rng: &mut StdRng,
    ) -> anyhow::Result<Vec<NearMiss>> {
        let mut chosen = parts(phrase);
        chosen.truncate(count / 2);
        let words = self.words_like(text, phrase)?;
        let of_words = (count - chosen.len()) / 2;
        chosen.extend(words.into_iter().take(of_words));
        let mut changed = self.changes(phrase);
        changed.shuffle(rng);
        chosen.extend(changed);
        let flat = |pronunciation: &Pronunciation| pronunciation.concat();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        chosen.retain(|miss| {
            let sounds = flat(&miss.pronunciation);
            let is_far = phrases.iter().all(|phrase| distance_to_part(&flat(phrase), &sounds) >= NEAREST);
            is_far && seen.insert(ipa(&miss.pronunciation))
        });
        chosen.truncate(count);
        Ok(chosen)
    }

    /// Words of the list, the nearest first.
    fn words_like(&self, text: &str, phrase: &Pronunciation) -> anyhow::Result<Vec<NearMiss>> {
        let mut candidates: Vec<(usize, &str)> =
            self.words.iter().map(|word| (levenshtein(word, text), word.as_str())).collect();
        candidates.sort_unstable();
        candidates.truncate(CANDIDATES);
        let texts: Vec<&str> = candidates.iter().map(|(_, word)| *word).collect();
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let pronounced = self.espeak.pronounce(self.language, &texts)?;
        let sounds = phrase.concat();
        let mut near: Vec<(f32, NearMiss)> = texts
            .into_iter()
            .zip(pronounced)
            .map(|(word, pronunciation)| {
                let apart = edit_distance(&pronunciation.concat(), &sounds);
                (apart, NearMiss { text: word.to_owned(), is_written: true, pronunciation })
            })
            .filter(|(apart, _)| *apart >= NEAREST)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.text.cmp(&b.1.text)));
        Ok(near.into_iter().map(|(_, miss)| miss).collect())
    }

    /// The phrase with one sound replaced by another of the language, or left out.
    fn changes(&self, phrase: &Pronunciation) -> Vec<NearMiss> {
        let mut changed = Vec::new();
        for (w, word) in phrase.iter().enumerate() {
            for (p, phone) in word.iter().enumerate() {
                for replacement in self.replacements(phone) {
                    let mut other = phrase.clone();
                    other[w][p] = replacement;
                    changed.push(other);
                }
                if word.len() > 2 {
                    let mut other = phrase.clone();
                    other[w].remove(p);
                    changed.push(other);
                }
            }
        }
        changed.into_iter().map(unwritten).collect()
    }

    /// Sounds of the same kind that are like one, but not too much.
    fn replacements(&self, phone: &Phone) -> Vec<Phone> {
        let like = |sound| Phone::in_place_of(&phone.ipa, sound);
        let others = self.inventory.iter().map(like).filter(|other| other.is_vowel() == phone.is_vowel());
        let mut others: Vec<(f32, Phone)> = others.map(|other| (distance(phone, &other), other)).collect();
        others.retain(|(apart, _)| *apart >= CLOSEST_SOUND);
        others.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        others.truncate(REPLACEMENTS);
        others.into_iter().map(|(_, other)| other).collect()
    }
}

/// What a phrase is made of: each word, its words in another order, its beginning and its end.
fn parts(phrase: &Pronunciation) -> Vec<NearMiss> {
    let mut parts: Vec<Pronunciation> = Vec::new();
    if phrase.len() > 1 {
        parts.extend(phrase.iter().map(|word| vec![word.clone()]));
        parts.push(phrase[1..].to_vec());
        parts.push(phrase[..phrase.len() - 1].to_vec());
        parts.push(phrase.iter().rev().cloned().collect());
    }
    for (w, word) in phrase.iter().enumerate() {
        if word.len() >= SHORTEST_DIVIDED {
            for cut in [word.len() / 2, word.len() * 2 / 3] {
                let with = |part: &[Phone]| {
                    let mut words = phrase.clone();
                    words[w] = part.to_vec();
                    words
                };
                parts.push(vec![word[..cut].to_vec()]);
                parts.push(vec![word[word.len() - cut..].to_vec()]);
                if phrase.len() > 1 {
                    parts.push(with(&word[..cut]));
                    parts.push(with(&word[word.len() - cut..]));
                }
            }
        }
    }
    parts.into_iter().map(unwritten).collect()
}

/// What has no spelling is named as it sounds.
fn unwritten(pronunciation: Pronunciation) -> NearMiss {
    NearMiss { text: ipa(&pronunciation), is_written: false, pronunciation }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::super::phones::tests::phones;
    use super::*;

    fn texts(misses: &[NearMiss]) -> Vec<&str> {
        misses.iter().map(|miss| miss.text.as_str()).collect()
    }

    #[test]
    fn a_phrase_of_two_words_has_each_and_their_other_order_for_parts() {
        let phrase = vec![phones("h_ˈeɪ"), phones("k_ə_m_p_j_ˈuː_ɾ_ɚ")];
        let parts = parts(&phrase);
        for part in ["hˈeɪ", "kəmpjˈuːɾɚ", "kəmpjˈuːɾɚ hˈeɪ", "kəmp", "jˈuːɾɚ", "hˈeɪ kəmp"]
        {
            assert!(texts(&parts).contains(&part), "{part} of {:?}", texts(&parts));
        }
    }

    #[test]
    fn a_sound_is_replaced_by_others_of_its_kind_with_its_stress() {
        let espeak = Espeak::find().unwrap();
        let inventory =
            ["a", "e", "o", "p", "b", "t", "s"].map(|ipa| (ipa.to_owned(), ipa.to_owned())).into();
        let material = Material { espeak: &espeak, language: "en", inventory: &inventory, words: &[] };
        let changed = material.changes(&vec![phones("p_ˈa_t")]);
        for text in ["pˈet", "sˈat", "pˈa", "ˈat"] {
            assert!(texts(&changed).contains(&text), "{text} of {:?}", texts(&changed));
        }
        assert!(!texts(&changed).contains(&"bˈat"), "voice alone is no other word everywhere");
    }

    #[test]
    fn what_holds_a_phrase_is_no_near_miss_of_another() {
        let espeak = Espeak::find().unwrap();
        let material = Material { espeak: &espeak, language: "en", inventory: &BTreeMap::new(), words: &[] };
        let (hey, computer) = (phones("h_ˈeɪ"), phones("k_ə_m_p_j_ˈuː_ɾ_ɚ"));
        let both = vec![hey, computer.clone()];
        let misses = |phrases: &[Pronunciation]| {
            let mut rng = StdRng::seed_from_u64(1);
            material.near_misses("hey computer", &both, phrases, 40, &mut rng).unwrap()
        };
        let alone = misses(std::slice::from_ref(&both));
        assert!(texts(&alone).contains(&"kəmpjˈuːɾɚ hˈeɪ"), "{:?}", texts(&alone));
        let beside = misses(&[both.clone(), vec![computer]]);
        assert!(beside.iter().all(|miss| !miss.text.contains("kəmpjˈuːɾɚ")), "{:?}", texts(&beside));
        assert!(texts(&beside).contains(&"hˈeɪ"), "{:?}", texts(&beside));
    }

    #[test]
    fn words_of_the_language_are_told_from_what_is_named_by_its_sounds() {
        let espeak = Espeak::find().unwrap();
        let words = ["commuter".to_owned()];
        let material =
            Material { espeak: &espeak, language: "en-us", inventory: &BTreeMap::new(), words: &words };
        let computer = vec![phones("k_ə_m_p_j_ˈuː_ɾ_ɚ")];
        let mut rng = StdRng::seed_from_u64(1);
        let misses = material
            .near_misses("computer", &computer, std::slice::from_ref(&computer), 20, &mut rng)
            .unwrap();
        assert!(misses.len() > 2);
        for miss in misses {
            assert_eq!(miss.is_written, miss.text == "commuter", "{}", miss.text);
        }
    }

    #[test]
    fn letters_differ_by_what_is_changed() {
        assert_eq!(levenshtein("kava", "kava"), 0);
        assert_eq!(levenshtein("kava", "kavos"), 2);
        assert_eq!(levenshtein("", "abc"), 3);
    }
}
