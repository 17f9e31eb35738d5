//! eSpeak NG, the synthesiser that every system has: pronunciations, and takes by its many voices.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::phones::Phone;

/// Between two phones, in what it prints.
const SEPARATOR: &str = "_";
/// Voices that no person has.
const MACHINES: [&str; 8] =
    ["robosoft", "whisper", "demonic", "announcer", "croak", "unirobot", "storm", "zac"];

/// The words of a phrase, each as its phones.
pub(super) type Pronunciation = Vec<Vec<Phone>>;

/// A way to say something.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    /// Language or accent, and a voice of it.
    pub(super) voice: String,
    /// 0 to 99; 50 is the voice's own.
    pub(super) pitch: u32,
    pub(super) words_per_minute: u32,
}

/// The program.
pub(super) struct Espeak {
    program: PathBuf,
}

impl Espeak {
    /// Finds it.
    ///
    /// # Errors
    /// When it is not installed.
    pub(super) fn find() -> Result<Self> {
        let program = PathBuf::from("espeak-ng");
        let found = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
        found.context(
            "espeak-ng cannot be run, which speaks and knows how words are pronounced; systems have a package \
             of this name",
        )?;
        Ok(Self { program })
    }

    /// Voices to mix with any language, sorted.
    pub(super) fn variants(&self) -> Result<Vec<String>> {
        let listed = self.run(&["--voices=variant"], "")?;
        let file = |line: &str| line.split("!v/").nth(1).map(|rest| rest.trim_end().to_owned());
        let mut variants: Vec<String> = listed.lines().filter_map(file).collect();
        // Names with a space cannot be asked for.
        variants.retain(|name| {
            let lower = name.to_lowercase();
            !name.contains(' ') && !MACHINES.iter().any(|machine| lower.starts_with(machine))
        });
        variants.sort();
        ensure!(!variants.is_empty(), "espeak-ng lists no voices (espeak-ng --voices=variant)");
        Ok(variants)
    }

    /// How texts are said in a language, each text in a line.
    ///
    /// # Errors
    /// When it does not know the language.
    pub(super) fn pronounce(&self, language: &str, texts: &[&str]) -> Result<Vec<Pronunciation>> {
        Ok(self.read(language, texts)?.into_iter().map(|(pronunciation, _)| pronunciation).collect())
    }

    /// The same, each with the other languages that it takes a part of the text for: Latin letters in Chinese for English, for example.
    pub(super) fn read(
        &self,
        language: &str,
        texts: &[&str],
    ) -> Result<Vec<(Pronunciation, BTreeSet<String>)>> {
        let read = |(ipa, mnemonics): &(String, String)| (aligned(ipa, mnemonics), other_languages(ipa));
        Ok(self.lines(language, texts)?.iter().map(read).collect())
    }

    /// What it prints for each text, in IPA and in its own letters.
    fn lines(&self, language: &str, texts: &[&str]) -> Result<Vec<(String, String)>> {
        // A full stop ends a line of its own.
        let lines: Vec<String> =
            texts.iter().map(|text| format!("{}.", text.trim_end_matches('.'))).collect();
        let input = lines.join("\n") + "\n";
        let separator = format!("--sep={SEPARATOR}");
        let print = |what: &str| self.run(&["-q", what, &separator, "-v", language, "--stdin"], &input);
        let (ipa, mnemonics) = (print("--ipa")?, print("-x")?);
        let (ipa, mnemonics): (Vec<&str>, Vec<&str>) = (ipa.lines().collect(), mnemonics.lines().collect());
        ensure!(
            ipa.len() == texts.len() && mnemonics.len() == texts.len(),
            "espeak-ng said {} lines of {} texts in {language}",
            ipa.len(),
            texts.len()
        );
        let owned = |(ipa, mnemonics): (&str, &str)| (ipa.to_owned(), mnemonics.to_owned());
        Ok(ipa.into_iter().zip(mnemonics).map(owned).collect())
    }

    /// A language's sounds, found in its numbers and in how it reads syllables: each IPA spelling without stress, and what
    /// espeak-ng speaks it by.
    ///
    /// # Errors
    /// When it does not know the language.
    pub(super) fn inventory(&self, language: &str) -> Result<BTreeMap<String, String>> {
        let numbers =
            (0..=40).chain((50..=100).step_by(10)).chain([1_000, 1_000_000]).map(|n: u32| n.to_string());
        let syllable = |consonant| "aeiou".chars().map(move |vowel| format!("{consonant}{vowel}"));
        let texts: Vec<String> = numbers.chain("bcdfghjklmnpqrstvwxyz".chars().flat_map(syllable)).collect();
        let lines = self.lines(language, &texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        // What another language's voice would say is no sound of this one.
        let own = lines.iter().filter(|(ipa, _)| !ipa.contains('('));
        let spoken: Vec<Pronunciation> = own.map(|(ipa, mnemonics)| aligned(ipa, mnemonics)).collect();
        Ok(letters_of(spoken.iter().flatten().flatten()))
    }

    /// Speaks what its letters say, as a WAV file.
    pub(super) fn speak(&self, pronunciation: &Pronunciation, how: &Manner, wav: &Path) -> Result<()> {
        let text = format!("[[{}]]", mnemonics(pronunciation));
        let out = wav.to_str().context("the path of a take is no text")?;
        let (pitch, speed) = (how.pitch.to_string(), how.words_per_minute.to_string());
        self.run(&["-v", &how.voice, "-p", &pitch, "-s", &speed, "-w", out, "--stdin"], &text)?;
        Ok(())
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("espeak-ng cannot be run")?;
        let mut stdin = child.stdin.take().context("espeak-ng has no standard input")?;
        let input = input.to_owned();
        // It may print before it has read everything.
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output()?;
        // Whether it read to its end, its exit code tells.
        let _ = writer.join();
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("espeak-ng {}: {}", arguments.join(" "), said.lines().next().unwrap_or("no reason given"));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The words of a line, whose phones are printed twice, in two kinds of letters.
fn aligned(ipa: &str, mnemonics: &str) -> Pronunciation {
    let words = |line: &str| -> Vec<Vec<String>> {
        let line = without_switches(line);
        line.split_whitespace()
            .map(|word| word.split(SEPARATOR).filter(|phone| is_phone(phone)).map(str::to_owned).collect())
            .collect()
    };
    let word = |(ipa, mnemonics): (Vec<String>, Vec<String>)| {
        let phone = |(ipa, mnemonic)| Phone { ipa, mnemonic };
        ipa.into_iter().zip(mnemonics).map(phone).collect::<Vec<_>>()
    };
    let mut words: Vec<Vec<Phone>> = words(ipa).into_iter().zip(words(mnemonics)).map(word).collect();
    words.retain(|word| !word.is_empty());
    words
}

/// Pauses, tones and joints print nothing that is spoken by itself in one of the two.
fn is_phone(text: &str) -> bool {
    !text.trim_start_matches(['ˈ', 'ˌ', '\'', ',', '|', ':', '-']).is_empty()
}

/// Those that a line goes over to. It goes back at the end, by a name of the language that need not be the one it was asked for.
fn other_languages(ipa: &str) -> BTreeSet<String> {
    let tags = ipa.split('(').skip(1).filter_map(|rest| rest.split_once(')'));
    let tags: Vec<&str> = tags.map(|(tag, _)| tag).collect();
    tags.iter().filter(|&tag| Some(tag) != tags.last()).map(|&tag| tag.to_owned()).collect()
}

/// `(en)` and `(lt)`, where it goes over to another language's voice for a word.
fn without_switches(line: &str) -> String {
    let mut outside = String::new();
    let mut depth = 0_usize;
    for letter in line.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(letter),
            _ => {}
        }
    }
    outside
}

/// What espeak-ng reads.
fn mnemonics(pronunciation: &Pronunciation) -> String {
    joined(pronunciation, |phone| &phone.mnemonic)
}

/// What people read.
pub(super) fn ipa(pronunciation: &Pronunciation) -> String {
    joined(pronunciation, |phone| &phone.ipa)
}

fn joined(pronunciation: &Pronunciation, letters: fn(&Phone) -> &str) -> String {
    let words = pronunciation.iter().map(|word| word.iter().map(letters).collect::<String>());
    words.collect::<Vec<_>>().join(" ")
}

/// What each spelling is spoken by.
pub(super) fn letters_of<'a>(phones: impl Iterator<Item = &'a Phone>) -> BTreeMap<String, String> {
    let bare = |phone: &Phone| {
        let mnemonic = phone.mnemonic.trim_start_matches(['\'', ',', '%', '=']).to_owned();
        (phone.bare().to_owned(), mnemonic)
    };
    phones.map(bare).filter(|(ipa, mnemonic)| !ipa.is_empty() && !mnemonic.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_printed_twice_and_meet() {
        let word = aligned("h_ˈeɪ k_ə_m_p_j_ˈuː_ɾ_ɚ", "h_'eI k_@_m_p_j_'u:_t#_3");
        assert_eq!(word.len(), 2);
        assert_eq!(ipa(&word), "hˈeɪ kəmpjˈuːɾɚ");
        assert_eq!(mnemonics(&word), "h'eI k@mpj'u:t#3");
        assert_eq!(word[1][6], Phone { ipa: "ɾ".into(), mnemonic: "t#".into() });
    }

    #[test]
    fn a_word_of_another_language_is_a_word() {
        assert_eq!(ipa(&aligned("(en)_k_ˈɒ_m_(lt) k_a", "(en)_k_'0_m_(lt) k_a")), "kˈɒm ka");
    }

    #[test]
    fn spellings_are_without_stress() {
        let word = aligned("s_ˈɛ_ɛ", "s_'E_E");
        let letters = letters_of(word.iter().flatten());
        assert_eq!(
            letters.into_iter().collect::<Vec<_>>(),
            [("s".into(), "s".into()), ("ɛ".into(), "E".into())]
        );
    }
}
