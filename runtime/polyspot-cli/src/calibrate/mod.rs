//! `polyspot calibrate`: thresholds for the user's own room.
//!
//! ```text
//! microphone ─ session ─┐
//!                       ├─ Heard: traces of ambient sound and takes ─ hearing ─ ways ─ thresholds ─ report, profile
//! files ─── recordings ─┘
//! ```

mod heard;
mod hearing;
mod keywords;
#[cfg(feature = "devices")]
mod microphone;
mod recordings;
mod report;
#[cfg(feature = "devices")]
mod session;
mod thresholds;
mod ways;

use std::io::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use polyspot_files::WholeFile;
use polyspot_text::{say, shown_path};

use crate::arguments::{Channel, ModelChoice, check_apart, positive};
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  polyspot calibrate --out room.json
  polyspot calibrate --out room.json --keywords stop,go --minutes 30 --false-alarms-per-day 2
  polyspot calibrate --out room.json --ambient evening.wav --takes my-words/   # a folder for each keyword
  polyspot listen --profile room.json

The ambient sound must hold no keyword: talk, television, music and machines as they are usual in the room.";

/// Find thresholds for your own room and voice.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelChoice,

    /// Profile to write, for `listen` and `score --profile`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// The most false alarms per day, all keywords together.
    #[arg(long, value_name = "NUMBER", default_value_t = 5.0, value_parser = positive)]
    false_alarms_per_day: f64,

    /// Calibrate these keywords only; the others keep their thresholds, raised where the ambient sound asks for it.
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    keywords: Vec<String>,

    #[cfg(feature = "devices")]
    #[command(flatten)]
    recording: session::Recording,

    /// Read the ambient sound from this file or folder instead of recording.
    #[arg(long, value_name = "PATH")]
    ambient: Option<PathBuf>,

    /// Read takes from this folder, which holds a folder for each keyword.
    #[arg(long, value_name = "DIR", requires = "ambient")]
    takes: Option<PathBuf>,

    #[command(flatten)]
    channel: Channel,
}

/// Records or reads, chooses thresholds, and writes them.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    check_apart(&args.out, args.ambient.iter().chain(&args.takes).chain(args.model.file()))?;
    let model = args.model.load()?;
    let keywords = keywords::numbers(&model, &args.keywords)?;
    // Before minutes of recording, not after them.
    let mut out = WholeFile::create(&args.out).map_err(|error| Failure::unwritable(&args.out, error))?;
    let choice = args.channel.choice();
    let heard = match &args.ambient {
        Some(ambient) => recordings::read(&model, ambient, args.takes.as_deref(), &keywords, choice)?,
        #[cfg(feature = "devices")]
        None => session::record(&model, &args.recording, &keywords, choice)?,
        #[cfg(not(feature = "devices"))]
        None => {
            return Err(Failure::usage(anyhow!(
                "expected --ambient: this program was built without devices"
            )));
        }
    };
    let chosen = thresholds::choose(model.manifest(), &heard, args.false_alarms_per_day);
    let profile = report::profile(&model, &heard, &chosen, args.false_alarms_per_day);
    let condemned = chosen.condemned(args.false_alarms_per_day);
    if condemned.is_none() {
        // First what cannot be had again; whoever reads the figures may have gone.
        out.write_all(&serde_json::to_vec_pretty(&profile)?)
            .and_then(|()| out.finish())
            .map_err(|error| Failure::output(&args.out, error))?;
    }
    let printed = report::print(&model, &chosen, &profile);
    if let Some(reason) = condemned {
        let error =
            anyhow!("{}: the profile is not written: {reason}; record more of both", shown_path(&args.out));
        return Err(Failure::bad_input(error));
    }
    printed?;
    say!("polyspot: written: {0}; use it with: polyspot listen --profile {0}", shown_path(&args.out));
    Ok(Exit::Done)
}
