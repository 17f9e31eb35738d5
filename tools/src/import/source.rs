//! What the sources are, and what is in them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use polyspot_text::{shown, shown_path};

use super::{archive, labels, table};
use crate::data::{DataSet, FEWEST_WORDS, Layout, NOBODY};

/// Words and speakers that are named before an import; of more only the number is said.
const NAMED: usize = 12;

/// Endings of archives that are not read.
const OTHER_ARCHIVES: [&str; 7] = ["zip", "bz2", "xz", "zst", "7z", "rar", "gz"];

/// What was found, before anything is written.
pub(super) struct Source {
    pub(super) set: DataSet,
    /// Of folders: what their names were taken for, and whether somebody said so.
    layout: Option<(Layout, bool)>,
    /// Words that there must be to train on.
    pub(super) fewest_words: usize,
    /// What was joined and left out.
    notes: Vec<String>,
}

impl Source {
    /// Finds out what the sources are and lists what is in them, each word in one spelling.
    ///
    /// # Errors
    /// When they cannot be read, or hold fewer than two words.
    pub(super) fn open(sources: &[PathBuf], unpacked: &Path, layout: Option<Layout>) -> Result<Self> {
        let is_archive = |path: &PathBuf| archive::is_one(path);
        if sources.iter().any(is_archive) {
            ensure!(sources.iter().all(is_archive), "expected archives only, or one folder or table");
            for source in sources {
                archive::unpack(source, unpacked)?;
            }
            return Self::of_folder(unpacked, layout);
        }
        let [source] = sources else {
            bail!("expected one folder or table, found {}", sources.len());
        };
        if source.is_dir() && !source.join("validated.tsv").is_file() {
            return Self::of_folder(source, layout);
        }
        let ending =
            source.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        ensure!(
            source.is_dir() || !source.exists() || !OTHER_ARCHIVES.contains(&ending.as_str()),
            "{}: expected a folder, a table (.csv, .tsv) or an archive (.tar, .tar.gz, .tgz), found .{ending}; unpack it first",
            shown_path(source)
        );
        ensure!(layout.is_none(), "--layout is for folders, and {} is a table", source.display());
        // Common Voice: a folder with tables; the validated one names the clips that were checked.
        let list = if source.is_dir() { source.join("validated.tsv") } else { source.clone() };
        Self::settled(table::open(&list)?, None)
    }

    fn of_folder(folder: &Path, layout: Option<Layout>) -> Result<Self> {
        let folder = &DataSet::top(folder, layout)?;
        if layout.is_none() && DataSet::has_lists(folder)? {
            return Self::settled(DataSet::open(folder)?, None);
        }
        let (set, found) = DataSet::in_layout(folder, layout)?;
        Self::settled(set, Some((found, layout.is_some())))
    }

    fn settled(mut set: DataSet, layout: Option<(Layout, bool)>) -> Result<Self> {
        let notes = labels::settle(&mut set.clips, &mut set.refused);
        // Who says what the folders are may have one word or phrase.
        let fewest_words = if layout.is_some_and(|(_, is_told)| is_told) { 1 } else { FEWEST_WORDS };
        Ok(Self { set: set.ready(fewest_words)?, layout, fewest_words, notes })
    }
}

impl fmt::Display for Source {
    /// What was taken for what.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clips = &self.set.clips;
        if let Some((layout, is_told)) = self.layout {
            let how = if is_told { "as you say" } else { "by the names; --layout says otherwise" };
            writeln!(f, "layout: {layout} ({how})")?;
        }
        if let Some(clip) = clips.first() {
            let (word, speaker) = (&clip.word, &clip.speaker);
            let speaker =
                if speaker == NOBODY { "nobody in particular".into() } else { format!("{speaker:?}") };
            writeln!(f, "for example {}: the word {word:?}, said by {speaker}", shown_path(&clip.path))?;
        }
        let words: BTreeSet<&str> = clips.iter().map(|clip| clip.word.as_str()).collect();
        let speakers: BTreeSet<&str> = clips.iter().map(|clip| clip.speaker.as_str()).collect();
        writeln!(f, "{} words: {}", words.len(), named(&words))?;
        if speakers.len() == 1 && speakers.contains(NOBODY) {
            write!(f, "speakers: not told, so all recordings count as one person's")?;
        } else {
            write!(f, "{} speakers: {}", speakers.len(), named(&speakers))?;
        }
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        Ok(())
    }
}

fn named(names: &BTreeSet<&str>) -> String {
    let first: Vec<Cow<'_, str>> = names.iter().take(NAMED).map(|name| shown(name)).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}
