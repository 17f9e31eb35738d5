//! `polyspot explain`: why a recording was, or was not, taken for a keyword.

mod drawing;
mod hearing;
mod input;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use polyspot_files::WholeFile;
use polyspot_text::{lossless, shown_path};

use crate::arguments::{Channel, ModelChoice, check_apart};
use crate::clip_name::is_clip;
use crate::exit::{Exit, Failure};
use hearing::Hearing;

const EXAMPLES: &str = "\
Examples:
  polyspot explain word.wav
  polyspot explain last --clips heard/ --svg why.svg    # after: polyspot listen --save-clips heard/";

/// Say why a recording was, or was not, taken for a keyword.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// A recording, or `last`: the newest clip that `listen` saved in the folder of --clips.
    #[arg(value_name = "FILE|last")]
    recording: PathBuf,

    #[command(flatten)]
    model: ModelChoice,

    /// The folder in which `last` is looked for.
    #[arg(long, value_name = "DIR")]
    clips: Option<PathBuf>,

    /// Draw the posteriors and thresholds over time.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    #[command(flatten)]
    channel: Channel,
}

/// Listens again and tells what happened.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let model = args.model.load()?;
    let recording = recording(args)?;
    let svg = match &args.svg {
        Some(path) => {
            check_apart(path, [&recording].into_iter().chain(args.model.file()))?;
            Some((path, WholeFile::create(path).map_err(|error| Failure::unwritable(path, error))?))
        }
        None => None,
    };
    let choice = args.channel.choice();
    let hearing = Hearing::new(&model, &recording, choice)
        .with_context(|| lossless(&recording))
        .map_err(Failure::bad_input)?;
    // Whoever reads the words may have gone; the drawing is there all the same.
    if let Some((path, mut file)) = svg {
        file.write_all(drawing::svg(&model, &hearing).as_bytes())
            .and_then(|()| file.finish())
            .map_err(|error| Failure::output(path, error))?;
    }
    text::print(&model, &recording, &hearing)?;
    Ok(Exit::Done)
}

fn recording(args: &Args) -> Result<PathBuf, Failure> {
    if args.recording != Path::new("last") {
        return match &args.clips {
            Some(_) => Err(Failure::usage(anyhow!("--clips goes with `last` only"))),
            None => Ok(args.recording.clone()),
        };
    }
    let Some(folder) = &args.clips else {
        return Err(Failure::usage(anyhow!(
            "`last` needs --clips DIR, the folder of `listen --save-clips DIR`"
        )));
    };
    newest(folder).with_context(|| format!("the folder {}", shown_path(folder))).map_err(Failure::bad_input)
}

/// The clip whose name is the last: names begin with the time.
fn newest(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut newest = None;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_clip) && entry.file_type()?.is_file() {
            newest = newest.max(Some(entry.path()));
        }
    }
    newest.ok_or_else(|| anyhow!("expected a clip (*.wav) that `listen --save-clips` saved, found none"))
}
