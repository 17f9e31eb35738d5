//! The flags that say what is spoken and by whom.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use clap::Args;
use polyspot_text::tell;

use crate::data::repeated;
use crate::export::check_words;
use crate::files::open_list;
use crate::speak::{Count, Request, Saying, Script, Speaker};
use crate::training::vocabulary::Vocabulary;

/// Phrases, voices and near misses.
#[derive(Debug, Args)]
pub(crate) struct SpeakFlags {
    /// Words or phrases to speak
    #[arg(required = true, value_name = "PHRASE")]
    pub(crate) phrases: Vec<String>,
    /// Their language, as a BCP 47 tag that espeak-ng knows (`espeak-ng --voices`)
    #[arg(long, value_name = "TAG")]
    pub(crate) language: String,
    /// What synthesisers read in place of a phrase, where its letters do not tell how it sounds: vowel marks, pinyin, a foreign name by
    /// ear. May be given several times
    #[arg(long, value_name = "PHRASE=TEXT", value_parser = spelling)]
    spelling: Vec<(String, String)>,
    /// Pronunciations of a phrase in IPA, instead of what espeak-ng knows; each is said as often. May be given several times
    #[arg(long, value_name = "PHRASE=IPA,IPA…", value_parser = pronunciations)]
    ipa: Vec<(String, Vec<String>)>,
    /// Takes of each phrase by each speaker; a quarter more, by voices kept out of training, judge
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    takes: usize,
    /// Another synthesiser, besides espeak-ng: a command with {wav} for the file to write, the text on standard input; also {text},
    /// {ipa}, {language} and {number}. Or one with {takes}, a list of all takes: wav, number, language, IPA, text, with tabs between.
    /// May be given several times
    #[arg(long, value_name = "COMMAND")]
    speaker: Vec<Speaker>,
    /// A synthesiser whose takes only judge, since its voices speak nothing that is trained on
    #[arg(long, value_name = "COMMAND")]
    dev_speaker: Vec<Speaker>,
    /// Near misses of each phrase: what sounds like it and is none
    #[arg(long, default_value_t = 60, value_name = "COUNT")]
    near_miss_count: usize,
    /// Words of the language, one in a line, for near misses among them; of a spelling dictionary (.dic) what is before the slash
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
}

fn spelling(text: &str) -> Result<(String, String), String> {
    let (phrase, text) = text.split_once('=').ok_or("expected PHRASE=TEXT")?;
    // Synthesisers are given a line for each.
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err(format!("expected one line of text after the equals sign, found {text:?}"));
    }
    Ok((phrase.to_owned(), text.to_owned()))
}

fn pronunciations(text: &str) -> Result<(String, Vec<String>), String> {
    let (phrase, ipa) = text.split_once('=').ok_or("expected PHRASE=IPA,IPA…")?;
    Ok((phrase.to_owned(), ipa.split(',').map(str::to_owned).collect()))
}

impl SpeakFlags {
    /// What they ask for. The seed decides which takes are made.
    ///
    /// # Errors
    /// When the list of words cannot be read, or a spelling or a pronunciation is of none of the phrases.
    pub(crate) fn request(&self, seed: u64) -> Result<Request> {
        let spelt = self.spelling.iter().map(|(phrase, _)| ("--spelling", phrase));
        for (flag, phrase) in self.ipa.iter().map(|(phrase, _)| ("--ipa", phrase)).chain(spelt) {
            ensure!(
                self.phrases.contains(phrase),
                "{flag}: expected one of the phrases ({}), found {phrase:?}",
                self.phrases.join(", ")
            );
        }
        if let Some(phrase) = repeated(&self.phrases) {
            bail!("expected each phrase once, found {phrase:?} twice");
        }
        check_words(&Vocabulary {
            language: self.language.clone(),
            words: self.phrases.clone(),
            keywords: self.phrases.len(),
        })?;
        ensure!(self.takes > 0, "--takes: expected at least 1, found 0");
        Ok(Request {
            language: self.language.clone(),
            phrases: self.phrases.clone(),
            spellings: self.spelling.iter().cloned().collect::<BTreeMap<_, _>>(),
            pronunciations: self.ipa.iter().cloned().collect::<BTreeMap<_, _>>(),
            takes: self.takes,
            speakers: self.speaker.clone(),
            dev_speakers: self.dev_speaker.clone(),
            near_misses: self.near_miss_count,
            words: self.words.as_deref().map_or_else(|| Ok(Vec::new()), read_words)?,
            seed,
        })
    }
}

/// Words in lines; numbers, names and what has no letters are none.
fn read_words(path: &Path) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut reader = std::io::BufReader::new(open_list(path)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        // Old dictionaries are in other encodings: what is no text there is left out.
        if let Ok(text) = std::str::from_utf8(&line) {
            let word = text.split(['/', '\t']).next().unwrap_or_default().trim();
            if word.chars().count() > 1
                && word.chars().all(char::is_alphabetic)
                && word == word.to_lowercase()
            {
                words.push(word.to_owned());
            }
        }
        line.clear();
    }
    ensure!(!words.is_empty(), "{}: expected words in lines (UTF-8), found none", path.display());
    words.sort();
    words.dedup();
    Ok(words)
}

/// Shows how phrases are pronounced, and some of what sounds like them.
pub(super) fn show_script(script: &Script) -> std::io::Result<()> {
    for phrase in &script.phrases {
        tell!("{}: {}", phrase.text, phrase.ipa().join(", "))?;
        if !phrase.other_languages.is_empty() {
            let others: Vec<&str> = phrase.other_languages.iter().map(String::as_str).collect();
            let others = others.join(", ");
            tell!(
                "  espeak-ng reads it, or a part of it, as {others}; if that is wrong, give --spelling or --ipa"
            )?;
        }
        if phrase.lacks_vowels() {
            tell!("  no vowel; if people say one, give --spelling (with vowel marks) or --ipa")?;
        }
    }
    if !script.near_misses.is_empty() {
        let some: Vec<&str> = script.near_misses.iter().map(|miss| miss.text.as_str()).take(8).collect();
        tell!("{} near misses, such as {}", script.near_misses.len(), some.join(", "))?;
    }
    Ok(())
}

/// Says what became of the takes.
pub(super) fn show_counts(sayings: &[Saying], counts: &[Count]) -> std::io::Result<()> {
    for (saying, count) in sayings.iter().zip(counts) {
        let dropped: Vec<String> = count.dropped.iter().map(|(flaw, n)| format!("{n} {flaw}")).collect();
        let dropped =
            if dropped.is_empty() { String::new() } else { format!("; dropped: {}", dropped.join(", ")) };
        tell!("{}: {} takes{dropped}", saying.text, count.kept)?;
    }
    Ok(())
}
