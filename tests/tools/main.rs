//! What `polyspot-tools` promises: a checkpoint can be repeated, resumed and fused, and bad data is refused with
//! its reason. The "words" are tones, the "speakers" their pitches: training on them takes seconds.

use std::f32::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with data and outputs of one test.
struct Room {
    folder: tempfile::TempDir,
}

impl Room {
    /// Words `hum`, `rise` and `fall` by eight speakers, three takes each, and a small recipe.
    fn new() -> Self {
        let room = Self { folder: tempfile::tempdir().unwrap() };
        for speaker in 0..8 {
            let split = if speaker < 6 { "train" } else { "dev" };
            for (word, glide) in [("hum", 0.0), ("rise", 1.0), ("fall", -1.0)] {
                for take in 0..3 {
                    let path = room.path(&format!("xx/{split}/{word}/s{speaker}_{take}.wav"));
                    write_tone(&path, 300.0 + 30.0 * speaker as f32 + 5.0 * take as f32, glide);
                }
            }
        }
        let printed = room.run(&["train", "--data", "xx", "--out", "x", "--print-recipe"]);
        let mut recipe: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
        recipe["epochs"] = 3.into();
        recipe["batch"] = 16.into();
        recipe["network"] = serde_json::json!({
            "coefficients": 40, "stem": {"channels": 8, "kernel": 5, "stride": 2},
            "blocks": [{"channels": 12, "kernel": 5, "stride": 2}, {"channels": 12, "kernel": 5, "stride": 1}],
            "pool_steps": 24
        });
        fs::write(room.path("small.json"), recipe.to_string()).unwrap();
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polyspot-tools"));
        command.current_dir(self.folder.path()).args(arguments).output().unwrap()
    }

    fn train(&self, out: &str, more: &[&str]) -> Output {
        let fixed = ["train", "--data", "xx", "--recipe", "small.json", "--out", out];
        self.run(&[&fixed, more].concat())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

fn write_tone(path: &Path, hz: f32, glide: f32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for i in 0..16_000 {
        let t = i as f32 / 16_000.0;
        let level = if (0.2..0.8).contains(&t) { 0.3 } else { 0.0 };
        let sample = level * (TAU * hz * (t + glide * (t - 0.5) * (t - 0.5))).sin();
        writer.write_sample((sample * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn refused(output: &Output, reason: &str) {
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && talk.contains(reason), "expected {reason:?} in: {talk}");
}

#[test]
fn a_seed_repeats_a_run_and_an_interrupted_run_ends_alike() {
    let room = Room::new();
    succeeded(&room.train("first.safetensors", &[]));
    succeeded(&room.train("second.safetensors", &[]));
    assert_eq!(room.bytes("first.safetensors"), room.bytes("second.safetensors"));
    succeeded(&room.train("other.safetensors", &["--seed", "2"]));
    assert_ne!(room.bytes("first.safetensors"), room.bytes("other.safetensors"));

    succeeded(&room.train("cut.safetensors", &["--stop-after", "1"]));
    assert_ne!(room.bytes("first.safetensors"), room.bytes("cut.safetensors"));
    succeeded(&room.train("cut.safetensors", &["--resume"]));
    assert_eq!(room.bytes("first.safetensors"), room.bytes("cut.safetensors"));
    refused(&room.train("cut.safetensors", &["--resume"]), "finished");
}

#[test]
fn a_checkpoint_becomes_a_model_and_charts() {
    let room = Room::new();
    succeeded(&room.train("base.safetensors", &["--keywords", "xx=rise,fall"]));
    for chart in ["base.curves.svg", "base.confusion.xx.svg"] {
        assert!(String::from_utf8(room.bytes(chart)).unwrap().contains("</svg>"));
    }
    succeeded(&room.run(&["fuse", "--base", "base.safetensors", "--out", "xx.onnx"]));
    assert!(!room.path("xx.onnx.partial").exists());
    let model = polyspot::Model::from_path(room.path("xx.onnx")).unwrap();
    let labels: Vec<&str> = model.manifest().labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(labels, ["rise", "fall", "unknown", "silence"]);
    assert_eq!(model.manifest().language, "xx");

    let evaluated = room.run(&["evaluate", "xx.onnx", "--data", "xx"]);
    succeeded(&evaluated);
    // Two keywords by two speakers in three takes, and as many others as one keyword has.
    assert!(String::from_utf8_lossy(&evaluated.stdout).contains("of 18 clips right"));

    let calibrate = ["calibrate", "xx.onnx", "--data", "xx", "--negatives", "xx/dev/hum"];
    let rate = ["--false-alarms-per-hour", "100000", "--out", "calibrated.onnx"];
    succeeded(&room.run(&[&calibrate[..], &rate[..]].concat()));
    let calibrated = polyspot::Model::from_path(room.path("calibrated.onnx")).unwrap();
    assert_eq!(calibrated.manifest().evidence.as_ref().unwrap().keyword_clips, 12);
}

#[test]
fn bad_clips_are_listed_and_left_out() {
    let room = Room::new();
    fs::write(room.path("xx/train/hum/s0_9.wav"), "no recording").unwrap();
    fs::write(room.path("xx/train/hum/s1_9.wav"), "").unwrap();
    let output = room.train("base.safetensors", &[]);
    succeeded(&output);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        talk.contains("2 clips were left out") && talk.contains("s0_9.wav") && talk.contains("s1_9.wav"),
        "{talk}"
    );
}

#[test]
fn bad_data_is_refused_and_nothing_is_left() {
    let room = Room::new();
    fs::create_dir(room.path("empty")).unwrap();
    refused(&room.run(&["train", "--data", "empty", "--out", "base.safetensors"]), "empty");
    for split in ["train", "dev"] {
        for word in ["rise", "fall"] {
            fs::remove_dir_all(room.path(&format!("xx/{split}/{word}"))).unwrap();
        }
    }
    refused(&room.train("base.safetensors", &[]), "hum");
    refused(&room.train("base.safetensors", &["--keywords", "xx=absent"]), "");
    assert!(!room.path("base.safetensors").exists() && !room.path("base.safetensors.partial").exists());
}

#[test]
fn a_checkpoint_that_is_none_is_refused() {
    let room = Room::new();
    fs::write(room.path("text.safetensors"), "no checkpoint").unwrap();
    let output = room.run(&["fuse", "--base", "text.safetensors", "--out", "xx.onnx"]);
    refused(&output, "text.safetensors");
    assert!(!room.path("xx.onnx").exists());
}
