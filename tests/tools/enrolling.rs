//! `enrol`: a word more from a few takes, without training.

use crate::room::{Room, refused, succeeded};

fn repository(path: &str) -> String {
    format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))
}

fn down(voice: &str) -> String {
    repository(&format!("tests/data/keywords/down/{voice}.wav"))
}

#[test]
fn a_word_is_added_and_the_model_stays_a_model() {
    let room = Room::new();
    let (model, takes) = (repository("models/zh.onnx"), [down("en-gb-f2"), down("en-gb-scotland-m3")]);
    let output = room.run(&["enrol", &model, &takes[0], &takes[1], "--word", "down", "--out", "mine.onnx"]);
    succeeded(&output);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("warning"),
        "no keyword of the model is like it"
    );
    assert!(said.contains("down: 2 takes") && said.contains("per hour"), "{said}");
    let [before, after] = [model, room.path("mine.onnx").to_string_lossy().into_owned()]
        .map(|path| polyspot::Model::from_path(path).unwrap().manifest().clone());
    let names = |manifest: &polyspot::Manifest| -> Vec<String> {
        manifest.labels.iter().map(|label| label.name.clone()).collect()
    };
    let mut expected = names(&before);
    expected.insert(before.keywords().count(), "down".into());
    assert_eq!(names(&after), expected);
    assert_eq!(after.evidence, None, "it was not measured");
    // The rows are added one after the other.
    succeeded(&room.run(&[
        "enrol",
        "mine.onnx",
        &repository("tests/data/keywords/go/en-us.wav"),
        "--word",
        "go",
        "--out",
        "two.onnx",
    ]));
}

#[test]
fn a_model_that_brings_no_statistics_gets_them_from_the_bank() {
    let room = Room::new();
    succeeded(&room.train("base.safetensors", &[]));
    succeeded(&room.run(&["fuse", "--base", "base.safetensors", "--no-bank", "--out", "xx.onnx"]));
    let arguments = ["enrol", "xx.onnx", &down("en-us"), "--word", "down", "--out", "mine.onnx"];
    refused(&room.run(&[&arguments[..], &["--no-bank"]].concat()), "leave out --no-bank");
    assert!(!room.path("mine.onnx").exists());
    succeeded(&room.run(&arguments));
}

#[test]
fn other_speech_is_measured_on_recordings_that_are_given() {
    let room = Room::new();
    succeeded(&room.train("base.safetensors", &[]));
    let speech = repository("tests/data/keywords");
    let statistics = |out: &str, flags: &[&str]| {
        let fuse = ["fuse", "--base", "base.safetensors", "--out", out];
        succeeded(&room.run(&[&fuse[..], flags].concat()));
        let model = std::fs::read(room.path(out)).unwrap();
        polyspot::enrolment::filler_statistics(&model).unwrap().expect("statistics")
    };
    let of_recordings = statistics("recordings.onnx", &["--speech", &speech]);
    assert_ne!(of_recordings, statistics("bank.onnx", &[]));
    assert_eq!(
        of_recordings,
        statistics("again.onnx", &["--speech", &speech, "--no-bank"]),
        "without the bank"
    );
    let enrol = ["enrol", "recordings.onnx", &down("en-us"), "--word", "down", "--out", "mine.onnx"];
    let output = room.run(&[&enrol[..], &["--no-bank"]].concat());
    succeeded(&output);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("per hour"), "no bank, no estimate");
    let missing = ["fuse", "--base", "base.safetensors", "--speech", "nowhere", "--out", "none.onnx"];
    refused(&room.run(&missing), "nowhere");
    assert!(!room.path("none.onnx").exists());
}

#[test]
fn what_cannot_be_enrolled_is_named() {
    let room = Room::new();
    let model = repository("models/zh.onnx");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut silent = hound::WavWriter::create(room.path("silent.wav"), spec).unwrap();
    (0..16_000).for_each(|_| silent.write_sample(0i16).unwrap());
    silent.finalize().unwrap();
    for (take, word, expected) in [
        ("none.wav".into(), "kava", "none.wav"),
        ("silent.wav".into(), "kava", "silent.wav"),
        (down("en-us"), "unknown", "unknown"),
    ] {
        refused(&room.run(&["enrol", &model, &take, "--word", word, "--out", "mine.onnx"]), expected);
        assert!(!room.path("mine.onnx").exists());
    }
}
