//! `polyspot-tools bank`: recordings without keywords to a bank of negatives.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use polyspot_text::{shown_path, tell};

use crate::bank::{self, Source};
use crate::files::{check_output, read_text};
use crate::progress;
use crate::training::Checkpoint;

/// Make a bank of negatives, which `adapt` and `calibrate` use for those who have no speech without keywords.
///
/// It holds frames of the front end, not sound. Pieces in which the base nearly hears a keyword are all in it, of the others a share;
/// each says how many it stands for.
#[derive(Debug, Args)]
#[command(after_help = "SOURCES is a JSON list of collections that may be passed on, such as
  [{\"name\": \"LibriVox\", \"folder\": \"speech/train\", \"prefix\": \"libri_\", \"language\": \"en\", \"licence\": \"CC0\"}]
with `\"minutes\": 30` to take so much of it at most, `\"holds_keywords_of\": \"en\"` if it holds that head's words,
`\"single_words\": true` if it holds words that stand alone (whoever adds that language does without them), and
`\"synthetic\": true` if synthesisers speak (it is trained on, and judges nothing).")]
pub(crate) struct Arguments {
    /// Checkpoint that `train` wrote
    #[arg(long, value_name = "FILE")]
    base: PathBuf,
    /// What to take, and who may have it
    #[arg(long, value_name = "SOURCES")]
    sources: PathBuf,
    /// Folder that the sources' folders are in; may be given several times
    #[arg(long, required = true, value_name = "DIR")]
    data: Vec<PathBuf>,
    /// About so many minutes of frames
    #[arg(long, default_value_t = 55, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: u32,
    /// Bank to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    check_output(&arguments.out)?;
    let base = Checkpoint::open(&arguments.base)?;
    let text = read_text(&arguments.sources)?;
    let sources: Vec<Source> = serde_json::from_str(&text).with_context(|| shown_path(&arguments.sources))?;
    let bar = progress::bar(0, 0);
    let bank = bank::make(&base, (&sources, &arguments.data), arguments.minutes as usize, &bar)?;
    bar.finish_and_clear();
    bank.save(&arguments.out)?;
    tell!("source                                   language  pieces  minutes  stand for minutes")?;
    for row in bank.summary() {
        tell!(
            "{:<40} {:<8} {:>7} {:>8.1} {:>18.1}",
            row.source,
            row.language,
            row.pieces,
            row.minutes,
            row.stands_for_minutes
        )?;
    }
    Ok(())
}
