//! `polyspot soak`: days of listening at full speed, without a device.
//!
//! ```text
//! Microphone: sound, breaks ─ ring ─ Connection ─ Resampler ─ Listener ─ JSON lines ─ Ledger
//!                                    └──── Session, as in `listen` ────┘
//! ```
//! Everything but the driver is what `listen` runs; the time is simulated. Each round holds the same sounds, breaks and changes of
//! language, so that each must be heard as the first one was, and cost as much.

mod ledger;
mod microphone;
mod round;
mod sound;
mod verdict;
mod vitals;

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

use anyhow::anyhow;
use polyspot::Spotter;
use polyspot_audio::ChannelChoice;

use super::listener::Listener;
use super::output::Report;
use super::session::Session;
use crate::audio_input::Connection;
use crate::built_in::{ModelChoice, refused};
use crate::exit::{Exit, Failure};
use ledger::Ledger;
use microphone::Microphone;
use round::Round;
use verdict::Verdict;

const EXAMPLES: &str = "\
Examples:
  polyspot soak tests/data/keywords
  polyspot soak my-words/ --hours 72 --language en,ar,zh

In each round microphones of four kinds break, come back, deliver too much at once and too little, and the language changes each
twenty seconds. It ends with exit code 1 if a sample is unaccounted for, a round is not heard as the first one was, memory
grows after the first hour by more than 2 %, or a push of 100 ms takes longer by more than 10 % in the end (99th percentile of
processor time; from six hours on).";

/// Try out days of listening: lost microphones, changes of language, noise.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Recordings to play, keywords among them: files or folders of WAV or FLAC.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    model: ModelChoice,

    /// Simulate so many hours.
    #[arg(long, value_name = "HOURS", default_value_t = 1.0, value_parser = positive)]
    hours: f64,

    /// Let a round last so many minutes, four at least.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(4..=600))]
    round: u32,
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= 1e6);
    number.ok_or_else(|| "expected a number above 0, up to 1000000".into())
}

/// Runs the rounds and says how they went.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let store = args.model.store()?;
    let languages = args.model.languages(&store);
    let load = |tags: &[String]| -> Result<Vec<_>, Failure> {
        tags.iter().map(|tag| store.load(tag)).collect::<Result<_, _>>().map_err(refused)
    };
    // Each alone, and all at once.
    let mut turns =
        languages.iter().map(|tag| load(std::slice::from_ref(tag))).collect::<Result<Vec<_>, _>>()?;
    if turns.len() > 1 {
        turns.push(load(&languages)?);
    }
    let sample_rate_hz = turns[0][0].manifest().front_end.sample_rate_hz;
    let start = Instant::now();
    let mut microphone = Microphone::new(&args.paths, sample_rate_hz, start)?;
    let mut ledger = Ledger::default();
    let report = Report::Lines(Box::new(ledger.lines()));
    let listener = Listener::new(Spotter::for_models(&turns[0])?, None, None, false, None, report);
    let (change, changes) = mpsc::channel();
    let connection = Connection::begin(None, microphone.opener(), start)?;
    let session = Session::new(connection, listener, changes, ChannelChoice::Mix, sample_rate_hz);
    microphone.listen_with(session)?;

    let rounds = (args.hours * 60.0 / f64::from(args.round)).ceil() as usize;
    let round = Round { minutes: args.round as usize, turns, change };
    let mut verdict = Verdict::new(f64::from(args.round) / 60.0);
    for _ in 0..rounds {
        let costs = round.play(&mut microphone, &mut ledger)?;
        verdict.add(&ledger.end_of_round()?, costs)?;
    }
    let played = microphone.end()?;
    if verdict.conclude(&played, &ledger.end()?)? {
        Ok(Exit::Done)
    } else {
        Err(anyhow!("the soak test found what is broken").into())
    }
}
