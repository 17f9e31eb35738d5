//! `polyspot-tools import`: what a user has to what the other commands read.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use polyspot_text::{tell, tell_lines};

use crate::data::{Layout, language_tag};
use crate::import::Import;

/// Bring in recordings of words, split by speaker.
///
/// Takes folders of recordings (`<word>/<speaker>_<n>.wav`, `<speaker>/<word>.wav` and others, with train/, dev/ and test/ above or
/// without), archives or a folder of the Multilingual Spoken Words Corpus, a Common Voice folder (clips of a single word are
/// used), or a CSV file with columns path, word and speaker. Says what it took for what, writes 16 kHz clips with train/, dev/ and
/// test/ above, with about 80, 10 and 10 % of the clips and nobody in two of them, and reports clips, speakers and seconds of
/// each word, and everything that was refused. Words that differ in capitals only are joined.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polyspot-tools import recordings --out words/de
  polyspot-tools import recordings --layout speaker/word/take --out words/de
  polyspot-tools import recordings.csv --language sw --out words/sw
  polyspot-tools import audio/fa.tar.gz splits/fa.tar.gz --out words/fa")]
pub(crate) struct Arguments {
    /// Folder, table or archives to read
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Folder to make
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Language, as a BCP 47 tag; without it, what the source tells, or the name of OUT or of SOURCE
    #[arg(long, value_name = "TAG", value_parser = language)]
    language: Option<String>,
    /// What folders and file names stand for; without it, what they look like, and two words or more are expected
    #[arg(long, value_enum)]
    layout: Option<Layout>,
    /// Say what is taken for what, and write nothing
    #[arg(long)]
    dry_run: bool,
}

fn language(text: &str) -> Result<String, String> {
    language_tag(text).ok_or_else(|| format!("expected a BCP 47 tag, such as sw or zh-Hans, found {text:?}"))
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let Arguments { sources, out, language, layout, dry_run } = arguments;
    let show = |source: &str| {
        tell_lines(source)?;
        Ok(tell!("")?)
    };
    if let Some(report) = (Import { sources, out, language, layout, is_dry: dry_run }).run(show)? {
        tell_lines(&report.to_string())?;
    }
    Ok(())
}
