//! The whole way from a microphone to detections, with the real program and a sound server of our own.

mod actions;
mod backgrounds;
mod breaking;
mod broker;
mod calibrating;
mod dashboard;
mod doctoring;
mod flooding;
mod outages;
mod program;
mod publishing;
mod readers;
mod replacing;
mod screen;
mod sound_server;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the tests without a microphone need more")]
mod support;
mod waking;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use program::{Listening, polyspot};
use screen::Screen;
use sound_server::{MICROPHONE, SoundServer};
use support::folder::entries;
use support::wav;

/// What is played in the long test, in this order.
const WORDS: &[&str] = &["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"];
const VOICE: &str = "en-us";

/// A file in tests/data.
fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(path)
}

fn fixture(word: &str) -> PathBuf {
    data(&format!("keywords/{word}/{VOICE}.wav"))
}

/// Writes one recording of a minute: the ten words, one every two seconds, three times over.
fn write_minute_of_words(path: &Path) {
    let slots = WORDS.iter().cycle().take(30).flat_map(|word| {
        let mut samples = wav::read(fixture(word));
        samples.resize(32_000, 0);
        samples
    });
    wav::write(path, 1, slots);
}

/// How many of `expected` occur in `heard` in the same order (longest common subsequence).
fn in_order(expected: &[&str], heard: &[&str]) -> usize {
    let mut row = vec![0; heard.len() + 1];
    for word in expected {
        let mut diagonal = 0;
        for (i, other) in heard.iter().enumerate() {
            let above = row[i + 1];
            row[i + 1] = if word == other { diagonal + 1 } else { above.max(row[i]) };
            diagonal = above;
        }
    }
    row[heard.len()]
}

/// Keeps one core busy until dropped.
struct BusyCore(std::sync::Arc<AtomicBool>);

impl BusyCore {
    fn start() -> Self {
        let done = std::sync::Arc::new(AtomicBool::new(false));
        let seen = std::sync::Arc::clone(&done);
        thread::spawn(move || while !seen.load(Ordering::Relaxed) {});
        Self(done)
    }
}

impl Drop for BusyCore {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_minute_of_spoken_keywords_is_heard_without_a_sample_lost() {
    let server = SoundServer::start();
    let minute = server.path("minute.wav");
    write_minute_of_words(&minute);
    let mut listening = Listening::start(&server, &[]);
    {
        let _busy = BusyCore::start();
        server.play(&minute);
    }
    let summary = listening.finish();

    for lost in ["samples_dropped", "samples_missing", "gaps"] {
        assert_eq!(summary[lost], 0, "{summary}");
    }
    let [seconds, elapsed] = ["seconds", "elapsed_seconds"].map(|key| summary[key].as_f64().unwrap());
    assert!(seconds >= 60.0, "{summary}");
    // The server hands audio out in pieces of a tenth of a second, and starting takes a moment.
    assert!((seconds - elapsed).abs() < 0.75, "{summary}");

    let heard = listening.keywords();
    assert_eq!(summary["detections"], heard.len());
    let expected: Vec<&str> = WORDS.iter().copied().cycle().take(30).collect();
    let right = in_order(&expected, &heard);
    assert!(right >= 27, "{right} of 30 words in order; heard {heard:?}");
    assert!(heard.len() <= right + 3, "false alarms: {heard:?}");
}

#[test]
fn clips_hold_the_word_that_was_heard_on_the_chosen_channel() {
    let server = SoundServer::start();
    let folder = server.path("clips");
    let arguments = ["--save-clips", folder.to_str().unwrap(), "--channel", "2", "--threshold", "0.5"];
    let mut listening = Listening::start(&server, &arguments);
    server.play(&data("formats/44.1_khz_stereo_word_on_channel_2.wav"));
    listening.wait_for("detection", |event| event["keyword"] == "stop");
    listening.finish();

    let clips = entries(&folder);
    assert_eq!(clips.len(), listening.keywords().len(), "{clips:?}");
    let clip = clips.iter().find(|path| path.to_string_lossy().contains("_stop_")).unwrap();
    let samples = wav::read(clip);
    assert!(samples.len() > 16_000, "{} samples", samples.len());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(clip)), (0o700, 0o600), "nobody else may hear it");
    // The word's peak is half of full scale; mixed with the other channel it would be a quarter.
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
    assert!(peak > 12_000, "the word is in it: peak {peak}");
}

#[test]
fn a_detection_that_was_wrong_is_saved_and_explained() {
    let server = SoundServer::start();
    let folder = server.path("wrong");
    let folder = folder.to_str().unwrap();
    let mut listening = Listening::start(&server, &["--log-false-alarms", folder]);
    listening.say("wrong");
    let warning = listening.wait_for("warning", |_| true)["message"].as_str().unwrap().to_owned();
    assert_eq!(warning, "there is no detection that could be wrong");
    server.play(&fixture("stop"));
    let detection = listening.wait_for("detection", |event| event["keyword"] == "stop");
    listening.say("wrong");
    let wrong = listening.wait_for("false-alarm", |_| true);
    assert_eq!((&wrong["keyword"], &wrong["start"]), (&detection["keyword"], &detection["start"]));
    let summary = listening.finish();
    assert_eq!(entries(folder).len(), 1, "of {summary} only this one");

    let explained = polyspot(&["explain", "last", "--clips", folder]).output().unwrap();
    let text = String::from_utf8(explained.stdout).unwrap();
    assert!(text.contains("detected    \"stop\""), "the clip is heard as it was heard live: {text}");
}

#[test]
fn listening_ends_by_itself_when_a_duration_is_given() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &["--json", "--duration", "2"]);
    let summary = listening.wait_for("summary", |_| true);
    assert_eq!(listening.end().0.code(), Some(0));
    let elapsed = summary["elapsed_seconds"].as_f64().unwrap();
    assert!((2.0..3.0).contains(&elapsed), "{summary}");
    let levels = listening.seen.iter().filter(|event| event["event"] == "level").count();
    assert!((2..=5).contains(&levels), "{levels} levels, one each half second");
}

#[test]
fn devices_lists_the_microphone() {
    let server = SoundServer::start();
    let mut command = polyspot(&["devices", "--json"]);
    server.attach(&mut command);
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert_eq!((status.code(), String::from_utf8_lossy(&stderr).as_ref()), (Some(0), ""));
    let lines: Vec<Value> = stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let id = format!("pulseaudio:{MICROPHONE}");
    let found = lines.iter().find(|line| line["id"] == *id).unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(found["default"], true);
    assert_eq!((&found["sample_rate_hz"], &found["channels"]), (&48_000.into(), &2.into()));

    let mut table = polyspot(&["devices"]);
    server.attach(&mut table);
    let table = String::from_utf8(table.output().unwrap().stdout).unwrap();
    assert!(table.lines().any(|line| line.starts_with('*') && line.contains(&id)), "{table}");
}

#[test]
fn without_a_microphone_the_message_says_what_to_do() {
    for (arguments, advice) in [
        (&["listen"][..], "Connect a microphone"),
        (&["listen", "--device", "pulseaudio:fakemic"], "`polyspot devices` lists"),
        (&["listen", "--device", "headset"], "`polyspot devices` lists"),
        (&["devices"], "Connect a microphone"),
    ] {
        let output = polyspot(arguments)
            .env("PULSE_SERVER", "unix:/nonexistent")
            // No ALSA device either: a configuration that knows none.
            .env("ALSA_CONFIG_PATH", "/dev/null")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(stderr.starts_with("polyspot: ") && stderr.contains(advice), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "ALSA is quiet: {stderr}");
    }
}

#[test]
fn a_model_whose_sums_overflow_is_refused() {
    let overflowing = data("models/posteriors_that_are_no_numbers.onnx");
    let refused = polyspot(&["listen", "--model", overflowing.to_str().unwrap()]).output().unwrap();
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(4), 0), "{stderr}");
    assert!(stderr.contains("with which no sound overflows"), "{stderr}");

    let server = SoundServer::start();
    let file = server.path("words.onnx");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/en.onnx"), &file).unwrap();
    let mut listening = Listening::start(&server, &["--model", file.to_str().unwrap(), "--watch"]);
    let other = server.path("words.onnx.new");
    fs::copy(overflowing, &other).unwrap();
    fs::rename(&other, &file).unwrap();
    let warning = listening.wait_for("warning", |_| true)["message"].as_str().unwrap().to_owned();
    assert!(warning.contains("still listening in en") && warning.contains("no sound overflows"), "{warning}");
    server.play(&fixture("stop"));
    listening.wait_for("detection", |event| event["keyword"] == "stop");
    listening.finish();
}

#[test]
fn words_in_order_are_counted() {
    assert_eq!(in_order(&["a", "b", "c"], &["a", "x", "c"]), 2);
    assert_eq!(in_order(&["a", "b"], &["b", "a"]), 1);
}

#[test]
fn languages_are_swapped_while_it_listens() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &[]);
    let front = data("other_languages/ar_front.wav");
    let voice = data("other_languages/zh_voice.wav");
    let stop = fixture("stop");
    for (line, tag, clip, keyword) in [
        (r#"{"language":"ar"}"#, "ar", &front, "أمام"),
        ("zh", "zh", &voice, "语音"),
        ("en-GB", "en", &stop, "stop"),
    ] {
        listening.say(line);
        let changed = listening.wait_for("model-changed", |_| true);
        assert_eq!(changed["new"], tag, "{changed}");
        server.play(clip);
        listening.wait_for("detection", |event| event["language"] == tag && event["keyword"] == keyword);
    }
    listening.say("tlh");
    let warning = listening.wait_for("warning", |_| true)["message"].as_str().unwrap().to_owned();
    assert!(warning.starts_with("still listening in en: no model for the language \"tlh\""), "{warning}");
    let summary = listening.finish();
    for lost in ["samples_dropped", "samples_missing", "gaps"] {
        assert_eq!(summary[lost], 0, "{summary}");
    }
}

#[test]
fn several_languages_are_heard_at_once() {
    let server = SoundServer::start();
    let mut listening = Listening::start(&server, &["--language", "en,zh"]);
    server.play(&fixture("stop"));
    listening.wait_for("detection", |event| event["keyword"] == "stop" && event["language"] == "en");
    server.play(&data("other_languages/zh_voice.wav"));
    listening.wait_for("detection", |event| event["keyword"] == "语音" && event["language"] == "zh");
    let level = listening.wait_for("level", |_| true);
    let scores = ["en", "zh"].map(|language| level["language_scores"][language].as_f64().unwrap());
    assert!((scores.iter().sum::<f64>() - 1.0).abs() < 0.01, "{level}");
    listening.finish();
}

#[test]
fn auto_goes_on_with_the_language_that_is_spoken() {
    let server = SoundServer::start();
    let arguments = ["--language", "en,ar,zh", "--auto"];
    let mut listening = Listening::start(&server, &arguments);
    for _ in 0..2 {
        server.play(&fixture("stop"));
    }
    let changed = listening.wait_for("model-changed", |_| true);
    assert_eq!((&changed["by"], &changed["new"]), (&"guess".into(), &"en".into()), "{changed}");
    for _ in 0..4 {
        server.play(&data("other_languages/zh_voice.wav"));
    }
    let changed = listening.wait_for("model-changed", |_| true);
    assert_eq!((&changed["by"], &changed["new"]), (&"doubt".into(), &"en,ar,zh".into()), "{changed}");
    let summary = listening.finish();
    assert_eq!(summary["samples_dropped"], 0, "{summary}");
}

#[test]
fn keys_choose_the_language_on_a_terminal_which_is_left_as_it_was() {
    let server = SoundServer::start();
    for end in ["q", "\u{3}"] {
        let screen = Screen::start(&server, "en,zh");
        screen.wait_for("[0 en,zh]");
        screen.press("2");
        screen.wait_for("now in ar");
        screen.wait_for("[2 ar]");
        screen.press("x0");
        screen.wait_for("now in en,zh");
        screen.press(end);
        screen.wait_for("Heard ");
        let settings = screen.end();
        assert!(settings.contains(" icanon ") && settings.contains(" echo "), "after {end:?}: {settings}");
    }
}

#[test]
fn a_model_file_that_is_replaced_is_read_again() {
    let server = SoundServer::start();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let file = server.path("words.onnx");
    let replace = |bytes: &[u8]| {
        let other = server.path("words.onnx.new");
        fs::write(&other, bytes).unwrap();
        fs::rename(&other, &file).unwrap();
    };
    replace(&fs::read(models.join("en.onnx")).unwrap());
    let mut listening = Listening::start(&server, &["--model", file.to_str().unwrap(), "--watch"]);
    replace(b"This is no model.");
    let warning = listening.wait_for("warning", |_| true)["message"].as_str().unwrap().to_owned();
    assert!(warning.contains("still listening in en") && warning.contains("words.onnx"), "{warning}");
    replace(&fs::read(models.join("ar.onnx")).unwrap());
    let changed = listening.wait_for("model-changed", |_| true);
    assert_eq!((&changed["old"], &changed["new"]), (&"en".into(), &"ar".into()));
    listening.finish();
}
