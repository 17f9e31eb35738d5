//! Layouts in which a folder is a word and a file name tells the speaker.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::listing::{Entry, audio_files, folders};
use super::split::divide;
use super::{AboutData, Clip, Contents, DataSet, Split, SplitBy};
use crate::files::read_text;

/// Speech Commands' folder of noise, beside its words.
const NOISE: &str = "_background_noise_";

/// Speech Commands' lists of the clips for choosing and for judging.
const LISTS: [&str; 2] = ["validation_list.txt", "testing_list.txt"];

/// Folders of splits, and those beside them.
#[derive(Default)]
pub(super) struct SplitFolders {
    pub(super) splits: Vec<(PathBuf, Split)>,
    pub(super) others: Vec<PathBuf>,
}

/// The folders of splits, with folders of words in them, and those beside them. There is none of the first if all that there are have
/// names which a word or somebody may have, too: `train` without folders in it, `Val` without `train` beside.
pub(super) fn split_folders(folder: &Path) -> Result<SplitFolders> {
    let (mut found, mut is_certain) = (SplitFolders::default(), false);
    for Entry { name, path } in folders(folder)? {
        match Split::of_folder(&name) {
            Some(split) if !folders(&path)?.is_empty() => {
                is_certain |= split == Split::Train || name == split.name();
                found.splits.push((path, split));
            }
            _ => found.others.push(path),
        }
    }
    Ok(if is_certain { found } else { SplitFolders::default() })
}

/// `<split>/<word>/<speaker>_<take>.<ext>`: the split is given, and what keeps it apart, if the folder says so.
pub(super) fn with_splits(folder: &Path) -> Result<Contents> {
    let mut clips = Vec::new();
    for (folder, split) in split_folders(folder)?.splits {
        add_words(&folder, &mut clips, |_, _| split)?;
    }
    let (language, split_by, is_synthetic) = match about(folder)? {
        Some(about) => (Some(about.language), about.split_by, about.synthetic),
        None => (None, SplitBy::Speaker, false),
    };
    Ok(Contents { language, split_by, is_plain: false, is_synthetic, clips, refused: Vec::new() })
}

/// What a folder says of itself, if it does.
pub(super) fn about(folder: &Path) -> Result<Option<AboutData>> {
    let about = folder.join(DataSet::ABOUT);
    if !about.is_file() {
        return Ok(None);
    }
    let text = read_text(&about)?;
    serde_json::from_str(&text).with_context(|| format!("{} cannot be read", about.display())).map(Some)
}

/// Whether there are Speech Commands' lists of splits.
pub(super) fn has_lists(folder: &Path) -> bool {
    LISTS.iter().any(|list| folder.join(list).is_file())
}

/// `<word>/<speaker>_<take>.<ext>`: split as the lists say if there are any, else by speaker.
pub(super) fn speech_commands(folder: &Path) -> Result<Contents> {
    let [dev, test] = LISTS.map(|list| read_list(&folder.join(list)));
    let (dev, test) = (dev?, test?);
    let mut clips = Vec::new();
    add_words(folder, &mut clips, |word, stem| {
        let clip = format!("{word}/{stem}");
        if dev.contains(&clip) {
            Split::Dev
        } else if test.contains(&clip) {
            Split::Test
        } else {
            Split::Train
        }
    })?;
    let is_plain = dev.is_empty() && test.is_empty();
    let split_by = if is_plain { divide(&mut clips) } else { SplitBy::Speaker };
    Ok(Contents { language: None, split_by, is_plain, is_synthetic: false, clips, refused: Vec::new() })
}

/// Adds the clips of all words of a folder; `split_of` is asked with the word and the file name without
/// extension.
fn add_words(folder: &Path, clips: &mut Vec<Clip>, split_of: impl Fn(&str, &str) -> Split) -> Result<()> {
    for word in folders(folder)?.into_iter().filter(|word| word.name != NOISE) {
        for file in audio_files(&word.path)? {
            let stem = without_extension(&file.name);
            clips.push(Clip {
                split: split_of(&word.name, stem),
                speaker: speaker(stem).to_owned(),
                word: word.name.clone(),
                path: file.path,
            });
        }
    }
    Ok(())
}

/// The speaker in a file name: what stands before `_nohash_` (Speech Commands) or before the last `_`. Where
/// there is neither, each file is a speaker.
fn speaker(stem: &str) -> &str {
    let before = stem.split_once("_nohash_").or_else(|| stem.rsplit_once('_'));
    before.map_or(stem, |(speaker, _)| speaker)
}

/// The clips of a list, `<word>/<file>` without extension, for a set may be kept in another coding. None where
/// there is no list.
fn read_list(path: &Path) -> Result<HashSet<String>> {
    if !path.is_file() {
        return Ok(HashSet::new());
    }
    let list = read_text(path)?;
    Ok(list.lines().map(|line| without_extension(line.trim()).to_owned()).collect())
}

fn without_extension(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::test_files::{TestFolder, summary};

    #[test]
    fn the_speaker_stands_before_the_take() {
        assert_eq!(speaker("004ae714_nohash_12"), "004ae714");
        assert_eq!(speaker("fsew0_2_07"), "fsew0_2");
        assert_eq!(speaker("anna"), "anna");
    }

    #[test]
    fn speech_commands_without_lists_are_split_by_speaker() {
        let folder = TestFolder::new("speech_commands_v0.02");
        for speaker in 0..60 {
            folder.wav(&format!("yes/{speaker:08x}_nohash_0.wav"));
            folder.wav(&format!("no/{speaker:08x}_nohash_1.wav"));
        }
        folder.wav("_background_noise_/white_noise.wav");
        folder.text("README.md", "");
        folder.text("yes/.hidden_1.wav", "");
        folder.text("yes/notes_1.txt", "");
        let set = DataSet::open(&folder.path).unwrap();
        assert_eq!(set.language, "und");
        assert_eq!((set.clips.len(), set.to_judge().count()), (120, 120), "a plain folder is judged whole");
        for split in Split::ALL {
            assert!(set.clips.iter().any(|clip| clip.split == split), "nobody in {split}");
        }
    }

    #[test]
    fn the_lists_of_speech_commands_are_honoured() {
        let folder = TestFolder::new("en");
        for file in ["yes/a_nohash_0.flac", "no/b_nohash_0.flac", "no/c_nohash_0.flac", "no/d_nohash_1.flac"]
        {
            folder.text(file, "");
        }
        folder.text("validation_list.txt", "no/b_nohash_0.wav\n");
        folder.text("testing_list.txt", "no/c_nohash_0.wav\r\nno/x_nohash_0.wav\r\n");
        let set = DataSet::open(&folder.path).unwrap();
        assert_eq!(summary(&set), ["no b dev", "no c test", "no d train", "yes a train"]);
        assert_eq!(set.to_judge().count(), 1);
    }

    #[test]
    fn split_folders_are_honoured_in_any_script() {
        let folder = TestFolder::new("zh");
        for file in ["train/上海/z00_01.flac", "train/中国/z00_02.OPUS", "dev/上海/z22_01.mp3"] {
            folder.text(file, "");
        }
        let set = DataSet::open(&folder.path).unwrap();
        assert_eq!(set.language, "zh");
        assert_eq!(summary(&set), ["上海 z22 dev", "上海 z00 train", "中国 z00 train"]);
    }

    #[test]
    fn splits_are_known_by_their_usual_names() {
        let folder = TestFolder::new("de");
        for file in
            ["Train/ja/ann_1.wav", "Train/nein/ann_1.wav", "validation/ja/bob_1.wav", "Testing/ja/eve_1.wav"]
        {
            folder.wav(file);
        }
        let set = DataSet::open(&folder.path).unwrap();
        assert_eq!(summary(&set), ["ja eve test", "ja ann train", "nein ann train", "ja bob dev"]);
        // Val is somebody, where there is no training.
        let folder = TestFolder::new("de");
        for file in ["Val/ja/1.wav", "Eve/ja/1.wav"] {
            folder.wav(file);
        }
        assert!(split_folders(&folder.path).unwrap().splits.is_empty());
    }

    #[test]
    fn a_word_may_be_called_train() {
        let folder = TestFolder::new("en");
        folder.wav("train/ann_1.wav");
        folder.wav("bus/ann_2.wav");
        let words: Vec<_> = DataSet::open(&folder.path).unwrap().clips.into_iter().map(|c| c.word).collect();
        assert_eq!(words, ["bus", "train"]);
    }
}
