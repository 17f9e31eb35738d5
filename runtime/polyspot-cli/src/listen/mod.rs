//! `polyspot listen`: reports each keyword as it is heard.
//!
//! ```text
//! audio_input::Connection ─ Intake: Health, one channel, Resampler ─ Listener: Spotter, output
//!                                                    control ─ answers ┘
//! ```
//! All of it happens step by step in the session, on the main thread, which the audio callback wakes.

mod actions;
mod auto;
mod control;
mod health;
mod http;
mod intake;
mod listener;
#[cfg(feature = "mqtt")]
mod mqtt;
mod output;
mod session;
pub mod simulation;
mod wake;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use bytesize::ByteSize;
use polyspot::{Model, Spotter};
use polyspot_text::{say, shown_path};

use crate::arguments::{self, Channel, Gain, ModelChoice, Selection, load_each, refused};
use crate::audio_input::{self, Connection};
use crate::exit::{Exit, Failure};
use crate::probe::probe;
use crate::service::Service;
use actions::ActionArgs;
use control::{Asking, Desk, Keyboard, Lent, Warner};
use listener::{Listener, Setup, reported};
use output::{Clips, Report, Subscriber};
use session::Session;
use wake::WakeArgs;

const EXAMPLES: &str = "\
Examples:
  polyspot listen
  polyspot listen --device \"USB Microphone\" --save-clips heard/
  polyspot listen --language en,ar,zh
  polyspot listen --profile room.json           # thresholds that `polyspot calibrate` found
  polyspot listen --on-detection 'notify-send {keyword} {score}' --on 'stop=systemctl suspend'
  polyspot listen --wake computer.onnx --then en --window 6s
  polyspot listen | jq -c 'select(.event == \"detection\")'

Another language, while listening: on a terminal by the keys that it shows; elsewhere by a line on standard input, as a
tag (ar) or as JSON ({\"language\":\"ar\"}), several at once separated by commas. Of lines that come at once the last counts. Without
a terminal, as in a service, SIGHUP reads the model again; with one it means that the terminal was closed, and ends the program.

With --wake, keywords count only for some seconds after the wake word, or after the line `arm` on standard input (on a terminal, the
space bar).

With --log-false-alarms, the line `wrong` on standard input (on a terminal, the key w) says that the last detection was none.

A microphone that stops is opened again as soon as it is there; nothing heard before such a gap is taken together with what
comes after it. One that was named is waited for: no other is listened to in its place. What `polyspot doctor` would find wrong
with it comes as a warning.

Events of the JSON lines, each with the time of day beside its sample: ready, detection, armed, disarmed, false-alarm, level,
model-changed, device-lost, device-restored, samples-lost, warning, summary.";

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
    #[arg(long)]
    watch: bool,

    /// Of several languages, go on with the one that is being spoken, and with all again when it is not spoken any more.
    #[arg(long)]
    auto: bool,

    /// Report keywords from this score (0 to 1) on, instead of the model's thresholds.
    #[arg(long, value_name = "SCORE", value_parser = arguments::score, conflicts_with = "profile")]
    threshold: Option<f32>,

    #[command(flatten)]
    channel: Channel,

    #[command(flatten)]
    gain: Gain,

    #[command(flatten)]
    selection: Selection,

    #[command(flatten)]
    wake: WakeArgs,

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

    /// Let the clips of such a folder take so much of the disk, as 500MB or 2GB: the oldest are deleted for new ones.
    #[arg(long, value_name = "SIZE", default_value = "1GB")]
    clips_limit: ByteSize,

    /// Report the level once in so many seconds of audio, not at all with 0. Without it, twice a second as JSON lines, ten times
    /// on a terminal.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    level_interval: Option<Duration>,

    #[command(flatten)]
    http: http::HttpArgs,

    #[cfg(feature = "mqtt")]
    #[command(flatten)]
    mqtt: mqtt::MqttArgs,

    #[command(flatten)]
    actions: ActionArgs,

    /// End after so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    duration: Option<Duration>,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Those who are told of events beside standard output. Dropped after whoever tells them, they end with what they were told.
struct Subscribers {
    _http: Option<Subscriber>,
    #[cfg(feature = "mqtt")]
    _mqtt: Option<mqtt::Mqtt>,
}

impl Subscribers {
    #[cfg_attr(not(feature = "mqtt"), expect(unused_variables, reason = "only a broker can be out of reach"))]
    fn start(
        args: &Args,
        report: &mut Report,
        warner: &Warner,
        given: &http::Given<'_>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            _http: http::start(&args.http, report, given)?,
            #[cfg(feature = "mqtt")]
            _mqtt: mqtt::start(&args.mqtt, report, warner)?,
        })
    }
}

/// Makes a folder of clips, of at most so many bytes, for sound of this rate and windows of so many samples.
type NewClips = fn(&Path, u64, u32, usize) -> anyhow::Result<Clips>;

/// Says of which models nobody knows how they hear people.
fn warn_of_synthetic_evidence(models: &[Arc<Model>]) {
    for model in models {
        let manifest = model.manifest();
        if manifest.evidence.as_ref().is_some_and(|evidence| evidence.synthetic) {
            let language = &manifest.language;
            say!(
                "polyspot: the model for {language} was tried on synthetic voices only: how it hears people is not known"
            );
        }
    }
}

/// Listens until a signal comes or the time is over.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let choice = args.wake.commands(&args.model);
    if args.watch && choice.file().is_none() {
        return Err(Failure::usage(anyhow!(
            "--watch reads a model file again: expected --model FILE, found none"
        )));
    }
    let store = choice.store()?;
    let (languages, models) = load_each(&store, &choice.languages(&store)).map_err(refused)?;
    if args.auto && languages.len() < 2 {
        let found = languages.join(", ");
        return Err(Failure::usage(anyhow!(
            "--auto needs several languages (--language en,ar), found {found}"
        )));
    }
    let wake = args.wake.wake(&models, |name| choice.beside(&store, name))?;
    let all = wake.as_ref().map_or_else(|| models.clone(), |wake| wake.with(&models));
    let mut spotter = Spotter::for_models(&all)?;
    probe(&all).map_err(Failure::bad_model)?;
    warn_of_synthetic_evidence(&all);
    arguments::check_keywords("--on", args.actions.keywords(), &all, Some(&store))?;
    let selected = args.selection.selected(&models, Some(&store))?;
    let is_wake_word =
        |name: &str| wake.as_ref().is_some_and(|wake| wake.keywords().iter().any(|keyword| keyword == name));
    if let Some(left_out) = args.actions.keywords().find(|name| !selected.has(name) && !is_wake_word(name)) {
        return Err(Failure::usage(anyhow!("--on {left_out}: --keywords leaves this keyword out")));
    }
    if reported(&models, &selected, wake.as_ref()).is_empty() {
        say!("polyspot: warning: no keyword of {} is to be reported", languages.join(", "));
    }
    let sample_rate_hz = models[0].manifest().front_end.sample_rate_hz;
    let longest_window = all.iter().map(|model| model.manifest().window_samples()).max().unwrap_or(0);
    let clips = |folder: &Option<PathBuf>, what: &str, new: NewClips| match folder {
        None => Ok::<_, Failure>(None),
        Some(folder) => {
            let limit = args.clips_limit;
            let clips =
                new(folder, limit.as_u64(), sample_rate_hz, longest_window).map_err(Failure::usage)?;
            let (folder, limit) = (shown_path(folder), limit.display().si());
            say!("polyspot: {what} is recorded in {folder}, up to {limit}, the oldest deleted first");
            Ok(Some(clips))
        }
    };
    let place =
        |folder: &Option<PathBuf>| folder.as_ref().and_then(|folder| std::path::absolute(folder).ok());
    if args.save_clips.is_some() && place(&args.save_clips) == place(&args.log_false_alarms) {
        return Err(Failure::usage(anyhow!(
            "--save-clips and --log-false-alarms need folders of their own: a clip of both would have one name"
        )));
    }
    let saved = clips(&args.save_clips, "the sound around every detection", Clips::new)?;
    let wrong = "the sound around detections that are said to be wrong";
    let false_alarms = clips(&args.log_false_alarms, wrong, Clips::on_demand)?;
    if let Some(threshold) = args.threshold {
        spotter.set_thresholds(threshold);
    }
    let (answer, warner, answers) = control::answers();
    let mut report = Report::new(args.json);
    let (stop, desk) = (Arc::new(AtomicBool::new(false)), Arc::<Desk>::default());
    let choices = control::choices(&store, &languages);
    let given = http::Given { desk: &desk, choices: &choices, sample_rate_hz };
    let _subscribers = Subscribers::start(args, &mut report, &warner, &given)?;
    let keyboard =
        if report.is_terminal() && std::io::stdin().is_terminal() { Keyboard::find() } else { None };
    let keyboard = keyboard.map(Arc::new);
    // Dropped at the end, on an error and on a panic.
    let _lent = keyboard.clone().map(Lent);
    control::on_signals(&stop, keyboard.as_ref(), &desk)?;
    let asking = if let Some(keyboard) = &keyboard {
        report.offer(choices.clone());
        Asking::Keys { choices, keyboard: Arc::clone(keyboard), stop: Arc::clone(&stop) }
    } else {
        Asking::Lines
    };
    let setup = Setup {
        clips: saved,
        false_alarms,
        auto: args.auto,
        level_interval: args.level_interval,
        actions: args.actions.actions(report.is_terminal()).map_err(Failure::usage)?,
        selected,
        wake,
    };
    let listener = Listener::new(spotter, models, setup, report);
    let connection =
        Connection::begin(args.device.clone(), audio_input::opener(thread::current()), Instant::now())?;
    let file = choice.file().cloned();
    control::start(&desk, store, languages, file, args.watch, asking, answer)?;
    let (channel, amplifier) = (args.channel.choice(), args.gain.amplifier());
    Session::new(connection, listener, answers, channel, amplifier, sample_rate_hz).run(
        args.duration,
        &stop,
        &mut Service::new(),
    )?;
    Ok(Exit::Done)
}
