//! `polyspot doctor`: says in plain words what is wrong with a microphone or a recording, and what to do.
//!
//! ```text
//! microphone ─┐
//!             ├─ Measured ─ judge ─ findings ─ say
//! file ───────┘
//! ```

mod examination;
mod file;
mod finding;
mod judge;
mod measured;
mod microphone;
mod say;
mod signal;

use std::path::PathBuf;
use std::time::Duration;

use crate::arguments::Channel;
use crate::exit::{Exit, Failure};
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

/// What `--channel` means here.
const CHANNEL_HELP: &str =
    "Examine what is heard on this channel only, counted from 1, instead of the mean of all";

/// Say what is wrong with a microphone or a recording, and what to do.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
#[command(mut_arg("channel", |channel| channel.help(CHANNEL_HELP)))]
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

    #[command(flatten)]
    channel: Channel,

    /// Write one line of JSON.
    #[arg(long)]
    json: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (3.0..=3_600.0).contains(number));
    number.ok_or_else(|| "expected 3 to 3600".into())
}

/// Examines and reports.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let choice = args.channel.choice();
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
