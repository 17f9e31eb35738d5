//! `polyspot listen`: reports each keyword as it is heard.
//!
//! ```text
//! audio callback ─ ring ─ Connection ─ Intake: one channel, model's rate ─ Listener: Spotter, Clips, Report
//! ```
//! The callback only copies; all else happens on the main thread.

mod auto;
mod capture;
mod choices;
mod clips;
mod connection;
mod control;
mod display;
mod events;
mod intake;
mod keyboard;
mod listener;
mod loss;
pub(crate) mod microphone;
mod report;
mod request;
mod ring;
mod stop;
mod stream;
mod utc;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use polyspot::Spotter;
use polyspot_audio::ChannelChoice;

use crate::built_in::{ModelChoice, refused};
use crate::cli::parse_threshold;
use crate::exit::{Exit, Failure};
use clips::Clips;
use connection::{Change, Connection};
use control::{Answer, Asking};
use intake::Intake;
use keyboard::Keyboard;
use listener::Listener;
use report::Report;

/// Pause when there is nothing to do: a small part of a posterior's step.
const IDLE: Duration = Duration::from_millis(10);

const EXAMPLES: &str = "\
Examples:
  polyspot listen
  polyspot listen --device \"USB Microphone\" --save-clips heard/
  polyspot listen --language en,ar,zh
  polyspot listen --profile room.json           # thresholds that `polyspot calibrate` found
  polyspot listen | jq -c 'select(.event == \"detection\")'

Another language, while listening: on a terminal by the keys that it shows; elsewhere by a line on standard input, as a
tag (ar) or as JSON ({\"language\":\"ar\"}), several at once separated by commas. SIGHUP reads the model again.

With --log-false-alarms, the line `wrong` on standard input (on a terminal, the key w) says that the last detection was none.

Events of the JSON lines: ready, detection, false-alarm, level, model-changed, interrupted, resumed, warning, summary.";

/// Listen to a microphone and report each keyword as it is heard.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelChoice,

    /// Listen to this microphone: an index or id as `polyspot devices` lists them, or (part of) a name.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,

    /// Read the file of --model again when it has changed; replace it by renaming another over it.
    #[arg(long, requires = "model")]
    watch: bool,

    /// Of several languages, go on with the one that is being spoken, and with all again when it is not spoken any more.
    #[arg(long)]
    auto: bool,

    /// Report keywords from this score (0 to 1) on, instead of the model's thresholds.
    #[arg(long, value_name = "SCORE", value_parser = parse_threshold, conflicts_with = "profile")]
    threshold: Option<f32>,

    /// Listen to this channel only, counted from 1, instead of the mean of all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    channel: Option<u16>,

    /// Write JSON lines, as when standard output is no terminal.
    #[arg(long)]
    json: bool,

    /// Save the audio around each detection as a WAV file in this folder.
    #[arg(long, value_name = "DIR")]
    save_clips: Option<PathBuf>,

    /// Save the audio of detections that were none in this folder: of the last one, when the line `wrong` comes on standard
    /// input or the key w is pressed. `polyspot-tools adapt --hard-negatives DIR` learns from them.
    #[arg(long, value_name = "DIR")]
    log_false_alarms: Option<PathBuf>,

    /// End after so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    duration: Option<Duration>,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Listens until a signal comes or the time is over.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let store = args.model.store()?;
    let languages = args.model.languages(&store);
    if args.auto && languages.len() < 2 {
        let found = languages.join(", ");
        return Err(Failure::usage(anyhow!(
            "--auto needs several languages (--language en,ar), found {found}"
        )));
    }
    let models: Vec<_> =
        languages.iter().map(|tag| store.load(tag)).collect::<Result<_, _>>().map_err(refused)?;
    let mut spotter = Spotter::for_models(&models)?;
    let sample_rate_hz = models[0].manifest().front_end.sample_rate_hz;
    let longest_window = models.iter().map(|model| model.manifest().window_samples()).max().unwrap_or(0);
    let clips = |folder: &Option<PathBuf>, new: fn(&Path, u32, usize) -> anyhow::Result<Clips>| {
        folder.as_ref().map(|folder| new(folder, sample_rate_hz, longest_window)).transpose()
    };
    let saved = clips(&args.save_clips, Clips::new)?;
    let false_alarms = clips(&args.log_false_alarms, Clips::on_demand)?;
    let choice = args.channel.map_or(ChannelChoice::Mix, |n| ChannelChoice::Only(usize::from(n) - 1));
    if let Some(threshold) = args.threshold {
        spotter.set_thresholds(threshold);
    }
    let mut report = Report::new(args.json);
    let stop = Arc::new(AtomicBool::new(false));
    // Restored when it is dropped: at the end, on an error and on a panic.
    let keyboard =
        if report.is_terminal() && std::io::stdin().is_terminal() { Keyboard::open() } else { None };
    let keyboard = keyboard.map(Arc::new);
    stop::on_signals(&stop, keyboard.as_ref())?;
    let asking = if keyboard.is_some() {
        let choices = choices::choices(&store, &languages);
        report.offer(choices.clone());
        Asking::Keys { choices, stop: Arc::clone(&stop) }
    } else {
        Asking::Lines
    };
    let listener = Listener::new(spotter, saved, false_alarms, args.auto, report);
    let (wrong, wrongs) = mpsc::channel();
    Session {
        connection: Connection::begin(args.device.clone())?,
        changes: control::start(store, languages, args.model.file().cloned(), args.watch, wrong, asking)?,
        wrongs,
        choice,
        sample_rate_hz,
        intake: None,
        listener,
        started: None,
    }
    .run(args.duration, &stop)?;
    Ok(Exit::Done)
}

/// From the microphone to the listener.
struct Session {
    connection: Connection,
    /// Other models to listen with.
    changes: Receiver<Answer>,
    /// The user's word that the last detection was none.
    wrongs: Receiver<()>,
    choice: ChannelChoice,
    /// The model's.
    sample_rate_hz: u32,
    /// There is one while the microphone is open.
    intake: Option<Intake>,
    listener: Listener,
    /// When the microphone was first open.
    started: Option<Instant>,
}

impl Session {
    fn run(mut self, duration: Option<Duration>, stop: &AtomicBool) -> Result<(), Failure> {
        let is_over = |started: Option<Instant>| started.zip(duration).is_some_and(|(s, d)| s.elapsed() >= d);
        let mut interleaved = Vec::new();
        while !stop.load(Ordering::Relaxed) && !is_over(self.started) {
            if let (Some(_), Ok(answer)) = (&self.started, self.changes.try_recv()) {
                self.listener.change_models(answer)?;
            }
            while self.wrongs.try_recv().is_ok() {
                self.listener.was_wrong()?;
            }
            let change = self.connection.poll(&mut interleaved).map_err(Failure::audio_device)?;
            let is_idle = change.is_none() && interleaved.is_empty();
            match change {
                Some(change) => self.change(change)?,
                None if is_idle => thread::sleep(IDLE),
                None => hear(&mut self.intake, &mut self.listener, &interleaved)?,
            }
        }
        self.end()
    }

    fn change(&mut self, change: Change) -> Result<(), Failure> {
        match change {
            Change::Opened { input, gap } => {
                let intake = Intake::new(&input, self.choice, self.sample_rate_hz)
                    .with_context(|| format!("{} ({}) cannot be listened to", input.name, input.id))
                    .map_err(Failure::audio_device)?;
                self.intake = Some(intake);
                self.started.get_or_insert_with(Instant::now);
                self.listener.opened(&input, gap)?;
            }
            Change::Broken { reason } => {
                flush(&mut self.intake, &mut self.listener)?;
                self.listener.interrupted(&reason)?;
            }
        }
        Ok(())
    }

    fn end(self) -> Result<(), Failure> {
        let Self { connection, mut intake, mut listener, started, .. } = self;
        let elapsed = started.map_or(Duration::ZERO, |started| started.elapsed());
        let losses = connection.close(|rest| hear(&mut intake, &mut listener, rest))?;
        flush(&mut intake, &mut listener)?;
        listener.summary(elapsed, &losses)?;
        Ok(())
    }
}

/// Hands samples of the microphone to the listener.
fn hear(intake: &mut Option<Intake>, listener: &mut Listener, interleaved: &[f32]) -> anyhow::Result<()> {
    let Some(intake) = intake else { return Ok(()) };
    let mut outcome = Ok(());
    intake.push(interleaved, |block| {
        if outcome.is_ok() {
            outcome = listener.hear(block);
        }
    })?;
    outcome
}

/// Hands on what is still inside and ends the stream.
fn flush(intake: &mut Option<Intake>, listener: &mut Listener) -> anyhow::Result<()> {
    let Some(mut intake) = intake.take() else { return Ok(()) };
    let mut outcome = Ok(());
    intake.flush(|block| {
        if outcome.is_ok() {
            outcome = listener.hear(block);
        }
    })?;
    outcome?;
    listener.break_off()
}
