//! What an import brought in, and what it refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};
use polyspot_text::{cell, lossless, shown, shown_path};

use super::Written;
use crate::data::{AboutData, BadClip, Split, SplitBy};
use crate::files::write_whole;

/// Refusals that the text shows; the file lists all.
const SHOWN: usize = 5;

/// The outcome of an import.
pub(crate) struct Report {
    pub(crate) about: AboutData,
    pub(crate) written: Vec<Written>,
    pub(crate) refused: Vec<BadClip>,
}

impl Report {
    /// Checks that there is something to train on: so many words.
    pub(super) fn check(&self, source: &Path, fewest_words: usize) -> Result<()> {
        let train = self.written.iter().filter(|clip| clip.split == Split::Train);
        let words: BTreeSet<&str> = train.map(|clip| clip.word.as_str()).collect();
        if words.len() >= fewest_words {
            return Ok(());
        }
        let expected = if fewest_words == 1 { "a word" } else { "at least two words" };
        let refused = self.refused.first();
        let reason = refused.map(|bad| format!("; refused: {}: {}", bad.path.display(), bad.reason));
        bail!(
            "{}: expected training clips of {expected}, found {}{}",
            source.display(),
            words.len(),
            reason.unwrap_or_default()
        )
    }

    pub(super) fn write_refused(&self, path: &Path) -> Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["path", "reason"])?;
        for bad in &self.refused {
            writer.write_record([&*cell(&lossless(&bad.path)), &cell(&bad.reason)])?;
        }
        write_whole(path, &writer.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?)
    }
}

/// Clips, speakers and seconds.
#[derive(Default)]
struct Sum<'a> {
    clips: usize,
    speakers: BTreeSet<&'a str>,
    seconds: f64,
}

impl<'a> Sum<'a> {
    fn add(&mut self, clip: &'a Written) {
        self.clips += 1;
        self.speakers.insert(&clip.speaker);
        self.seconds += clip.seconds;
    }
}

impl fmt::Display for Sum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6} {:>9} {:>9.1}", self.clips, self.speakers.len(), self.seconds)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: BTreeMap<&str, [Sum<'_>; 3]> = BTreeMap::new();
        let mut all: [Sum<'_>; 3] = Default::default();
        for clip in &self.written {
            words.entry(&clip.word).or_default()[clip.split as usize].add(clip);
            all[clip.split as usize].add(clip);
        }
        write!(f, "{:<16}", self.about.language)?;
        for split in Split::ALL {
            write!(f, " | {split:>6}: speakers   seconds")?;
        }
        let rows = words.iter().map(|(word, sums)| (*word, sums)).chain([("all", &all)]);
        for (word, sums) in rows {
            write!(f, "\n{:<16}", shown(word))?;
            for sum in sums {
                write!(f, " | {sum}")?;
            }
        }
        let unjudged: Vec<&str> = words
            .iter()
            .filter(|(_, [train, dev, _])| train.clips > 0 && dev.clips == 0)
            .map(|(word, _)| *word)
            .collect();
        if !unjudged.is_empty() {
            write!(f, "\n\nno dev clips, so nothing will judge: {}", unjudged.join(", "))?;
        }
        if self.about.split_by == SplitBy::Recording {
            write!(
                f,
                "\n\nToo few speakers to keep some for judging: the splits hold other recordings of the same people, \
                 and an accuracy on them says nothing of other voices."
            )?;
        }
        if !self.refused.is_empty() {
            write!(f, "\n\n{} recordings were refused (all in refused.csv):", self.refused.len())?;
            for bad in self.refused.iter().take(SHOWN) {
                write!(f, "\n  {}: {}", shown_path(&bad.path), shown(&bad.reason))?;
            }
        }
        Ok(())
    }
}
