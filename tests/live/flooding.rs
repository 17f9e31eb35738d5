//! Standard input that never ends: it is answered now and then, and audio comes first.

use std::io::Write;
use std::thread::{self, JoinHandle};

use serde_json::Value;

use super::fixture;
use super::program::{Listening, polyspot};
use super::sound_server::{MICROPHONE, SoundServer};

/// Writes a text again and again, as fast as it is read, until nobody reads any more.
fn flood(listening: &mut Listening, text: &str) -> JoinHandle<()> {
    let (mut input, piece) = (listening.input(), text.repeat(16_384 / text.len()));
    thread::spawn(move || while input.write_all(piece.as_bytes()).is_ok() {})
}

/// The warnings when a text comes without an end for some seconds.
fn flooded(text: &str) -> Vec<Value> {
    let server = SoundServer::start();
    let folder = server.path("wrong");
    let arguments = ["--log-false-alarms", folder.to_str().unwrap(), "--duration", "8"];
    let mut listening = Listening::start(&server, &arguments);
    server.play(&fixture("stop"));
    let flood = flood(&mut listening, text);
    listening.wait_for("level", |level| level["seconds"].as_f64() > Some(4.0));
    let before = listening.status("VmRSS");
    listening.wait_for("level", |level| level["seconds"].as_f64() > Some(7.0));
    let after = listening.status("VmRSS");
    assert!(after < before + 2_048, "{before} KiB, then {after} of {text:?} without an end");
    let summary = listening.wait_for("summary", |_| true);
    assert_eq!(listening.end().0.code(), Some(0));
    flood.join().unwrap();
    for lost in ["samples_dropped", "samples_missing", "gaps"] {
        assert_eq!(summary[lost], 0, "{summary}");
    }
    let elapsed = summary["elapsed_seconds"].as_f64().unwrap();
    assert!((8.0..9.5).contains(&elapsed), "{summary}");
    let is_warning = |event: &&Value| event["event"] == "warning";
    listening.seen.iter().filter(is_warning).cloned().collect()
}

#[test]
fn lines_without_sense_are_answered_now_and_then() {
    let warnings = flooded("x\n");
    assert!((1..=20).contains(&warnings.len()), "{} answers in 8 s", warnings.len());
    let message = warnings[0]["message"].as_str().unwrap();
    assert!(message.contains("still listening in en") && message.contains("no model"), "{message}");
}

#[test]
fn a_flood_of_lines_that_say_wrong_is_answered_now_and_then() {
    let warnings = flooded("wrong\n");
    assert!((1..=20).contains(&warnings.len()), "{} answers in 8 s", warnings.len());
}

#[test]
fn a_line_without_an_end_is_passed_over() {
    let warnings = flooded("xxxxxxxxxxxxxxxx");
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn a_signal_ends_the_program_in_the_middle_of_it() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &[]);
    let flood = flood(&mut listening, "wrong\nzh\n{\nen\n");
    listening.wait_for("model-changed", |_| true);
    listening.signal("TERM");
    let summary = listening.wait_for("summary", |_| true);
    assert_eq!(listening.end().0.code(), Some(0), "{summary}");
    flood.join().unwrap();
}

#[test]
fn of_lines_that_come_at_once_the_last_one_counts() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &[]);
    listening.say("ar\nxx\n\nzh");
    let changed = listening.wait_for("model-changed", |_| true);
    assert_eq!((&changed["old"], &changed["new"]), (&"en".into(), &"zh".into()), "{changed}");
    listening.finish();
}

#[test]
fn the_interval_of_levels_is_chosen_and_every_event_has_its_time() {
    let server = SoundServer::start();
    let levels = |arguments: &[&str]| {
        let mut command = polyspot(&["listen", "--device", &format!("pulseaudio:{MICROPHONE}")]);
        server.attach(command.args(["--duration", "3"]).args(arguments));
        let (mut listening, _) = Listening::begin(&mut command);
        listening.wait_for("summary", |_| true);
        for event in &listening.seen {
            let time = event["time"].as_str().unwrap();
            let pattern = time.replace(|c: char| c.is_ascii_digit(), "0");
            assert_eq!(pattern, "0000-00-00T00:00:00.000Z", "{event}");
        }
        listening.seen.iter().filter(|event| event["event"] == "level").count()
    };
    assert_eq!(levels(&["--level-interval", "0"]), 0);
    assert_eq!(levels(&["--level-interval", "2"]), 1);
}
