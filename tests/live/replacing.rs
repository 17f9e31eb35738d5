//! Another microphone in the place of the one that is meant: never without a word about it.

use super::fixture;
use super::program::{Listening, polyspot};
use super::sound_server::{ELSEWHERE, Format, MICROPHONE, SoundServer, USUAL};
use super::support::wav;

#[test]
fn a_named_microphone_that_is_unplugged_is_waited_for() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &[]);
    server.play(&fixture("yes"));
    listening.wait_for("detection", |event| event["keyword"] == "yes");
    server.unplug();
    listening.wait_for("device-lost", |_| true);
    server.play_elsewhere(&fixture("stop"));
    server.plug_in(USUAL);
    let restored = listening.wait_for("device-restored", |_| true);
    assert_eq!(restored["device"]["id"], format!("pulseaudio:{MICROPHONE}"));
    server.play(&fixture("go"));
    listening.wait_for("detection", |event| event["keyword"] == "go");
    listening.finish();
    assert!(!listening.keywords().contains(&"stop"), "said into another microphone: {:?}", listening.seen);
}

#[test]
fn another_default_microphone_is_listened_to_and_named() {
    let server = SoundServer::start();
    let mut command = polyspot(&["listen"]);
    server.attach(&mut command);
    let (mut listening, ready) = Listening::begin(&mut command);
    assert_eq!(ready["device"]["id"], format!("pulseaudio:{MICROPHONE}"));
    server.unplug();
    listening.wait_for("device-lost", |_| true);
    let restored = listening.wait_for("device-restored", |_| true);
    assert_eq!(restored["device"]["id"], format!("pulseaudio:{ELSEWHERE}.monitor"));
    server.play_elsewhere(&fixture("stop"));
    listening.wait_for("detection", |event| event["keyword"] == "stop");
    listening.finish();
}

#[test]
fn what_doctor_would_find_wrong_is_a_warning() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &[]);
    server.play(&fixture("stop"));
    server.mute(true);
    let warning = listening.wait_for("warning", |_| true);
    assert_eq!(warning["finding"], "silence", "{warning}");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("nothing but zeros: it is muted") && message.contains("Unmute it"), "{message}");
    server.mute(false);

    let cancelling = server.path("cancelling.wav");
    let words = wav::read(fixture("stop")).repeat(6);
    wav::write(&cancelling, 2, words.into_iter().flat_map(|sample| [sample, sample.saturating_neg()]));
    server.play(&cancelling);
    let warning = listening.wait_for("warning", |_| true);
    assert_eq!(warning["finding"], "channels-cancel", "{warning}");

    server.unplug();
    server.plug_in(Format { rate_hz: 8_000, channels: 1 });
    let warning = listening.wait_for("warning", |event| event["finding"] == "wrong-rate");
    assert!(warning["message"].as_str().unwrap().contains("8000 samples per second"), "{warning}");
    listening.finish();
}
