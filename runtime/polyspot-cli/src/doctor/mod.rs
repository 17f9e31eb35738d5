//! `polyspot doctor`: says in plain words what is wrong with a microphone or a recording, and what to do.
//!
//! ```text
//! microphone ─┐
//!             ├─ Measured ─ judge ─ findings ─ say
//! file ───────┘
//! ```

mod file;
mod finding;
mod judge;
mod measured;
mod microphone;
mod say;
mod signal;

use std::path::PathBuf;
use std::time::Duration;

use polyspot_audio::ChannelChoice;

use crate::exit::{Exit, Failure};
use measured::Measured;

pub(crate) use finding::Finding;
pub(crate) use judge::judge;
pub(crate) use measured::{Meter, Way};

const EXAMPLES: &str = "\
Examples:
  polyspot doctor                       # the default microphone: speak while it listens
  polyspot doctor \"USB Microphone\" --seconds 10
  polyspot doctor --file heard/20250131T235959.123Z_stop_0.93.wav

Exit codes: 0 nothing is wrong, 3 something is wrong with the file, 5 with the microphone; 2 the command line is wrong.

It finds: no-permission, no-default-device, cannot-be-opened, dead-callbacks, wrong-rate, dropped-frames, silence, too-quiet, clipping,
dc-offset, channels-cancel, cut-off, damaged.";

/// Say what is wrong with a microphone or a recording, and what to do.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Examine this microphone: an index or id as `polyspot devices` lists them, or (part of) a name.
    #[arg(value_name = "DEVICE")]
    device: Option<String>,

    /// Examine this recording instead.
    #[arg(long, value_name = "FILE", conflicts_with = "device")]
    file: Option<PathBuf>,

    /// Listen to the microphone for so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 6.0, value_parser = seconds, conflicts_with = "file")]
    seconds: f64,

    /// Examine what is heard on this channel only, counted from 1, instead of the mean of all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    channel: Option<u16>,

    /// Write one line of JSON.
    #[arg(long)]
    json: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (3.0..=3_600.0).contains(number));
    number.ok_or_else(|| "expected 3 to 3600".into())
}

/// What was examined, and what came of it.
struct Examination {
    /// What the user calls it.
    name: String,
    /// None if there was nothing to measure.
    measured: Option<Measured>,
    findings: Vec<Finding>,
}

/// Examines and reports.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let choice = args.channel.map_or(ChannelChoice::Mix, |n| ChannelChoice::Only(usize::from(n) - 1));
    let (examination, sick) = if let Some(path) = &args.file {
        (file::examine(path, choice)?, Exit::BadInput)
    } else {
        let time = Duration::from_secs_f64(args.seconds);
        (microphone::examine(args.device.as_deref(), choice, time)?, Exit::AudioDevice)
    };
    if args.json {
        say::json(&examination)?;
    } else {
        say::text(&examination)?;
    }
    Ok(if examination.findings.is_empty() { Exit::Done } else { sick })
}
