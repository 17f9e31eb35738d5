//! `polyspot calibrate` as a new user runs it: it says what to do, and does with what it hears.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::program::{Listening, polyspot};
use super::sound_server::{MICROPHONE, SoundServer};
use super::support::wav;
use super::{data, fixture};

/// Writes so many seconds of a room: noise, and now and then a word that is no keyword.
fn write_room(path: &Path, seconds: usize) {
    let [noise, word] =
        ["keywords/silence/brown-noise.wav", "keywords/seven/en-us.wav"].map(|file| wav::read(data(file)));
    let sample = |index: usize| {
        let word = word.get(index % 80_000).map_or(0, |sample| sample / 2);
        (noise[index % noise.len()] / 4).saturating_add(word)
    };
    wav::write(path, 1, (0..seconds * 16_000).map(sample));
}

#[test]
fn a_new_user_calibrates_and_listens_with_the_profile() {
    let server = SoundServer::start();
    let [room, profile] = ["room.wav", "room.json"].map(|name| server.path(name));
    write_room(&room, 12);
    let microphone = format!("pulseaudio:{MICROPHONE}");
    let profile_path = profile.to_str().unwrap();
    let mut command = polyspot(&["calibrate", "--device", &microphone, "--out", profile_path]);
    command.args(["--minutes", "0.2", "--keywords", "stop,go", "--takes-per-keyword", "2"]);
    server.attach(&mut command);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut talk = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap) {
        if line.starts_with("First the room") {
            server.play(&room);
        } else if let Some(word) = line.strip_prefix("Say \"").and_then(|rest| rest.split('"').next()) {
            server.play(&fixture(word));
        }
        talk.push(line);
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{talk:?}");
    let said = talk.join("\n");
    for prompt in ["Say \"stop\" (1 of 2)", "Say \"go\" (2 of 2)"] {
        assert!(said.contains(prompt), "{said}");
    }
    assert!(said.contains("cannot show that there are at most 5 false alarms per day"), "{said}");
    let found = String::from_utf8(output.stdout).unwrap();
    assert!(found.contains("12 seconds of ambient sound, 0 false alarms"), "{found}");

    let mut written: Value = serde_json::from_slice(&fs::read(&profile).unwrap()).unwrap();
    assert_eq!(written["evidence"]["takes"]["stop"]["spoken"], 2);
    assert!(written["evidence"]["takes"]["go"]["heard"].as_u64() > Some(0), "{written}");
    let mut listening = Listening::start(&server, &["--profile", profile_path]);
    server.play(&fixture("stop"));
    listening.wait_for("detection", |event| event["keyword"] == "stop");
    listening.finish();

    written["thresholds"]["stop"] = 1.0.into();
    fs::write(&profile, written.to_string()).unwrap();
    let mut deaf = Listening::start(&server, &["--profile", profile_path]);
    server.play(&fixture("stop"));
    server.play(&fixture("go"));
    deaf.wait_for("detection", |event| event["keyword"] == "go");
    assert!(!deaf.keywords().contains(&"stop"), "the profile's thresholds are used");
    deaf.finish();
}
