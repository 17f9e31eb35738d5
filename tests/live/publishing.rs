//! Events reach a real message broker, whatever happens to it.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::broker::{Broker, Message, PASSWORD, USER};
use super::program::Listening;
use super::sound_server::SoundServer;
use super::{fixture, write_minute_of_words};

const TOPIC: &str = "home/test";

/// Starts to listen with a broker's user and certificate.
fn listen(server: &SoundServer, broker: &Broker, password: &str, others: &[&str]) -> Listening {
    let file = server.path("password");
    fs::write(&file, format!("{password}\n")).unwrap();
    let authority = broker.authority();
    let address = format!("mqtts://{USER}@localhost:{}/{TOPIC}", broker.port);
    let own = ["--mqtt", &address, "--mqtt-password-file", file.to_str().unwrap()];
    let trust = ["--mqtt-ca", authority.to_str().unwrap()];
    Listening::start(server, &[&own[..], &trust, others].concat())
}

fn is_on(topic: &str) -> impl Fn(&Message) -> bool {
    let topic = format!("{TOPIC}/{topic}");
    move |message| message.topic == topic
}

/// An event as the JSON lines have it: without what only messages have.
fn plain(event: &Value) -> Value {
    let mut event = event.clone();
    for key in ["session", "sequence", "event_type"] {
        event.as_object_mut().unwrap().remove(key);
    }
    event
}

#[test]
fn a_word_reaches_the_broker_and_home_assistant_knows_of_it() {
    let server = SoundServer::start();
    let broker = Broker::start(&server.path("broker"));
    let mut watcher = broker.watch();
    let mut listening = listen(&server, &broker, PASSWORD, &["--mqtt-discovery"]);
    watcher.wait_for(|message| is_on("availability")(message) && message.payload == "online");
    server.play(&fixture("stop"));
    let detection = listening.wait_for("detection", |event| event["keyword"] == "stop");
    let heard = watcher.wait_for(is_on("keyword/stop"));
    assert_eq!((plain(&heard.json()), heard.json()["event_type"].as_str()), (detection, Some("heard")));
    assert!(!heard.is_retained, "nobody is to hear of it later");
    listening.finish();
    watcher.wait_for(|message| is_on("availability")(message) && message.payload == "offline");

    let config = |component: &str| {
        let topic = format!("homeassistant/{component}/home_2ftest/stop/config");
        watcher.seen.iter().find(|message| message.topic == topic).unwrap_or_else(|| panic!("{topic}")).json()
    };
    assert_eq!(config("event")["state_topic"], heard.topic);
    assert_eq!(config("device_automation")["topic"], heard.topic);
    // Whoever comes later is told how things are, and of no event.
    drop(watcher);
    let mut late = Broker::watch(&broker);
    late.wait_for(|message| message.topic == format!("{TOPIC}/availability"));
    drop(late);
}

/// The minute of words, and the broker killed and started again ten times.
#[test]
fn a_broker_that_is_killed_ten_times_gets_every_event() {
    let server = SoundServer::start();
    let mut broker = Broker::start(&server.path("broker"));
    let mut watcher = broker.watch();
    let mut listening = listen(&server, &broker, PASSWORD, &["--level-interval", "0"]);
    watcher.wait_for(is_on("availability"));
    let minute = server.path("minute.wav");
    write_minute_of_words(&minute);
    thread::scope(|scope| {
        scope.spawn(|| server.play(&minute));
        for _ in 0..10 {
            thread::sleep(Duration::from_secs(4));
            broker.kill();
            thread::sleep(Duration::from_millis(1_500));
            broker.restart();
        }
    });
    // The broker's last restart may be a moment ago. The minute's own last `stop` begins at 56 s.
    server.play(&fixture("stop"));
    let last = listening.wait_for("detection", |event| {
        event["keyword"] == "stop" && event["start_seconds"].as_f64() > Some(58.0)
    });
    watcher.wait_for(|message| is_on("events")(message) && message.json()["start"] == last["start"]);
    // It would say on standard error what did not arrive.
    listening.finish();
    watcher.wait_for(|message| is_on("events")(message) && message.json()["event"] == "summary");

    let mut arrived = BTreeMap::new();
    let on = |wanted: fn(&str) -> bool| {
        watcher.seen.iter().filter(move |message| wanted(&message.topic)).map(Message::json)
    };
    for event in on(|topic| topic.ends_with("/events")) {
        arrived.insert(event["sequence"].as_u64().unwrap(), plain(&event));
    }
    let numbers: Vec<u64> = arrived.keys().copied().collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "none is missing");
    assert_eq!(arrived.into_values().collect::<Vec<_>>(), listening.seen);
    let mut heard: Vec<(u64, Value)> = on(|topic| topic.contains("/keyword/"))
        .map(|event| (event["sequence"].as_u64().unwrap(), plain(&event)["keyword"].clone()))
        .collect();
    heard.sort_by_key(|(sequence, _)| *sequence);
    heard.dedup();
    let heard: Vec<&str> = heard.iter().map(|(_, keyword)| keyword.as_str().unwrap()).collect();
    assert_eq!(heard, listening.keywords());
    assert!(heard.len() > 20, "{heard:?}");
}

#[test]
fn a_broker_that_refuses_us_or_is_gone_is_told_of_and_what_it_misses_is_counted() {
    let server = SoundServer::start();
    let mut broker = Broker::start(&server.path("broker"));
    let mut refused = listen(&server, &broker, "wrong", &[]);
    let warning = refused.wait_for("warning", |_| true)["message"].as_str().unwrap().to_owned();
    assert!(warning.contains("the broker refuses us: not authorised"), "{warning}");
    refused.interrupt();
    refused.wait_for("summary", |_| true);
    let (status, stderr) = refused.end();
    let missing = refused.seen.iter().filter(|event| event["event"] != "level").count();
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert_eq!(
        stderr,
        format!("polyspot: {missing} message(s) did not reach mqtts://localhost:{}\n", broker.port)
    );

    let mut listening = listen(&server, &broker, PASSWORD, &[]);
    let mut watcher = broker.watch();
    watcher.wait_for(is_on("availability"));
    broker.kill();
    listening.wait_for("warning", |event| event["message"].as_str().unwrap().contains("events wait for it"));
    server.play(&fixture("stop"));
    listening.wait_for("detection", |event| event["keyword"] == "stop");
    broker.restart();
    listening
        .wait_for("warning", |event| event["message"].as_str().unwrap().ends_with("dropped up to now: 0"));
    watcher.wait_for(is_on("keyword/stop"));
    listening.finish();
}
