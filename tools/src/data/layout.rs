//! What the folders and names of recordings stand for, told or found out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use polyspot_audio::has_ending;

use super::listing::{files, folders};
use super::names::{is_of_speaker, is_of_takes, parts, without_number};
use super::{BadClip, Clip, Split};

/// What a folder, a folder in it, and a file's name stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// `yes/ann_2.wav`
    #[value(name = "word/speaker_take")]
    WordSpeaker,
    /// `yes/2.wav`; who speaks is not told
    #[value(name = "word/take")]
    Word,
    /// `ann/yes.wav` or `ann/yes_2.wav`
    #[value(name = "speaker/word_take")]
    SpeakerWord,
    /// `yes/ann/2.wav`
    #[value(name = "word/speaker/take")]
    WordSpeakerFolders,
    /// `ann/yes/2.wav`
    #[value(name = "speaker/word/take")]
    SpeakerWordFolders,
}

impl Layout {
    /// Folders above a recording.
    pub(super) fn depth(self) -> usize {
        match self {
            Self::WordSpeakerFolders | Self::SpeakerWordFolders => 2,
            Self::WordSpeaker | Self::Word | Self::SpeakerWord => 1,
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

/// Who is heard where nothing tells it.
pub(crate) const NOBODY: &str = "nobody";

/// By so much more one level must look like speakers than the other to be taken for them.
const CLEAR: f64 = 0.3;

/// Speech Commands' folder of noise, beside its words.
const NOISE: &str = "_background_noise_";

/// What was found in folders.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) layout: Layout,
    pub(crate) clips: Vec<Clip>,
    pub(crate) refused: Vec<BadClip>,
}

/// An audio file in folders.
struct File {
    path: PathBuf,
    /// Names of the folders that it lies in, from the top.
    folders: Vec<String>,
    stem: String,
    split: Split,
}

impl File {
    /// Its two names and whether there is a take: of folder and file, or of both folders.
    fn names(&self) -> (&str, &str, bool) {
        match self.folders.as_slice() {
            [top, below, ..] => (top, below, true),
            [top] => {
                let parts = parts(&self.stem, top);
                (top, parts.name, parts.has_take)
            }
            [] => ("", &self.stem, false),
        }
    }
}

/// Reads folders, each of them of one split, in a layout; without one, in that which their names suggest.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn read(tops: &[(PathBuf, Split)], layout: Option<Layout>) -> Result<Found> {
    let (mut all, mut refused) = (Vec::new(), Vec::new());
    for (top, split) in tops {
        add(top, &[], *split, &mut all, &mut refused)?;
    }
    let layout = layout.unwrap_or_else(|| suggested(&all));
    let depth = layout.depth();
    let (right, wrong): (Vec<File>, Vec<File>) =
        all.into_iter().partition(|file| file.folders.len() == depth);
    refused.extend(wrong.into_iter().map(|file| BadClip {
        reason: format!("expected {layout}, found it {} folders deep", file.folders.len()),
        path: file.path,
    }));
    let numbered = numbered_names(&right, layout);
    let clips = right.into_iter().map(|file| clip(file, layout, &numbered)).collect();
    Ok(Found { layout, clips, refused })
}

fn add(
    folder: &Path,
    above: &[String],
    split: Split,
    all: &mut Vec<File>,
    refused: &mut Vec<BadClip>,
) -> Result<()> {
    for file in files(folder)? {
        let (stem, ending) = file.name.rsplit_once('.').unwrap_or((&file.name, ""));
        if has_ending(&file.path) {
            all.push(File { stem: stem.to_owned(), folders: above.to_vec(), split, path: file.path });
        } else if !above.is_empty() || is_other_audio(ending) {
            let reason =
                format!("expected a recording that can be read, found a file that ends in {ending:?}");
            refused.push(BadClip { path: file.path, reason });
        }
    }
    for inner in folders(folder)? {
        if above.is_empty() && inner.name == NOISE {
            refused
                .push(BadClip { path: inner.path, reason: "noise is no word; give it with --noise".into() });
        } else if inner.path.is_symlink() && !above.is_empty() {
            let reason = "a link to a folder, which may lead back".into();
            refused.push(BadClip { path: inner.path, reason });
        } else {
            let names: Vec<String> = above.iter().cloned().chain([inner.name]).collect();
            add(&inner.path, &names, split, all, refused)?;
        }
    }
    Ok(())
}

/// Whether a file beside the folders is a recording of a kind that is not read.
fn is_other_audio(ending: &str) -> bool {
    let others = ["aac", "aif", "aiff", "amr", "3gp", "wma", "webm", "caf", "m4a", "mp4"];
    others.iter().any(|other| ending.eq_ignore_ascii_case(other))
}

/// What the names look like.
fn suggested(all: &[File]) -> Layout {
    let deep = all.iter().filter(|file| file.folders.len() >= 2).count();
    let has_folders = 2 * deep > all.len();
    let files = || all.iter().filter(|file| file.folders.len() == 1 + usize::from(has_folders));
    let mut inner: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in files() {
        let (top, below, _) = file.names();
        inner.entry(top).or_default().insert(below);
    }
    let below: BTreeSet<&str> = inner.values().flatten().copied().collect();
    let like_speakers = |names: &mut dyn Iterator<Item = &str>| {
        let (mut alike, mut all) = (0.0, 0.0_f64);
        for name in names {
            alike += f64::from(u8::from(is_of_speaker(name)));
            all += 1.0;
        }
        alike / all.max(1.0)
    };
    // The spoken digits: who is called 0?
    let are_digits = inner.contains_key("0") && inner.keys().all(|name| name.chars().count() == 1);
    let above = if are_digits { 0.0 } else { like_speakers(&mut inner.keys().copied()) };
    let above_more = above - like_speakers(&mut below.iter().copied());
    if has_folders {
        return if above_more < -CLEAR { Layout::WordSpeakerFolders } else { Layout::SpeakerWordFolders };
    }
    if below.iter().all(|name| name.is_empty() || is_of_takes(name)) {
        return Layout::Word;
    }
    if above_more > CLEAR {
        return Layout::SpeakerWord;
    }
    let takes = files().filter(|file| file.names().2 || without_number(file.names().1).is_some()).count();
    // People each said the same words once: words that are said once by each of the same people would mostly be numbered.
    let names: usize = inner.values().map(BTreeSet::len).sum();
    let is_shared = 2 * names >= below.len() * inner.len() && inner.len() > 1;
    let is_single = 2 * takes < files().count();
    if above_more >= -CLEAR && is_shared && is_single { Layout::SpeakerWord } else { Layout::WordSpeaker }
}

/// Names that stand with a number right behind them in several files of a folder: `ann1`, `ann2` are takes of `ann`.
fn numbered_names(files: &[File], layout: Layout) -> BTreeSet<String> {
    if !matches!(layout, Layout::WordSpeaker | Layout::SpeakerWord) {
        return BTreeSet::new();
    }
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for file in files {
        let (top, name, _) = file.names();
        if let Some(bare) = without_number(name) {
            *counts.entry((top, bare)).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= 2).map(|((_, bare), _)| bare.to_owned()).collect()
}

fn clip(file: File, layout: Layout, numbered: &BTreeSet<String>) -> Clip {
    let (top, below, _) = file.names();
    let below = without_number(below).filter(|bare| numbered.contains(*bare)).unwrap_or(below);
    // Names that say nothing of a speaker are of takes.
    let speaker = |name: &str| {
        let is_told = !name.is_empty() && (layout != Layout::WordSpeaker || !is_of_takes(name));
        if is_told { name.to_owned() } else { NOBODY.to_owned() }
    };
    let (word, speaker) = match layout {
        Layout::Word => (top.to_owned(), NOBODY.to_owned()),
        Layout::WordSpeaker | Layout::WordSpeakerFolders => (top.to_owned(), speaker(below)),
        Layout::SpeakerWord | Layout::SpeakerWordFolders => (below.to_owned(), top.to_owned()),
    };
    Clip { word, speaker, split: file.split, path: file.path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::test_files::TestFolder;

    /// Layout, and word and speaker of each recording, of these files.
    fn found(files: &[&str], layout: Option<Layout>) -> (Layout, Vec<String>, Vec<String>) {
        let folder = TestFolder::new("data");
        for file in files {
            folder.text(file, "");
        }
        let found = read(&[(folder.path.clone(), Split::Train)], layout).unwrap();
        let clips = found.clips.iter().map(|clip| format!("{} {}", clip.word, clip.speaker)).collect();
        let refused = found.refused.iter().map(|bad| bad.reason.clone()).collect();
        (found.layout, clips, refused)
    }

    #[track_caller]
    fn assert_found(files: &[&str], layout: Layout, clips: &[&str]) {
        let (suggested, found, refused) = found(files, None);
        assert_eq!((suggested, refused.len()), (layout, 0), "{refused:?}");
        assert_eq!(found, clips);
    }

    #[test]
    fn words_of_speakers() {
        assert_found(
            &["no/s1_1.wav", "no/s2_1.wav", "yes/s1_1.wav", "yes/s1_2.wav"],
            Layout::WordSpeaker,
            &["no s1", "no s2", "yes s1", "yes s1"],
        );
        assert_found(
            &["no/ann_1.wav", "no/bob_1.wav", "yes/ann_1.wav", "yes/bob_1.wav"],
            Layout::WordSpeaker,
            &["no ann", "no bob", "yes ann", "yes bob"],
        );
        // The word before the speaker makes no new people of one.
        assert_found(&["no/no_s1_1.wav", "yes/yes_s1_1.wav"], Layout::WordSpeaker, &["no s1", "yes s1"]);
    }

    #[test]
    fn numbered_files_are_no_speakers() {
        assert_found(
            &["no/1.wav", "no/2.wav", "yes/1.wav", "yes/rec_2.wav"],
            Layout::Word,
            &["no nobody", "no nobody", "yes nobody", "yes nobody"],
        );
        assert_found(
            &["no/ann1.wav", "no/ann2.wav", "no/bob1.wav", "no/bob2.wav", "yes/ann1.wav", "yes/bob1.wav"],
            Layout::WordSpeaker,
            &["no ann", "no ann", "no bob", "no bob", "yes ann", "yes bob"],
        );
        assert_found(
            &["no/s01.wav", "no/s02.wav", "yes/s01.wav", "yes/s02.wav"],
            Layout::WordSpeaker,
            &["no s01", "no s02", "yes s01", "yes s02"],
        );
    }

    #[test]
    fn speakers_with_words() {
        assert_found(
            &["ann/no.wav", "ann/yes.wav", "bob/no.wav", "bob/yes.wav"],
            Layout::SpeakerWord,
            &["no ann", "yes ann", "no bob", "yes bob"],
        );
        assert_found(
            &["p01/no_1.wav", "p01/no_2.wav", "p02/yes_1.wav"],
            Layout::SpeakerWord,
            &["no p01", "no p01", "yes p02"],
        );
    }

    #[test]
    fn digits_are_words() {
        assert_found(
            &["0/anna_1.wav", "0/ben_1.wav", "1/anna_1.wav", "1/ben_1.wav"],
            Layout::WordSpeaker,
            &["0 anna", "0 ben", "1 anna", "1 ben"],
        );
    }

    #[test]
    fn folders_in_folders() {
        assert_found(&["ann/no/1.wav", "bob/yes/1.wav"], Layout::SpeakerWordFolders, &["no ann", "yes bob"]);
        assert_found(&["no/s1/1.wav", "yes/s2/1.wav"], Layout::WordSpeakerFolders, &["no s1", "yes s2"]);
    }

    #[test]
    fn who_knows_better_says_so() {
        let files = ["ann/no.wav", "ann/yes.wav", "bob/no.wav", "bob/yes.wav"];
        let (layout, clips, _) = found(&files, Some(Layout::WordSpeaker));
        assert_eq!((layout, clips[0].as_str()), (Layout::WordSpeaker, "ann no"));
        let (_, clips, refused) = found(&files, Some(Layout::SpeakerWordFolders));
        assert!(clips.is_empty() && refused.len() == 4, "{refused:?}");
        assert!(refused[0].contains("expected speaker/word/take, found it 1 folders deep"), "{refused:?}");
    }

    #[test]
    fn nothing_is_dropped_without_a_word() {
        let files = [
            "no/ann_1.wav",
            "yes/ann_1.wav",
            "yes/ann_2.xyz",
            "yes/more/ann_1.wav",
            "lost.wav",
            "lost.wma",
            "README.md",
            "_background_noise_/hum.wav",
        ];
        let (_, clips, refused) = found(&files, None);
        assert_eq!((clips.len(), refused.len()), (2, 5), "{refused:?}");
        for reason in
            ["ends in \"xyz\"", "ends in \"wma\"", "2 folders deep", "0 folders deep", "noise is no word"]
        {
            assert!(refused.iter().any(|found| found.contains(reason)), "{reason} in {refused:?}");
        }
    }
}
