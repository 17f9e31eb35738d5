//! `polyspot serve`: hears keywords for others on the network, by the Wyoming protocol.
//!
//! ```text
//! listener ─ Places ─ a Client, each on a thread of its own:
//!
//! bytes ─ EventReader ─ Conversation: Conversion, Spotter ─ answers
//! ```
//! Clients share the models and nothing else. Each is held to limits of its own: of length, of time, and of the processor.

mod address;
mod client;
mod conversation;
mod conversion;
mod info;
mod listener;
mod log;
mod places;
mod processor_time;
mod protocol;
mod wake_words;
#[cfg(feature = "zeroconf")]
mod zeroconf;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use polyspot_text::say;
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::arguments::{self, ModelChoice};
use crate::exit::{Exit, Failure};
use crate::probe::probe;
use crate::service::Service;
use address::{Address, reach};
use conversation::Served;
use listener::Listener;
use log::Log;
use places::Places;
use wake_words::WakeWords;

/// How often the service manager is told that we are alive, and how we are.
const ALIVE: Duration = Duration::from_secs(1);
/// How long clients have to end when the program does.
const GRACE: Duration = Duration::from_secs(2);

const EXAMPLES: &str = "\
Examples:
  polyspot serve                                            # for programs on this machine
  polyspot serve --wyoming tcp://0.0.0.0:10400              # for Home Assistant and satellites in the house
  polyspot serve --language en,ar,zh --threshold 0.8

Home Assistant: Settings, Devices & services, Add integration, Wyoming Protocol; then host and port. Each keyword is a wake word.
A satellite: wyoming-satellite --wake-uri tcp://HOST:10400 --wake-word-name stop …

There is no password: whoever reaches the address can use the keywords. Without --wyoming that is this machine only.";

/// Hear keywords for others on the network: Home Assistant and its satellites (Wyoming).
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelChoice,

    /// Speak the Wyoming protocol, as its wake service, at this address.
    #[arg(long, value_name = "tcp://HOST:PORT", default_value = "tcp://127.0.0.1:10400")]
    wyoming: Address,

    /// Report keywords from this score (0 to 1) on, instead of the model's thresholds.
    #[arg(long, value_name = "SCORE", value_parser = arguments::score, conflicts_with = "profile")]
    threshold: Option<f32>,

    /// Announce the service in the house (multicast DNS), so that Home Assistant finds it by itself.
    #[cfg(feature = "zeroconf")]
    #[arg(long)]
    zeroconf: bool,

    /// Serve so many clients at once.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    clients: u16,
}

/// Serves until a signal comes.
pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let served = Arc::new(serve_models(args)?);
    let signals = signals()?;
    let listener = args.wyoming.bind()?;
    let address = listener.local_addr()?;
    let log = Arc::new(Log::new());
    let places = Arc::new(Places::new(usize::from(args.clients)));
    let languages: Vec<&str> = served.models.iter().map(|model| &*model.manifest().language).collect();
    say!(
        "polyspot: {} keywords ({}) are served at tcp://{address}, to {}",
        served.words.iter().count(),
        languages.join(", "),
        reach(address.ip())
    );
    #[cfg(feature = "zeroconf")]
    let _announced = if args.zeroconf { Some(zeroconf::announce(address)?) } else { None };
    let waiting = Listener::new(listener, Arc::clone(&served), Arc::clone(&log), Arc::clone(&places));
    thread::Builder::new().name("listener".into()).spawn(move || waiting.run())?;
    wait(&signals, &places);
    Service::stopping();
    places.close();
    let deadline = Instant::now() + GRACE;
    while places.taken() > 0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
    say!("polyspot: ended");
    Ok(Exit::Done)
}

/// Loads what is served, and tries it out.
fn serve_models(args: &Args) -> Result<Served, Failure> {
    let models = args.model.load_all()?;
    probe(&models)?;
    let words = WakeWords::new(&models);
    let info = protocol::write("info", &info::info(&models, &words))?;
    Ok(Served { models, words, threshold: args.threshold, info })
}

/// Signals as they come. The second one ends the program at once.
fn signals() -> Result<Receiver<()>, Failure> {
    let mut signals = Signals::new([SIGINT, SIGQUIT, SIGTERM])?;
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("signals".into()).spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            // Nobody listens any more once the program is ending.
            let _ = sender.send(());
            if count > 0 {
                std::process::exit(128 + signal);
            }
        }
    })?;
    Ok(receiver)
}

/// Waits for a signal, and meanwhile says to the service manager how we are.
fn wait(signals: &Receiver<()>, places: &Places) {
    let mut service = Service::new();
    loop {
        let clients = places.taken();
        service.tell(Some(&format!("{clients} of {} clients", places.most())), Instant::now());
        match signals.recv_timeout(ALIVE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
