//! `train`, `fuse`, `evaluate`, `calibrate`: recordings to a model.

use std::fs;

use crate::kill::partial_files;
use crate::room::{Room, alike, parts, refused, succeeded, write_tone};

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
    refused(
        &room.train("cut.safetensors", &["--resume", "--learning-rate", "0.5"]),
        "and goes on as it began: found 0.5",
    );
    succeeded(&room.train("cut.safetensors", &["--resume"]));
    alike(&room.bytes("first.safetensors"), &room.bytes("cut.safetensors"));
    refused(&room.train("cut.safetensors", &["--resume"]), "finished");
}

#[test]
fn an_interrupted_run_of_roots_that_looks_ahead_ends_alike_and_is_a_base_that_can_be_pruned() {
    let room = Room::new();
    let recipe = fs::read_to_string(room.path("small.json")).unwrap();
    let mut recipe: serde_json::Value = serde_json::from_str(&recipe).unwrap();
    recipe["power"] = 2.into();
    recipe["extrapolation"] = 1.into();
    fs::write(room.path("roots.json"), recipe.to_string()).unwrap();
    let train = |out: &str, more: &[&str]| {
        let fixed = ["train", "--data", "xx", "--recipe", "roots.json", "--out", out];
        room.run(&[&fixed, more].concat())
    };
    succeeded(&train("whole.safetensors", &[]));
    succeeded(&train("cut.safetensors", &["--stop-after", "2"]));
    succeeded(&train("cut.safetensors", &["--resume"]));
    alike(&room.bytes("whole.safetensors"), &room.bytes("cut.safetensors"));
    succeeded(&room.train("plain.safetensors", &[]));
    assert_ne!(room.bytes("whole.safetensors"), room.bytes("plain.safetensors"));

    succeeded(&room.run(&["fuse", "--base", "whole.safetensors", "--out", "xx.onnx"]));
    let prune =
        |more: &[&str]| room.run(&[&["prune", "--base", "whole.safetensors", "--data", "xx"], more].concat());
    let output = prune(&["--shares", "1,0,0.5", "--out", "pruned.safetensors"]);
    succeeded(&output);
    let table = String::from_utf8(output.stdout).unwrap();
    // 40 · 5 · 8 of the stem, 8 · 5 + 8 · 12 and 12 · 5 + 12 · 12 of the blocks: each share is of the base itself.
    for row in ["100.0 %            0", "  0.0 %         1940", " 50.0 %          970"] {
        assert!(table.contains(row), "{table}");
    }
    succeeded(&room.run(&["fuse", "--base", "pruned.safetensors", "--out", "pruned.onnx"]));
    let graph = polyspot::graph::Graph::from_onnx(&room.bytes("pruned.onnx")).unwrap();
    let kernels = graph.tensors.iter().filter(|t| t.name.ends_with(".kernel") && t.name != "head.kernel");
    let zeros: usize = kernels.map(|t| t.floats().iter().filter(|&&value| value == 0.0).count()).sum();
    assert_eq!(zeros, 970);
    refused(&prune(&["--shares", "1.5"]), "expected shares in 0..=1, found 1.5");
}

#[test]
fn a_tutor_teaches_as_much_as_the_recipe_says_and_only_its_own_words() {
    let room = Room::new();
    succeeded(&room.train("tutor.safetensors", &[]));
    let recipe = fs::read_to_string(room.path("small.json")).unwrap();
    let mut recipe: serde_json::Value = serde_json::from_str(&recipe).unwrap();
    for block in recipe["network"]["blocks"].as_array_mut().unwrap() {
        block["channels"] = 6.into();
    }
    let mut train = |distillation: u8, more: &[&str]| {
        recipe["distillation"] = distillation.into();
        fs::write(room.path("narrow.json"), recipe.to_string()).unwrap();
        let fixed = ["train", "--data", "xx", "--recipe", "narrow.json", "--out", "narrow.safetensors"];
        room.run(&[&fixed, more].concat())
    };
    let mut trained = |distillation, more: &[&str]| {
        succeeded(&train(distillation, more));
        parts(&room.bytes("narrow.safetensors"))
    };
    let tutor = ["--tutor", "tutor.safetensors"];
    let alone = trained(1, &[]);
    assert!(trained(0, &tutor) == alone);
    assert!(trained(1, &tutor) != alone);
    let other_words = [&tutor[..], &["--keywords", "xx=rise"]].concat();
    refused(&train(1, &other_words), "its head for \"xx\" is for other words");

    succeeded(&train(1, &[&tutor[..], &["--stop-after", "1"]].concat()));
    refused(&train(1, &["--resume"]), ", found no tutor");
    succeeded(&train(1, &[&tutor[..], &["--resume"]].concat()));
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
fn what_would_fail_or_be_lost_at_the_end_is_refused_at_once() {
    let room = Room::new();
    refused(
        &room.train("base.safetensors", &["--keywords", "xx="]),
        "expected at least one keyword, found none",
    );
    let recipe = fs::read_to_string(room.path("small.json")).unwrap();
    fs::write(
        room.path("typo.json"),
        recipe.replace("\"learning_rate\"", "\"learing_rate\": 1, \"learning_rate\""),
    )
    .unwrap();
    let typo = ["train", "--data", "xx", "--recipe", "typo.json", "--out", "base.safetensors"];
    refused(&room.run(&typo), "unknown field `learing_rate`");
    fs::rename(room.path("xx"), room.path("words")).unwrap();
    fs::write(room.path("words/data.json"), r#"{"language": "not a tag", "split_by": "speaker"}"#).unwrap();
    let nowhere = ["train", "--data", "words", "--recipe", "small.json", "--out", "base.safetensors"];
    refused(&room.run(&nowhere), "language must be a BCP 47 tag");
    fs::remove_file(room.path("words/data.json")).unwrap();
    fs::rename(room.path("words"), room.path("xx")).unwrap();
    for split in ["train", "dev"] {
        fs::rename(room.path(&format!("xx/{split}/hum")), room.path(&format!("xx/{split}/cafe\u{301}")))
            .unwrap();
    }
    refused(&room.train("base.safetensors", &[]), "normal form C");
    assert!(!room.path("base.safetensors").exists());

    succeeded(&room.train("base.safetensors", &["--keywords", "xx=rise", "--keywords", "xx=fall"]));
    let fuse = |out: &str| room.run(&["fuse", "--base", "base.safetensors", "--out", out]);
    let base = room.bytes("base.safetensors");
    refused(&fuse("./base.safetensors"), "the command reads it, or writes it twice");
    assert_eq!(room.bytes("base.safetensors"), base);
    succeeded(&fuse("xx.onnx"));
    let evaluate =
        |data: &str, more: &[&str]| room.run(&[&["evaluate", "xx.onnx", "--data", data], more].concat());
    refused(&evaluate("xx", &["--json", "xx.onnx"]), "the command reads it, or writes it twice");
    refused(&evaluate("xx", &["--json", "one", "--csv", "one"]), "the command reads it, or writes it twice");
    for word in ["high", "low"] {
        write_tone(&room.path(&format!("others/{word}/ann_1.wav")), 300.0, 0.0);
        write_tone(&room.path(&format!("others/{word}/bob_1.wav")), 320.0, 0.0);
    }
    refused(&evaluate("others", &[]), "others has no dev clips of the keywords rise fall");
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
