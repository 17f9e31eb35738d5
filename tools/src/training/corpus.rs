//! All recordings of a run in memory, as the sampler draws them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use indicatif::ProgressBar;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use super::vocabulary::{SILENCE, UNKNOWN, Vocabulary};
use crate::bank::BankPiece;
use crate::data::{self, BadClip, DataSet, Split, SplitBy};

/// A recording, 16-bit mono at the front end's rate.
pub(crate) type Recording = Arc<[i16]>;

/// One language's clips, by class of its vocabulary.
pub(crate) struct Language {
    pub(crate) vocabulary: Vocabulary,
    /// Speakers of the training clips, synthetic ones not counted.
    pub(crate) speakers: usize,
    /// Whether synthesisers speak all of them.
    pub(crate) is_synthetic: bool,
    /// What keeps the dev clips apart from those for training.
    pub(crate) split_by: SplitBy,
    /// Training clips of each word.
    pub(crate) train: Vec<Vec<Recording>>,
    /// Clips that training never hears, with their class.
    pub(crate) dev: Vec<(Recording, usize)>,
}

/// What a run trains on.
#[derive(Default)]
pub(crate) struct Corpus {
    pub(crate) languages: Vec<Language>,
    pub(crate) noise: Vec<Recording>,
    pub(crate) dev_noise: Vec<Recording>,
    /// Running speech, by the folder it came from.
    pub(crate) speech: Vec<Vec<Recording>>,
    /// Of each language, recordings that hold all its clips one after the other: what other languages are to take for no keyword.
    pub(crate) tapes: Vec<Vec<Recording>>,
    /// Pieces of a bank of negatives.
    pub(crate) bank: Vec<BankPiece>,
    pub(crate) bad_clips: Vec<BadClip>,
}

/// Folders to read.
pub(crate) struct Sources {
    pub(crate) data: Vec<PathBuf>,
    /// Further clips for the training side only, in the layout of a data folder: synthetic voices, for example.
    pub(crate) extra: Vec<PathBuf>,
    pub(crate) noise: Vec<PathBuf>,
    pub(crate) speech: Vec<PathBuf>,
    /// Keywords per language; a language without an entry has all its words as keywords.
    pub(crate) keywords: BTreeMap<String, Vec<String>>,
}

impl Corpus {
    /// Reads and decodes everything.
    ///
    /// # Errors
    /// When a folder cannot be read, a set is empty or has a single word, or a keyword has no clips. Single
    /// clips that cannot be used are listed in [`Corpus::bad_clips`].
    pub(crate) fn load(sources: &Sources, rate_hz: u32, progress: &ProgressBar) -> Result<Self> {
        let mut corpus = Self::default();
        ensure!(!sources.data.is_empty(), "no data folder given");
        for folder in &sources.data {
            let set = DataSet::open(folder)?;
            let keywords = sources.keywords.get(&set.language).map(Vec::as_slice);
            let (language, mut bad) = Language::load(set, keywords, rate_hz, progress)
                .with_context(|| format!("data set {}", folder.display()))?;
            corpus.bad_clips.append(&mut bad);
            let tag = &language.vocabulary.language;
            ensure!(
                corpus.languages.iter().all(|other| other.vocabulary.language != *tag),
                "two data folders have the language {tag:?}, expected one folder per language"
            );
            corpus.languages.push(language);
        }
        if let Some(other) = sources.keywords.keys().find(|tag| !corpus.has_language(tag)) {
            let found: Vec<&str> = corpus.languages.iter().map(|l| l.vocabulary.language.as_str()).collect();
            bail!("keywords of {other:?} are given, but the data folders are of {}", found.join(", "));
        }
        for folder in &sources.extra {
            corpus.add_extra(&DataSet::open(folder)?, rate_hz, progress)?;
        }
        for folder in &sources.noise {
            corpus.noise.extend(data::load_train_folder(folder, rate_hz)?);
            if folder.join("dev").is_dir() {
                corpus.dev_noise.extend(data::load_folder(&folder.join("dev"), rate_hz)?);
            }
        }
        for folder in &sources.speech {
            corpus.speech.push(data::load_train_folder(folder, rate_hz)?);
        }
        Ok(corpus)
    }

    /// Puts each language's clips onto tapes; with one language there is none that they are to be kept apart from.
    pub(crate) fn make_tapes(&mut self, seed: u64) {
        if self.languages.len() > 1 {
            self.tapes = self.languages.iter().map(|language| language.tapes(seed)).collect();
        }
    }

    /// Whether there is anything besides the words themselves.
    pub(crate) fn has_negatives(&self) -> bool {
        let mut recordings = self.speech.iter().chain(&self.tapes).flatten().chain(&self.noise);
        recordings.next().is_some() || !self.bank.is_empty()
    }

    pub(crate) fn vocabularies(&self) -> Vec<Vocabulary> {
        self.languages.iter().map(|language| language.vocabulary.clone()).collect()
    }

    /// What tells this corpus from others: a hash of its words and of a part of its samples.
    pub(crate) fn fingerprint(&self) -> String {
        /// Of so many samples one counts: recordings of the same length that differ nowhere there are hardly others.
        const EVERY: usize = 997;
        let others = self.noise.iter().chain(&self.dev_noise).chain(self.speech.iter().flatten());
        let mut hash = Sha256::new();
        for language in &self.languages {
            hash.update(format!("{:?}", language.vocabulary));
        }
        let train = self.languages.iter().flat_map(|language| language.train.iter().flatten());
        let dev = self.languages.iter().flat_map(|language| language.dev.iter().map(|(clip, _)| clip));
        for recording in train.chain(dev).chain(others) {
            hash.update(recording.len().to_le_bytes());
            recording.iter().step_by(EVERY).for_each(|sample| hash.update(sample.to_le_bytes()));
        }
        format!("{:x}", hash.finalize())
    }

    /// Whether there are words of a language.
    pub(crate) fn has_language(&self, tag: &str) -> bool {
        self.languages.iter().any(|language| language.vocabulary.language == tag)
    }

    /// Number of training clips of all languages.
    pub(crate) fn clips(&self) -> usize {
        self.languages.iter().flat_map(|language| &language.train).map(Vec::len).sum()
    }

    /// Adds clips to the training side of the language they are in; other words than its own become running speech, that is filler.
    /// What a folder keeps for judging stays out.
    fn add_extra(&mut self, set: &DataSet, rate_hz: u32, progress: &ProgressBar) -> Result<()> {
        let Some(language) = self.languages.iter_mut().find(|l| l.vocabulary.language == set.language) else {
            bail!("extra clips are in language {:?}, which no data folder has", set.language);
        };
        let clips: Vec<_> =
            set.clips.iter().filter(|clip| set.is_plain || clip.split == Split::Train).cloned().collect();
        let (audio, mut bad) = data::load(&clips, rate_hz, progress);
        self.bad_clips.append(&mut bad);
        let mut others = Vec::new();
        for (clip, recording) in clips.iter().zip(audio) {
            let Some(recording) = recording else { continue };
            match language.vocabulary.class_of(&clip.word) {
                Some(class) => language.train[class].push(recording),
                None => others.push(recording),
            }
        }
        if !others.is_empty() {
            self.speech.push(others);
        }
        Ok(())
    }
}

/// Longest tape, and pauses between its clips, in samples at 16 kHz.
const TAPE: usize = 60 * 16_000;
const TAPE_PAUSES: std::ops::Range<usize> = 800..8_000;

impl Language {
    /// Recordings of a minute at most that hold all clips, in an order that the seed decides.
    fn tapes(&self, seed: u64) -> Vec<Recording> {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut clips: Vec<&Recording> = self.train.iter().flatten().collect();
        clips.shuffle(&mut rng);
        let mut tapes = Vec::new();
        let mut tape: Vec<i16> = Vec::new();
        for clip in clips {
            if tape.len() + clip.len() > TAPE {
                tapes.push(std::mem::take(&mut tape).into());
            }
            tape.extend_from_slice(clip);
            tape.resize(tape.len() + rng.random_range(TAPE_PAUSES), 0);
        }
        tapes.push(tape.into());
        tapes
    }

    fn load(
        set: DataSet,
        keywords: Option<&[String]>,
        rate_hz: u32,
        progress: &ProgressBar,
    ) -> Result<(Self, Vec<BadClip>)> {
        let vocabulary = vocabulary(&set, keywords)?;
        let speakers: BTreeSet<&str> =
            set.clips.iter().filter(|c| c.split == Split::Train).map(|c| c.speaker.as_str()).collect();
        let speakers = speakers.len();
        let mut train = vec![Vec::new(); vocabulary.words.len()];
        let mut dev = Vec::new();
        let used: Vec<_> = set.clips.into_iter().filter(|clip| clip.split != Split::Test).collect();
        let (audio, mut bad) = data::load(&used, rate_hz, progress);
        bad.extend(set.refused);
        for (clip, recording) in used.iter().zip(audio) {
            let Some(recording) = recording else { continue };
            // A word heard in training only by the other split's speakers is unknown to the head.
            match (clip.split, vocabulary.class_of(&clip.word)) {
                (Split::Train, Some(class)) => train[class].push(recording),
                (Split::Dev, class) => dev.push((recording, class.unwrap_or(vocabulary.unknown()))),
                (Split::Train | Split::Test, _) => {}
            }
        }
        for (word, clips) in vocabulary.words.iter().zip(&train) {
            ensure!(!clips.is_empty(), "word {word:?} has no readable training clip");
        }
        let (is_synthetic, split_by) = (set.is_synthetic, set.split_by);
        Ok((Self { vocabulary, speakers, is_synthetic, split_by, train, dev }, bad))
    }
}

fn vocabulary(set: &DataSet, keywords: Option<&[String]>) -> Result<Vocabulary> {
    let mut words: Vec<String> =
        set.clips.iter().filter(|c| c.split == Split::Train).map(|c| c.word.clone()).collect();
    words.sort();
    words.dedup();
    words.retain(|word| word != UNKNOWN && word != SILENCE);
    let keywords = keywords.map_or_else(|| words.clone(), <[String]>::to_vec);
    ensure!(!keywords.is_empty(), "{:?}: expected at least one keyword, found none", set.language);
    if let Some(keyword) = data::repeated(&keywords) {
        bail!("expected each keyword once, found {keyword:?} twice");
    }
    for keyword in &keywords {
        if !words.contains(keyword) {
            bail!("keyword {keyword:?} has no training clips; there are: {}", words.join(", "));
        }
    }
    let others = words.into_iter().filter(|word| !keywords.contains(word));
    let count = keywords.len();
    let words = keywords.iter().cloned().chain(others).collect();
    Ok(Vocabulary { language: set.language.clone(), words, keywords: count })
}
