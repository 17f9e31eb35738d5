//! `polyspot-tools import`: what a user has to what the other commands read.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use polyspot_text::tell_lines;

use crate::import::Import;

/// Bring in recordings of words, split by speaker.
///
/// Takes a folder of words (`<word>/<speaker>_<n>.wav`), archives or a folder of the Multilingual Spoken Words Corpus, a
/// Common Voice folder (clips of a single word are used), or a CSV file with columns path, word and speaker. Writes
/// 16 kHz clips with train/, dev/ and test/ above, and reports clips, speakers and seconds of each word, and
/// everything that was refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polyspot-tools import my-words --out words/de
  polyspot-tools import recordings.csv --language sw --out words/sw
  polyspot-tools import audio/fa.tar.gz splits/fa.tar.gz --out words/fa")]
pub(crate) struct Arguments {
    /// Folder, table or archives to read
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// Folder to make
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Language, as a BCP 47 tag; without it, what the source tells, or the name of OUT
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let Arguments { sources, out, language } = arguments;
    tell_lines(&Import { sources, out, language }.run()?.to_string())?;
    Ok(())
}
