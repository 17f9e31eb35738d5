//! Commands after a wake word, or after a line.

use super::program::{Listening, polyspot};
use super::screen::Screen;
use super::sound_server::{MICROPHONE, SoundServer};
use super::{data, fixture};

/// Arabic commands after the English word "stop".
const WAKE: [&str; 8] = ["--wake", "en", "--wake-keyword", "stop", "--then", "ar", "--window", "5s"];

#[test]
fn commands_are_heard_after_the_wake_word_which_runs_commands_of_its_own() {
    let server = SoundServer::start();
    let out = server.path("woken");
    let command = format!("stop=sh -c 'echo $POLYSPOT_KEYWORD > {}'", out.display());
    let arguments = [&WAKE[..], &["--on", &command]].concat();
    let mut listening = Listening::start(&server, &arguments);
    let ready = &listening.seen[0];
    assert_eq!(
        (&ready["language"], &ready["wake"]["keywords"][0]),
        (&"ar".into(), &"stop".into()),
        "{ready}"
    );
    let front = data("other_languages/ar_front.wav");
    server.play(&front);
    server.play(&fixture("stop"));
    let armed = listening.wait_for("armed", |_| true);
    assert_eq!((&armed["by"], &armed["keyword"]), (&"wake".into(), &"stop".into()), "{armed}");
    server.play(&front);
    let detection = listening.wait_for("detection", |_| true);
    assert_eq!(detection["language"], "ar", "{detection}");
    assert!(detection["end"].as_u64() <= armed["until"].as_u64(), "{detection}");
    let disarmed = listening.wait_for("disarmed", |_| true);
    assert_eq!(disarmed["sample"], armed["until"], "{disarmed}");
    server.play(&front);
    listening.say("arm");
    let armed = listening.wait_for("armed", |_| true);
    assert_eq!(armed["by"], "request", "{armed}");
    server.play(&front);
    listening.wait_for("detection", |_| true);
    let summary = listening.finish();
    assert_eq!(summary["detections"], 2, "what was said while it was disarmed does not count: {summary}");
    assert_eq!(summary["by_keyword"].get("stop"), None, "{summary}");
    assert_eq!(std::fs::read_to_string(out).unwrap(), "stop\n");
}

#[test]
fn a_terminal_shows_when_keywords_count() {
    let server = SoundServer::start();
    let program = env!("CARGO_BIN_EXE_polyspot");
    let listen = format!("{program} listen --device pulseaudio:{MICROPHONE} --window 2s");
    let screen = Screen::run(&server, &listen);
    screen.wait_for("They count for 2 s after the line \"arm\" (here the space bar).");
    screen.wait_for("level");
    screen.press(" ");
    screen.wait_for("armed: keywords count for 2.0 s");
    screen.wait_for("disarmed");
    screen.press("q");
    screen.wait_for("Heard ");
    screen.end();
}

#[test]
fn what_cannot_wake_is_refused() {
    for (arguments, code, reason) in [
        (
            &["--wake", "en", "--wake-keyword", "computer"][..],
            2,
            "unknown keyword \"computer\"; there are: yes",
        ),
        (&["--wake", "tlh"], 2, "no model for the language \"tlh\""),
        (&["--wake", "nowhere.onnx"], 4, "nowhere.onnx"),
        (&["--wake", "en", "--window", "0s"], 2, "expected 1s to 1h"),
        (&["--then", "ar"], 2, "--wake"),
        (&["--wake", "en", "--then", "ar", "--language", "zh"], 2, "--language"),
    ] {
        let output = polyspot(&[&["listen"], arguments].concat()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{arguments:?}: {stderr}");
        assert!(stderr.contains(reason), "{arguments:?}: {stderr}");
    }
}
