//! Pronunciations that people write: IPA to what espeak-ng speaks.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};

use super::espeak::Pronunciation;
use super::phones::Phone;

/// Reads words in IPA, with spaces between them, by the sounds of a language.
///
/// # Errors
/// At a sound that the language does not have.
pub(super) fn read(text: &str, sounds: &BTreeMap<String, String>) -> Result<Pronunciation> {
    let words = text.split_whitespace().map(|word| read_word(word, sounds));
    let words: Pronunciation = words.collect::<Result<_>>()?;
    ensure!(!words.is_empty(), "expected a pronunciation in IPA, found nothing");
    Ok(words)
}

fn read_word(word: &str, sounds: &BTreeMap<String, String>) -> Result<Vec<Phone>> {
    let mut rest = word;
    let mut phones = Vec::new();
    while !rest.is_empty() {
        let bare = rest.trim_start_matches(['ˈ', 'ˌ', '.']);
        // The longest: `aɪ` before `a`.
        let found =
            sounds.iter().filter(|(ipa, _)| bare.starts_with(ipa.as_str())).max_by_key(|(ipa, _)| ipa.len());
        let Some(sound) = found else {
            if bare.is_empty() {
                break;
            }
            let known: Vec<&str> = sounds.keys().map(String::as_str).collect();
            bail!("{word:?}: expected sounds of the language ({}), found {bare:?}", known.join(" "));
        };
        phones.push(Phone::in_place_of(rest, sound));
        rest = &bare[sound.0.len()..];
    }
    Ok(phones)
}

#[cfg(test)]
mod tests {
    use super::super::espeak::ipa;
    use super::*;

    #[test]
    fn the_longest_sound_is_taken_and_stress_stays() {
        let sounds = [("k", "k"), ("a", "a"), ("aɪ", "aI"), ("v", "v")];
        let sounds = sounds.map(|(ipa, mnemonic)| (ipa.to_owned(), mnemonic.to_owned())).into();
        let read_back = read("kˈaɪ va", &sounds).unwrap();
        assert_eq!(ipa(&read_back), "kˈaɪ va");
        assert_eq!(read_back[0][1].mnemonic, "'aI");
        let error = read("kˈo", &sounds).unwrap_err().to_string();
        assert_eq!(error, "\"kˈo\": expected sounds of the language (a aɪ k v), found \"o\"");
        assert!(read("  ", &sounds).is_err());
    }
}
