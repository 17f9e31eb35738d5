//! `train`, `fuse`, `evaluate`, `calibrate`: recordings to a model.

use std::fs;

use crate::kill::partial_files;
use crate::room::{Room, alike, refused, succeeded};

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
    alike(&room.bytes("first.safetensors"), &room.bytes("cut.safetensors"));
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
    assert_eq!(partial_files(&room.path("")), 0);
    let model = polyspot::Model::from_path(room.path("xx.onnx")).unwrap();
    let labels: Vec<&str> = model.manifest().labels.iter().map(|label| label.name.as_str()).collect();
    assert_eq!(labels, ["rise", "fall", "unknown", "silence"]);
    assert_eq!(model.manifest().language, "xx");

    let evaluated = room.run(&["evaluate", "xx.onnx", "--data", "xx"]);
    succeeded(&evaluated);
    // Two keywords by two speakers in three takes, and as many others as one keyword has.
    assert!(String::from_utf8_lossy(&evaluated.stdout).contains("% of 18 clips ("));

    let calibrate = ["calibrate", "xx.onnx", "--data", "xx", "--negatives", "xx/dev/hum"];
    let rate = ["--false-alarms-per-hour", "100000", "--out", "calibrated.onnx"];
    succeeded(&room.run(&[&calibrate[..], &rate[..]].concat()));
    let calibrated = polyspot::Model::from_path(room.path("calibrated.onnx")).unwrap();
    let evidence = calibrated.manifest().evidence.as_ref().unwrap();
    assert_eq!(evidence.keyword_clips, 12);
    let missed: u64 = evidence.keywords.iter().map(|keyword| keyword.missed).sum();
    assert_eq!(evidence.false_reject_rate, missed as f64 / 12.0);
    assert!(evidence.false_alarms_per_hour_interval.unwrap().high > evidence.false_alarms_per_hour);
    assert!(evidence.held_out.is_some());
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
    assert!(!room.path("base.safetensors").exists() && partial_files(&room.path("")) == 0);
}

#[test]
fn a_checkpoint_that_is_none_is_refused() {
    let room = Room::new();
    fs::write(room.path("text.safetensors"), "no checkpoint").unwrap();
    let output = room.run(&["fuse", "--base", "text.safetensors", "--out", "xx.onnx"]);
    refused(&output, "text.safetensors");
    assert!(!room.path("xx.onnx").exists());
}
