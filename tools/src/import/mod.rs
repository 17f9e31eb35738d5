//! Bringing in what a user has: recordings in any layout to a folder that every command reads.
//!
//! `<out>/<split>/<word>/<speaker>_<take>.wav`, 16 kHz, 16 bit, mono, split by speaker wherever there are enough of
//! them, with [`AboutData`] that says so and a list of all that was refused.

mod archive;
mod clip;
mod labels;
mod report;
mod source;
mod table;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use polyspot_files::WholeFolder;
use rayon::prelude::*;

pub(crate) use report::Report;

use self::source::Source;
use crate::data::{AboutData, BadClip, Clip, Layout, Split, UNDETERMINED, language_of_name};
use crate::progress;

/// What is to be brought in.
pub(crate) struct Import {
    /// Folders, tables or archives.
    pub(crate) sources: Vec<PathBuf>,
    pub(crate) out: PathBuf,
    /// BCP 47 tag; without it, what the source tells.
    pub(crate) language: Option<String>,
    /// What folders and names stand for; without it, what they look like.
    pub(crate) layout: Option<Layout>,
    /// Write nothing.
    pub(crate) is_dry: bool,
}

/// A clip as it is written.
pub(crate) struct Written {
    pub(crate) word: String,
    pub(crate) speaker: String,
    pub(crate) split: Split,
    pub(crate) seconds: f64,
}

impl Import {
    /// Brings the recordings in, unless it is to be dry. `out` appears whole or not at all. Before anything is written, `show` is given
    /// what was taken for what.
    ///
    /// # Errors
    /// When the source cannot be read, or nothing in it can be used. Single recordings that cannot be used are
    /// listed in the report and in the folder's `refused.csv`.
    pub(crate) fn run(&self, show: impl FnOnce(&str) -> Result<()>) -> Result<Option<Report>> {
        let written = || format!("{} cannot be written", self.out.display());
        let folder = WholeFolder::create(&self.out).with_context(written)?;
        // Never finished: what is unpacked goes when it has been read.
        let unpacked = WholeFolder::create(&self.out).with_context(written)?;
        let report = self.write(folder.path(), unpacked.path(), show)?;
        if report.is_some() {
            folder.finish().with_context(written)?;
        }
        Ok(report)
    }

    fn write(
        &self,
        folder: &Path,
        unpacked: &Path,
        show: impl FnOnce(&str) -> Result<()>,
    ) -> Result<Option<Report>> {
        let source = Source::open(&self.sources, unpacked, self.layout)?;
        show(&source.to_string())?;
        if self.is_dry {
            return Ok(None);
        }
        let set = source.set;
        let told = Some(set.language).filter(|language| language != UNDETERMINED);
        let of_names = || [&self.out, &self.sources[0]].into_iter().find_map(|path| language_of_name(path));
        let language = self.language.clone().or(told).or_else(of_names);
        let language = language.unwrap_or_else(|| UNDETERMINED.into());
        let bar = progress::bar(set.clips.len() as u64, 0);
        bar.set_message("clips");
        let names = names(&set.clips);
        let outcomes: Vec<Result<Written, BadClip>> = set
            .clips
            .par_iter()
            .zip(&names)
            .map(|(clip, name)| {
                bar.inc(1);
                clip::write(clip, &folder.join(name))
                    .map_err(|error| BadClip { path: clip.path.clone(), reason: format!("{error:#}") })
            })
            .collect();
        bar.finish_and_clear();
        let (mut written, mut refused) = (Vec::new(), set.refused);
        for outcome in outcomes {
            match outcome {
                Ok(clip) => written.push(clip),
                Err(bad) => refused.push(bad),
            }
        }
        let about = AboutData { language, split_by: set.split_by, synthetic: false };
        let report = Report { about, written, refused };
        report.check(&self.sources[0], source.fewest_words)?;
        report.about.write(folder)?;
        report.write_refused(&folder.join("refused.csv"))?;
        Ok(Some(report))
    }
}

/// Where each clip goes: `<split>/<word>/<speaker>_<take>.wav`.
fn names(clips: &[Clip]) -> Vec<PathBuf> {
    let mut takes: HashMap<(&str, &str), usize> = HashMap::new();
    clips
        .iter()
        .map(|clip| {
            let take = takes.entry((&clip.word, &clip.speaker)).or_default();
            *take += 1;
            let file = format!("{}_{take}.wav", clip::speaker_name(&clip.speaker));
            Path::new(clip.split.name()).join(&clip.word).join(file)
        })
        .collect()
}
