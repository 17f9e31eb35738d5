//! Training data: who says which word in which file, and the audio itself.

mod folders;
mod language;
mod layout;
mod listing;
mod load;
mod mswc;
mod names;
mod split;
#[cfg(test)]
mod test_files;
mod write;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::files::write_whole;

pub(crate) use language::tag as language_tag;
pub(crate) use language::{of_name as language_of_name, tag as language_of_tag};
pub(crate) use layout::{Layout, NOBODY};
pub(crate) use load::{
    Audio, Recording, as_f32, load, load_dev_folder, load_dev_recordings, load_folder, load_recordings,
    load_train_folder, read_whole,
};
pub(crate) use split::{FEWEST_SPEAKERS, Split, SplitBy};
pub(crate) use write::{RATE_HZ, check_word, write_clip};

/// Words that a data set has at least where nothing says what it is.
pub(crate) const FEWEST_WORDS: usize = 2;

/// BCP 47's tag for a language that nobody told.
pub(crate) const UNDETERMINED: &str = "und";

/// One recording of one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clip {
    /// The audio file.
    pub(crate) path: PathBuf,
    /// The word that is said.
    pub(crate) word: String,
    /// Who says it; nobody is in two splits.
    pub(crate) speaker: String,
    /// What the clip is for.
    pub(crate) split: Split,
}

/// A recording that is not used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadClip {
    /// The audio file.
    pub(crate) path: PathBuf,
    /// What was expected of it and what was found.
    pub(crate) reason: String,
}

/// The recordings of one language.
#[derive(Debug)]
pub(crate) struct DataSet {
    /// BCP 47 tag; `und` when neither the folder nor a file in it tells.
    pub(crate) language: String,
    /// What keeps its splits apart.
    pub(crate) split_by: SplitBy,
    /// Whether the folder says nothing of splits, so that they were made here.
    pub(crate) is_plain: bool,
    /// Whether the folder says that nobody but synthesisers speaks.
    pub(crate) is_synthetic: bool,
    /// The folder that was opened.
    pub(crate) folder: PathBuf,
    /// The clips, sorted by path.
    pub(crate) clips: Vec<Clip>,
    /// Recordings that the data set itself says are unfit, sorted by path.
    pub(crate) refused: Vec<BadClip>,
}

/// What a data set says of itself, in [`DataSet::ABOUT`] beside its splits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AboutData {
    /// BCP 47 tag.
    pub(crate) language: String,
    pub(crate) split_by: SplitBy,
    /// Whether nobody but synthesisers speaks.
    #[serde(default)]
    pub(crate) synthetic: bool,
}

impl AboutData {
    /// Writes it into a data set's folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        write_whole(&folder.join(DataSet::ABOUT), serde_json::to_string_pretty(self)?.as_bytes())
    }
}

/// The recordings of a folder as its layout has them.
struct Contents {
    language: Option<String>,
    split_by: SplitBy,
    is_plain: bool,
    is_synthetic: bool,
    clips: Vec<Clip>,
    refused: Vec<BadClip>,
}

impl DataSet {
    /// Name of the file in which `import` says what a folder holds.
    pub(crate) const ABOUT: &str = "data.json";

    /// Lists the recordings of a folder. No audio is read. Its layout is found out; it is one of
    ///
    /// - split folders: `train/<word>/<speaker>_<take>.<ext>`, the same under `dev` and `test`;
    /// - Multilingual Spoken Words Corpus: `clips/<word>/<file>.opus` and its CSV files of splits;
    /// - Google Speech Commands: `<word>/<speaker>_<take>.<ext>`, with or without its lists of splits.
    ///
    /// # Errors
    /// When a folder or a list cannot be read, when there are not at least two words, and when a speaker is in
    /// two splits, without the folder saying that this is so: then the figures on one would flatter the fit to
    /// the other.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let contents = if Self::has_splits(folder)? {
            folders::with_splits(folder)?
        } else if mswc::is_here(folder)? {
            mswc::open(folder)?
        } else {
            folders::speech_commands(folder)?
        };
        let language = contents.language.or_else(|| language::of_folder(folder));
        // One word alone is mostly a folder taken for what it is not, unless the folder says that it is a data set.
        let fewest_words = if folder.join(Self::ABOUT).is_file() { 1 } else { FEWEST_WORDS };
        Self::checked(folder, Contents { language, ..contents }, fewest_words)
    }

    /// The clips that figures are made of: those of the dev split, or all of a plain folder of words.
    pub(crate) fn to_judge(&self) -> impl Iterator<Item = &Clip> {
        self.clips.iter().filter(|clip| self.is_plain || clip.split == Split::Dev)
    }

    /// Recordings listed elsewhere, not divided yet: see [`DataSet::ready`].
    pub(crate) fn listed(source: &Path, clips: Vec<Clip>, refused: Vec<BadClip>) -> Self {
        Self {
            language: UNDETERMINED.into(),
            split_by: SplitBy::Speaker,
            is_plain: true,
            is_synthetic: false,
            folder: source.to_owned(),
            clips,
            refused,
        }
    }

    /// The recordings of a folder, in a layout or in that which their names suggest, not divided yet unless the folder has splits:
    /// see [`DataSet::ready`].
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn in_layout(folder: &Path, layout: Option<Layout>) -> Result<(Self, Layout)> {
        let folders::SplitFolders { splits: mut tops, others: beside } = folders::split_folders(folder)?;
        let has_splits = !tops.is_empty();
        if !has_splits {
            tops.push((folder.to_owned(), Split::Train));
        }
        let layout::Found { layout, clips, mut refused } = layout::read(&tops, layout)?;
        let reason = "beside folders of splits (train, dev, test) only those are read";
        refused.extend(beside.into_iter().map(|path| BadClip { path, reason: reason.into() }));
        let about = folders::about(folder)?.filter(|_| has_splits);
        let language = about.as_ref().map(|about| about.language.clone());
        let set = Self {
            language: language.unwrap_or_else(|| UNDETERMINED.into()),
            split_by: match &about {
                Some(about) => about.split_by,
                // Of recordings of nobody in particular some may be of the same person.
                None if clips.iter().any(|clip| clip.speaker == NOBODY) => SplitBy::Recording,
                None => SplitBy::Speaker,
            },
            is_synthetic: about.is_some_and(|about| about.synthetic),
            is_plain: !has_splits,
            ..Self::listed(folder, clips, refused)
        };
        Ok((set, layout))
    }

    /// The folder in which a data set begins: a copy or an archive often has a single one at its top, which is neither word nor speaker.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub(crate) fn top(folder: &Path, layout: Option<Layout>) -> Result<PathBuf> {
        let mut top = folder.to_owned();
        while !Self::has_splits(&top)? && !mswc::is_here(&top)? {
            let Some(only) = listing::only_folder(&top)? else { break };
            // Below a word or a speaker there are as many folders as the layout has, or one at most.
            let most = layout.map_or(0, |layout| layout.depth() - 1);
            if listing::depth(&only)? <= most {
                break;
            }
            top = only;
        }
        Ok(top)
    }

    /// Whether a folder has folders of splits.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn has_splits(folder: &Path) -> Result<bool> {
        Ok(!folders::split_folders(folder)?.splits.is_empty())
    }

    /// Whether lists beside a folder's recordings tell their speakers or splits, so that names need not be looked at.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn has_lists(folder: &Path) -> Result<bool> {
        Ok(!Self::has_splits(folder)? && (mswc::is_here(folder)? || folders::has_lists(folder)))
    }

    /// Divides what is not divided yet, so that clips are balanced, and checks all; of so many words at least.
    ///
    /// # Errors
    /// As [`DataSet::open`].
    pub(crate) fn ready(mut self, fewest_words: usize) -> Result<Self> {
        if self.is_plain || mswc::is_here(&self.folder).unwrap_or(false) {
            self.split_by = split::divide_by_clips(&mut self.clips);
        }
        let Self { language, split_by, is_synthetic, folder, clips, refused, .. } = self;
        let language = Some(language);
        let contents = Contents { language, split_by, is_plain: false, is_synthetic, clips, refused };
        Self::checked(&folder, contents, fewest_words)
    }

    fn checked(folder: &Path, contents: Contents, fewest_words: usize) -> Result<Self> {
        let Contents { language, split_by, is_plain, is_synthetic, mut clips, mut refused } = contents;
        clips.sort_by(|a, b| a.path.cmp(&b.path));
        refused.sort_by(|a, b| a.path.cmp(&b.path));
        check_words(folder, &clips, &refused, fewest_words)?;
        if split_by == SplitBy::Speaker {
            check_speakers(folder, &clips)?;
        }
        Ok(Self {
            language: language.unwrap_or_else(|| UNDETERMINED.into()),
            split_by,
            is_plain,
            is_synthetic,
            folder: folder.to_owned(),
            clips,
            refused,
        })
    }
}

fn check_words(folder: &Path, clips: &[Clip], refused: &[BadClip], fewest: usize) -> Result<()> {
    let words: BTreeSet<&str> = clips.iter().map(|clip| clip.word.as_str()).collect();
    if words.len() >= fewest {
        return Ok(());
    }
    let unfit = |bad: &BadClip| {
        format!("{} unfit ones, such as {}: {}", refused.len(), bad.path.display(), bad.reason)
    };
    let word = words.first().map(|word| format!("only {word:?} ({} clips)", clips.len()));
    let found: Vec<String> = word.into_iter().chain(refused.first().map(unfit)).collect();
    let found = if found.is_empty() { "none".into() } else { found.join(" and ") };
    bail!(
        "{}: expected recordings of at least two words, such as <word>/<speaker>_<take>.wav or \
         train/<word>/<speaker>_<take>.wav, found {found}",
        folder.display()
    )
}

fn check_speakers(folder: &Path, clips: &[Clip]) -> Result<()> {
    let mut first_clips: HashMap<&str, &Clip> = HashMap::new();
    for clip in clips {
        let first = *first_clips.entry(&clip.speaker).or_insert(clip);
        ensure!(
            first.split == clip.split,
            "{}: expected each speaker in one split, found {:?} in {} ({}) and in {} ({})",
            folder.display(),
            clip.speaker,
            first.split,
            first.path.display(),
            clip.split,
            clip.path.display()
        );
    }
    Ok(())
}

/// The first word that stands in a list a second time.
pub(crate) fn repeated(words: &[String]) -> Option<&String> {
    words.iter().enumerate().find(|&(index, word)| words[..index].contains(word)).map(|(_, word)| word)
}

/// A folder's own name, for figures that say where they come from.
pub(crate) fn folder_name(folder: &Path) -> String {
    let name = folder.file_name();
    name.map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::test_files::{TestFolder, summary};

    #[test]
    fn a_set_of_fewer_than_two_words_is_refused_with_what_was_found() {
        let folder = TestFolder::new("en");
        let refused = || DataSet::open(&folder.path).unwrap_err().to_string();
        assert!(refused().ends_with("found none"), "{}", refused());
        folder.wav("yes/a_1.wav");
        folder.wav("yes/b_1.wav");
        assert!(refused().ends_with(r#"found only "yes" (2 clips)"#), "{}", refused());
        folder.wav("no/a_1.wav");
        assert_eq!(DataSet::open(&folder.path).unwrap().clips.len(), 3);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = DataSet::open(Path::new("no/such/folder")).unwrap_err();
        assert!(format!("{error:#}").contains("no/such/folder"), "{error:#}");
    }

    #[test]
    fn a_speaker_in_two_splits_is_named() {
        let folder = TestFolder::new("en");
        for file in ["train/yes/ann_1.wav", "train/no/bob_1.wav", "dev/no/ann_2.wav"] {
            folder.wav(file);
        }
        let error = DataSet::open(&folder.path).unwrap_err().to_string();
        assert!(error.contains(r#"found "ann" in dev"#) && error.contains("and in train"), "{error}");
    }

    #[test]
    fn a_folder_around_all_others_is_neither_word_nor_speaker() {
        let top = |files: &[&str], layout| {
            let folder = TestFolder::new("copy");
            for file in files {
                folder.wav(file);
            }
            folder.text("README.txt", "");
            let top = DataSet::top(&folder.path, layout).unwrap();
            top.strip_prefix(&folder.path).unwrap().to_owned()
        };
        assert_eq!(
            top(&["data/yes/ann_1.wav", "data/no/ann_1.wav", "__MACOSX/x/y.wav"], None),
            Path::new("data")
        );
        assert_eq!(top(&["a/b/yes/ann/1.wav", "a/b/no/ann/1.wav"], None), Path::new("a/b"));
        assert_eq!(top(&["yes/ann_1.wav"], None), Path::new(""));
        assert_eq!(top(&["train/yes/ann_1.wav"], None), Path::new(""));
        assert_eq!(top(&["ann/yes/1.wav"], Some(Layout::SpeakerWordFolders)), Path::new(""));
        assert_eq!(top(&["x/ann/yes_1.wav"], Some(Layout::SpeakerWord)), Path::new("x"));
    }

    #[test]
    fn beside_splits_nothing_is_passed_over_without_a_word_and_nobody_may_be_in_two() {
        let folder = TestFolder::new("xx");
        for file in ["train/yes/1.wav", "train/no/1.wav", "Val/yes/1.wav", "extra/yes/1.wav"] {
            folder.wav(file);
        }
        let (set, layout) = DataSet::in_layout(&folder.path, None).unwrap();
        assert_eq!((layout, set.refused.len()), (Layout::Word, 1), "{:?}", set.refused);
        let set = set.ready(FEWEST_WORDS).unwrap();
        assert_eq!(set.split_by, SplitBy::Recording);
        assert_eq!(summary(&set), ["yes nobody dev", "no nobody train", "yes nobody train"]);
    }

    #[test]
    fn the_order_is_that_of_the_paths() {
        let folder = TestFolder::new("en");
        for file in ["test/a/x_1.wav", "train/b/y_2.wav", "train/a/y_1.wav", "dev/b/z_1.wav"] {
            folder.wav(file);
        }
        let set = DataSet::open(&folder.path).unwrap();
        assert_eq!(summary(&set), ["b z dev", "a x test", "a y train", "b y train"]);
        assert!(set.clips.is_sorted_by_key(|clip| &clip.path));
    }
}
