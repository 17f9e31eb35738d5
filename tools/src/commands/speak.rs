//! `polyspot-tools speak`: words from text.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use polyspot_text::tell;

use super::speak_flags::{SpeakFlags, show_counts, show_script};
use crate::progress;

/// Speak words or phrases by synthetic voices, as clips to train on.
///
/// Writes a data folder for `adapt` and `calibrate`, split by voice, and, with --near-misses, another of what sounds like the phrases
/// (sounds changed, parts, words alone, and words of a list), for `adapt --hard-negatives`. Needs espeak-ng. Takes that are silent,
/// clipped or far too long are dropped.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  polyspot-tools speak 'kava' 'labas rytas' --language lt --out words/lt --near-misses near/lt
  polyspot-tools speak 'hey computer' --language en-us --out words/en --speaker 'piper -m voice.onnx -f {wav}'
  polyspot-tools speak 'tomato' --language en-us --ipa 'tomato=təmˈeɪɾoʊ,təmˈɑːtoʊ' --out words/en --dry-run")]
pub(crate) struct Arguments {
    #[command(flatten)]
    speak: SpeakFlags,
    /// Folder of words to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Folder of near misses to write
    #[arg(long, value_name = "DIR")]
    near_misses: Option<PathBuf>,
    /// Decides which takes are made
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Show pronunciations and near misses only
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut request = arguments.speak.request(arguments.seed)?;
    if arguments.near_misses.is_none() && !arguments.dry_run {
        request.near_misses = 0;
    }
    for out in std::iter::once(&arguments.out).chain(&arguments.near_misses) {
        ensure!(!out.exists(), "{} is there already", out.display());
    }
    let script = request.script()?;
    show_script(&script)?;
    if arguments.dry_run {
        return Ok(());
    }
    let bar = progress::bar(request.steps(&script), 0);
    bar.set_message("takes");
    let counts = request.speak_phrases(&script, &arguments.out, &bar)?;
    if let Some(out) = &arguments.near_misses {
        let counts = request.speak_near_misses(&script, out, &bar)?;
        bar.finish_and_clear();
        tell!(
            "{}: {} takes of near misses",
            out.display(),
            counts.iter().map(|count| count.kept).sum::<usize>()
        )?;
    }
    bar.finish_and_clear();
    show_counts(&script.phrases, &counts)?;
    Ok(())
}
