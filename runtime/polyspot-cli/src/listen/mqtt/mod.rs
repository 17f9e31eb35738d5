//! `--mqtt`: events for a message broker, and for the Home Assistant that listens to it.
//!
//! ```text
//! listening thread: Event ─ Notebook ─ Note ─ queue ─ Publisher: Outbox ─ Link ─ broker
//! ```
//! Delivery is "at least once": what the broker has not acknowledged is sent again, and each event has a number by which a second
//! copy is known. What does not arrive is counted.

mod address;
mod discovery;
mod link;
mod notes;
mod outbox;
mod packet;
mod publisher;
mod topics;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::anyhow;
use polyspot_text::say_if_heard;

use super::control::Warner;
use super::output::{Event, Report, Subscriber};
use crate::arguments;
use crate::exit::Failure;
use address::Address;
use notes::Notebook;
use packet::{LONGEST_TEXT, Login};
use publisher::Publisher;
use topics::Topics;

/// The password, where no file is named.
const PASSWORD_VARIABLE: &str = "POLYSPOT_MQTT_PASSWORD";
/// So many events wait while the publisher's thread is held up: by a name that is looked up, or by a broker that hangs.
const ROOM: usize = 1_000;

/// Publish events to a message broker.
#[derive(clap::Args)]
pub(crate) struct MqttArgs {
    /// Publish the events to a broker, as mqtt://[USER@]HOST[:PORT]/TOPIC, or mqtts:// for TLS: all as JSON below TOPIC/events, the
    /// detections below TOPIC/keyword/.
    #[arg(long, value_name = "ADDRESS")]
    mqtt: Option<Address>,

    /// Read the user's password from this file instead of the variable `POLYSPOT_MQTT_PASSWORD`.
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    mqtt_password_file: Option<PathBuf>,

    /// Trust brokers whose certificate one in this PEM file has signed, instead of those that the system trusts.
    #[arg(long, value_name = "FILE", requires = "mqtt")]
    mqtt_ca: Option<PathBuf>,

    /// Make the keywords known to Home Assistant, which then has an event entity and a device trigger for each. PREFIX is where it
    /// looks for them.
    #[arg(long, value_name = "PREFIX", requires = "mqtt", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "homeassistant", value_parser = prefix)]
    mqtt_discovery: Option<String>,
}

/// A topic that others can begin with.
fn prefix(text: &str) -> Result<String, String> {
    let is_odd = |c: char| c.is_control() || "+#".contains(c);
    let is_topic = !text.is_empty() && text.len() <= 256 && !text.contains(is_odd);
    is_topic.then(|| text.to_owned()).ok_or_else(|| "expected a topic without + or #".to_owned())
}

/// Messages told of, and those of them that the broker has acknowledged.
#[derive(Default)]
pub(super) struct Account {
    told: AtomicU64,
    arrived: AtomicU64,
}

impl Account {
    fn told(&self, messages: u64) {
        self.told.fetch_add(messages, Ordering::Relaxed);
    }

    fn arrived(&self) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
    }

    fn missing(&self) -> u64 {
        self.told.load(Ordering::Relaxed).saturating_sub(self.arrived.load(Ordering::Relaxed))
    }
}

/// The publisher; dropped at the end, it waits for it a little and says what did not arrive.
pub(super) struct Mqtt {
    subscriber: Option<Subscriber>,
    account: Arc<Account>,
    broker: String,
}

impl Drop for Mqtt {
    fn drop(&mut self) {
        self.subscriber = None;
        let missing = self.account.missing();
        if missing > 0 {
            let broker = &self.broker;
            say_if_heard(format_args!("polyspot: {missing} message(s) did not reach {broker}"));
        }
    }
}

/// Starts to publish, if that is asked for. A broker that is not there is waited for.
///
/// # Errors
/// When the password or the certificates cannot be read, or the system gives no thread.
pub(super) fn start(args: &MqttArgs, report: &mut Report, warner: &Warner) -> Result<Option<Mqtt>, Failure> {
    let Some(address) = args.mqtt.clone() else { return Ok(None) };
    let password = arguments::secret(args.mqtt_password_file.as_deref(), PASSWORD_VARIABLE)?;
    let too_long = |text: &str| text.len() > LONGEST_TEXT;
    if args.mqtt_password_file.is_some() && address.user.is_none() {
        return Err(Failure::usage(anyhow!("--mqtt-password-file needs a user: mqtt://USER@HOST/TOPIC")));
    }
    if address.user.as_deref().is_some_and(too_long) {
        return Err(Failure::usage(anyhow!("--mqtt: expected a USER of at most {LONGEST_TEXT} bytes")));
    }
    if args.mqtt_ca.is_some() && !address.is_secure {
        return Err(Failure::usage(anyhow!("--mqtt-ca needs TLS: mqtts://")));
    }
    let trust = address.is_secure.then(|| link::trust(args.mqtt_ca.as_deref()));
    let trust = trust.transpose().map_err(Failure::usage)?;
    let login = address.user.clone().map(|user| Login { user, password });
    let (topics, discovery) = (Topics::new(&address.topic), args.mqtt_discovery.clone());
    let mut notebook = Notebook::new();
    let client = format!("polyspot-{}", notebook.session());
    let (broker, account) = (address.broker(), Arc::<Account>::default());
    let (counted, warner, own) = (Arc::clone(&account), warner.clone(), Arc::clone(&account));
    let pick = move |event: &Event<'_>, time| {
        let note = notebook.note(event, time)?;
        counted.told(1 + u64::from(note.detection.is_some()));
        Some(note)
    };
    let subscriber = report.subscribe("mqtt", ROOM, pick, move |notes| {
        let state = publisher::State::default();
        let account = own;
        Publisher { address, trust, login, client, topics, discovery, account, warner, notes, state }.run();
    })?;
    Ok(Some(Mqtt { subscriber: Some(subscriber), account, broker }))
}
