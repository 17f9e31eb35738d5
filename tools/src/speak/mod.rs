//! Words from text: takes of phrases, and of what sounds like them, by synthesisers.
//!
//! ```text
//! phrase ─ Espeak::pronounce ─ Pronunciation ┬─ Voices ─ Espeak::speak ┬─ trimmed, checked ─ <out>/<split>/<phrase>/<voice>_<n>.wav
//!                                            ├─ Speaker (a command) ───┘
//!                                            └─ Material::near_misses ─ the same, as words that are none of the phrases
//! ```

mod espeak;
mod ipa;
mod near_miss;
mod phones;
mod raw;
mod speaker;
mod take;
mod voices;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use polyspot_files::WholeFolder;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::data::{AboutData, RATE_HZ, Split, SplitBy, check_word, read_whole, write_clip};
use crate::training::vocabulary::{SILENCE, UNKNOWN};
use espeak::{Espeak, Manner, Pronunciation, ipa as in_ipa};
use near_miss::{Material, NearMiss};
use phones::Phone;
use raw::RawTakes;
use speaker::Order;
use voices::Voices;

pub(crate) use speaker::Speaker;
pub(crate) use take::Flaw;

/// For one take that judges there are so many to train on.
const TRAINING_TAKES_PER_DEV_TAKE: usize = 4;
/// Takes of each near miss, by other voices each. There are many of them, and other synthesisers take their time.
const TAKES_OF_NEAR_MISSES: Takes = Takes { espeak: 4, commands: 2 };

/// What is to be spoken, and by whom.
pub(crate) struct Request {
    /// BCP 47 tag, which espeak-ng knows as well.
    pub(crate) language: String,
    pub(crate) phrases: Vec<String>,
    /// What synthesisers read in place of some of them, where their own letters do not tell how they sound.
    pub(crate) spellings: BTreeMap<String, String>,
    /// Pronunciations in IPA of some of them, in place of what espeak-ng knows.
    pub(crate) pronunciations: BTreeMap<String, Vec<String>>,
    /// Takes of each phrase by each speaker.
    pub(crate) takes: usize,
    /// Synthesisers besides espeak-ng, whose takes are for training, …
    pub(crate) speakers: Vec<Speaker>,
    /// … and others, whose takes judge.
    pub(crate) dev_speakers: Vec<Speaker>,
    /// Near misses of each phrase.
    pub(crate) near_misses: usize,
    /// Words of the language.
    pub(crate) words: Vec<String>,
    pub(crate) seed: u64,
}

/// A phrase or a near miss, with its pronunciations.
#[derive(Clone, Debug)]
pub(crate) struct Saying {
    pub(crate) text: String,
    /// Whether the language writes it so; a near miss that is none of its words is named by its sounds.
    pub(crate) is_written: bool,
    /// What synthesisers read.
    spelling: String,
    pronunciations: Vec<Pronunciation>,
    /// Languages that espeak-ng has taken a part of it for.
    pub(crate) other_languages: BTreeSet<String>,
}

impl Saying {
    /// How it is said, in IPA.
    pub(crate) fn ipa(&self) -> Vec<String> {
        self.pronunciations.iter().map(in_ipa).collect()
    }

    /// Whether a word of it is said by consonants alone: what espeak-ng makes of writing that leaves vowels out.
    pub(crate) fn lacks_vowels(&self) -> bool {
        let says_none = |word: &Vec<Phone>| word.len() > 1 && !word.iter().any(Phone::is_syllabic);
        self.pronunciations.iter().flatten().any(says_none)
    }
}

/// Everything that is to be spoken.
pub(crate) struct Script {
    pub(crate) phrases: Vec<Saying>,
    pub(crate) near_misses: Vec<Saying>,
    espeak: Espeak,
    voices: Voices,
}

/// What became of a saying's takes.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) kept: usize,
    pub(crate) dropped: BTreeMap<Flaw, usize>,
}

impl Request {
    /// How everything is pronounced. Nothing is spoken yet.
    ///
    /// # Errors
    /// When espeak-ng is not there, does not know the language, or a given pronunciation has sounds that it does not have.
    pub(crate) fn script(&self) -> Result<Script> {
        let espeak = Espeak::find()?;
        for phrase in &self.phrases {
            check_word(phrase)?;
            ensure!(
                ![UNKNOWN, SILENCE].contains(&phrase.as_str()),
                "expected a phrase, found {phrase:?}, which is what models call all else"
            );
        }
        let spelling = |phrase: &String| self.spellings.get(phrase).unwrap_or(phrase).clone();
        let spellings: Vec<String> = self.phrases.iter().map(spelling).collect();
        let texts: Vec<&str> = spellings.iter().map(String::as_str).collect();
        let usual = espeak.read(&self.language, &texts)?;
        let mut sounds = espeak.inventory(&self.language)?;
        sounds.extend(espeak::letters_of(usual.iter().flat_map(|(usual, _)| usual).flatten()));
        let mut phrases = Vec::new();
        for ((text, spelling), (usual, mut other_languages)) in self.phrases.iter().zip(spellings).zip(usual)
        {
            let given = self.pronunciations.get(text).map(Vec::as_slice).unwrap_or_default();
            let given = given.iter().map(|given| ipa::read(given, &sounds).context(format!("--ipa {text}")));
            let mut pronunciations: Vec<Pronunciation> = given.collect::<Result<_>>()?;
            if pronunciations.is_empty() {
                ensure!(!usual.is_empty(), "espeak-ng says nothing for {spelling:?} in {}", self.language);
                pronunciations.push(usual);
            } else {
                other_languages.clear();
            }
            phrases.push(Saying {
                text: text.clone(),
                is_written: true,
                spelling,
                pronunciations,
                other_languages,
            });
        }
        let all: Vec<Pronunciation> = phrases.iter().flat_map(|p| p.pronunciations.clone()).collect();
        let material =
            Material { espeak: &espeak, language: &self.language, inventory: &sounds, words: &self.words };
        let mut rng = StdRng::seed_from_u64(self.seed);
        let mut near_misses: BTreeMap<String, Saying> = BTreeMap::new();
        for phrase in &phrases {
            let found = material.near_misses(
                &phrase.text,
                &phrase.pronunciations[0],
                &all,
                self.near_misses,
                &mut rng,
            )?;
            for NearMiss { text, is_written, pronunciation } in found {
                if check_word(&text).is_ok() {
                    let saying = Saying {
                        text: text.clone(),
                        is_written,
                        spelling: text.clone(),
                        pronunciations: vec![pronunciation],
                        other_languages: BTreeSet::new(),
                    };
                    near_misses.insert(text, saying);
                }
            }
        }
        let voices = Voices::find(&espeak, &self.language, &all)?;
        Ok(Script { phrases, near_misses: near_misses.into_values().collect(), espeak, voices })
    }

    fn takes_of_phrases(&self) -> Takes {
        Takes { espeak: self.takes, commands: self.takes }
    }

    /// Steps of a progress bar for these sayings.
    pub(crate) fn steps(&self, script: &Script) -> u64 {
        let takes = |sayings: &[Saying], takes| self.plan(script, sayings, takes).len() as u64;
        takes(&script.phrases, self.takes_of_phrases()) + takes(&script.near_misses, TAKES_OF_NEAR_MISSES)
    }

    /// Speaks the phrases into a data folder.
    pub(crate) fn speak_phrases(&self, script: &Script, out: &Path, bar: &ProgressBar) -> Result<Vec<Count>> {
        self.speak(script, &script.phrases, self.takes_of_phrases(), out, bar)
    }

    /// Speaks what sounds like them into another.
    pub(crate) fn speak_near_misses(
        &self,
        script: &Script,
        out: &Path,
        bar: &ProgressBar,
    ) -> Result<Vec<Count>> {
        self.speak(script, &script.near_misses, TAKES_OF_NEAR_MISSES, out, bar)
    }

    /// `out` appears whole or not at all; what commands have said stays beside it until it does.
    fn speak(
        &self,
        script: &Script,
        sayings: &[Saying],
        takes: Takes,
        out: &Path,
        bar: &ProgressBar,
    ) -> Result<Vec<Count>> {
        let folder =
            WholeFolder::create(out).with_context(|| format!("{} cannot be written", out.display()))?;
        let raw = RawTakes::of(out)?;
        let plan = self.plan(script, sayings, takes);
        let wavs =
            self.speak_raw(script, (sayings, &plan), &raw, bar).map_err(|error| raw.are_kept(error))?;
        let counts = keep(&plan, sayings, &wavs, folder.path())?;
        AboutData { language: self.language.clone(), split_by: SplitBy::Speaker, synthetic: true }
            .write(folder.path())?;
        folder.finish().with_context(|| format!("{} cannot be written", out.display()))?;
        raw.remove();
        Ok(counts)
    }

    /// Makes all takes of a plan for sayings that are not made yet; gives where each is.
    fn speak_raw(
        &self,
        script: &Script,
        (sayings, plan): (&[Saying], &[Take]),
        raw: &RawTakes,
        bar: &ProgressBar,
    ) -> Result<Vec<PathBuf>> {
        let speakers = self.speakers.iter().chain(&self.dev_speakers);
        let mut commands: Vec<(&Speaker, Vec<Order>)> =
            speakers.map(|speaker| (speaker, Vec::new())).collect();
        if !commands.is_empty() {
            raw.make_room()?;
        }
        let mut wavs = Vec::new();
        for (index, take) in plan.iter().enumerate() {
            let By::Command(by) = take.by else {
                wavs.push(raw.by_espeak(index));
                continue;
            };
            let (speaker, orders) = &mut commands[by];
            let (text, ipa) = (sayings[take.saying].spelling.clone(), in_ipa(&take.pronunciation));
            let wav = raw.by_command(speaker, [&self.language, &text, &ipa, &take.number.to_string()]);
            wavs.push(wav.clone());
            if raw::is_made(&wav) {
                bar.inc(1);
            } else {
                orders.push(Order { wav, number: take.number, text, ipa });
            }
        }
        // A command that cannot work says so now, and not after others have spoken for half an hour.
        for (speaker, orders) in &mut commands {
            let first: Vec<Order> = orders.drain(..orders.len().min(1)).collect();
            speaker.speak(&self.language, &first, |takes| bar.inc(takes))?;
        }
        plan.par_iter().zip(&wavs).try_for_each(|(take, wav)| {
            if let By::Espeak(manner) = &take.by {
                script.espeak.speak(&take.pronunciation, manner, wav)?;
                bar.inc(1);
            }
            anyhow::Ok(())
        })?;
        for (speaker, orders) in &commands {
            speaker.speak(&self.language, orders, |takes| bar.inc(takes))?;
        }
        Ok(wavs)
    }

    /// Every take of these sayings.
    fn plan(&self, script: &Script, sayings: &[Saying], takes: Takes) -> Vec<Take> {
        let mut plan = Vec::new();
        let for_dev = |takes: usize| takes.div_ceil(TRAINING_TAKES_PER_DEV_TAKE);
        for (saying, Saying { text, is_written, pronunciations, .. }) in sayings.iter().enumerate() {
            let mut rng = StdRng::seed_from_u64(self.seed ^ seed_of(text));
            for (split, takes) in [(Split::Train, takes.espeak), (Split::Dev, for_dev(takes.espeak))] {
                for n in 0..takes {
                    // Another voice begins for each saying.
                    let variant = script.voices.variant(split, n + 7 * saying);
                    let pronunciation = &pronunciations[n % pronunciations.len()];
                    let (manner, pronunciation) = script.voices.manner(variant, pronunciation, &mut rng);
                    let speaker = variant.replace('_', "-");
                    plan.push(Take {
                        saying,
                        split,
                        speaker,
                        number: n,
                        pronunciation,
                        by: By::Espeak(manner),
                    });
                }
            }
            let commands = self.speakers.iter().map(|s| (s, Split::Train, takes.commands));
            let for_dev = for_dev(takes.commands);
            let commands = commands.chain(self.dev_speakers.iter().map(|s| (s, Split::Dev, for_dev)));
            for (index, (speaker, split, takes)) in commands.enumerate() {
                // What reads text cannot say what has no spelling.
                let takes = if *is_written || speaker.reads_ipa() { takes } else { 0 };
                plan.extend((0..takes).map(|n| Take {
                    saying,
                    split,
                    speaker: format!("speaker{}-{n}", index + 1),
                    number: n + 1_000 * saying,
                    pronunciation: pronunciations[n % pronunciations.len()].clone(),
                    by: By::Command(index),
                }));
            }
        }
        plan
    }
}

/// Takes of one saying for training, by each kind of speaker.
#[derive(Clone, Copy)]
struct Takes {
    espeak: usize,
    commands: usize,
}

/// One take that is to be made.
struct Take {
    saying: usize,
    split: Split,
    /// Who speaks, as part of a file's name.
    speaker: String,
    /// Of all takes by this speaker.
    number: usize,
    pronunciation: Pronunciation,
    by: By,
}

enum By {
    Espeak(Manner),
    Command(usize),
}

/// Trims and checks takes, and writes those that are fit.
fn keep(plan: &[Take], sayings: &[Saying], wavs: &[PathBuf], out: &Path) -> Result<Vec<Count>> {
    let clips: Vec<Result<Vec<i16>, Flaw>> = wavs
        .par_iter()
        .map(|wav| match read_whole(wav, RATE_HZ) {
            Ok(samples) => Ok(take::trimmed(&samples)),
            // A synthesiser that has nothing to say writes no samples.
            Err(_) if wav.is_file() => Ok(Err(Flaw::Silent)),
            Err(error) => Err(error),
        })
        .collect::<Result<_>>()?;
    let mut counts: Vec<Count> = sayings.iter().map(|_| Count::default()).collect();
    for (saying, count) in counts.iter_mut().enumerate() {
        let own: Vec<usize> = (0..plan.len()).filter(|&n| plan[n].saying == saying).collect();
        let lengths: Vec<usize> = own.iter().filter_map(|&n| clips[n].as_ref().ok().map(Vec::len)).collect();
        let mut usual = take::have_usual_length(&lengths).into_iter();
        for n in own {
            let clip = match &clips[n] {
                Ok(clip) if usual.next() == Some(true) => clip,
                Ok(_) => {
                    *count.dropped.entry(Flaw::Length).or_default() += 1;
                    continue;
                }
                Err(flaw) => {
                    *count.dropped.entry(*flaw).or_default() += 1;
                    continue;
                }
            };
            let Take { split, speaker, number, .. } = &plan[n];
            let folder = out.join(split.name()).join(&sayings[saying].text);
            std::fs::create_dir_all(&folder)?;
            write_clip(&folder.join(format!("{speaker}_{number}.wav")), clip)?;
            count.kept += 1;
        }
    }
    Ok(counts)
}

/// A number that goes with a text, the same on every machine.
fn seed_of(text: &str) -> u64 {
    // FNV-1a
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
