//! `adapt`, `fuse`, `diff`: a language is a small set of changes to a base.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::room::{Room, alike, refused, succeeded, write_tone};

/// A room with a base for the language `xx`, and words of another language, `yy`, for it to learn.
pub(crate) fn with_base() -> Room {
    let room = Room::new();
    succeeded(&room.train("base.safetensors", &[]));
    for speaker in 0..8 {
        for (word, glide) in [("flat", 0.2), ("steep", 2.0), ("sink", -2.0), ("sag", -0.4)] {
            for take in 0..3 {
                let hz = 260.0 + 35.0 * speaker as f32 + 4.0 * take as f32;
                let split = if speaker < 6 { "train" } else { "dev" };
                write_tone(&room.path(&format!("yy/{split}/{word}/t{speaker}_{take}.wav")), hz, glide);
            }
        }
    }
    room
}

const BRIEF: [&str; 8] = ["adapt", "--base", "base.safetensors", "--data", "yy", "--epochs", "8", "--out"];

/// Adapts without a bank of negatives, which would take most of the time.
pub(crate) fn adapt(room: &Room, out: &str, more: &[&str]) -> std::process::Output {
    room.run(&[&BRIEF[..], &[out, "--no-bank"], more].concat())
}

pub(crate) fn fuse(room: &Room, adapter: &str, model: &str) -> std::process::Output {
    room.run(&["fuse", "--base", "base.safetensors", "--adapter", adapter, "--out", model])
}

/// Numbers stored and allowed, from what `adapt` prints.
fn updated_and_allowed(output: &std::process::Output) -> (usize, usize) {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.contains("parameters updated")).expect("a summary");
    let numbers: Vec<usize> =
        line.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[2])
}

#[test]
fn every_method_makes_a_model() {
    let room = with_base();
    for method in [
        "swr",
        "swr-low-rank",
        "swr-where",
        "full",
        "branches",
        "head",
        "norm",
        "ia3",
        "taps",
        "fish-mask",
        "peter-rec",
        "synqt",
        "scratch",
    ] {
        let output = adapt(&room, "yy.safetensors", &["--method", method, "--budget", "0.5"]);
        succeeded(&output);
        // Fusing compares the model's posteriors with the trainer's.
        succeeded(&fuse(&room, "yy.safetensors", "yy.onnx"));
        let model = polyspot::Model::from_path(room.path("yy.onnx")).unwrap();
        assert_eq!(model.manifest().language, "yy");
        assert_eq!(model.manifest().keywords().count(), 4);
        assert!(model.manifest().adapter_sha256.is_some());
        assert!(String::from_utf8(room.bytes("yy.svg")).unwrap().contains("</svg>"));
        assert!(!room.path("yy.progress").exists());
    }
    refused(&adapt(&room, "yy.safetensors", &["--method", "pac-net"]), "--source");
    succeeded(&adapt(&room, "yy.safetensors", &["--method", "pac-net", "--budget", "0.5", "--source", "xx"]));
    // Its adapter belongs to a base of its own.
    refused(&fuse(&room, "yy.safetensors", "yy.onnx"), "the adapter was made for the base with SHA-256");
    succeeded(&room.run(&[
        "fuse",
        "--base",
        "yy.base.safetensors",
        "--adapter",
        "yy.safetensors",
        "--out",
        "yy.onnx",
    ]));
}

#[test]
fn a_budget_is_never_exceeded() {
    let room = with_base();
    for (method, budgets) in [
        ("swr", &["0", "0.2", "0.6"][..]),
        ("swr-low-rank", &["0.1"]),
        ("fish-mask", &["0.2", "0.6"]),
        ("peter-rec", &["0.1", "0.6"]),
        ("synqt", &["0.1", "0.6"]),
    ] {
        for budget in budgets {
            let output = adapt(&room, "yy.safetensors", &["--method", method, "--budget", budget]);
            succeeded(&output);
            let (updated, allowed) = updated_and_allowed(&output);
            assert!(updated <= allowed, "{method} at {budget}: {updated} of {allowed}");
        }
    }
    let none = adapt(&room, "none.safetensors", &["--method", "fish-mask", "--budget", "0"]);
    refused(&none, "expected room for at least the normalisations'");
    assert!(!room.path("none.safetensors").exists());
    let counted = adapt(&room, "yy.safetensors", &["--budget", "0.02", "--count-head"]);
    refused(&counted, "expected room for at least the head's");
    refused(&adapt(&room, "yy.safetensors", &["--budget", "1.5"]), "expected a budget in 0..=1, found 1.5");
}

#[test]
fn nothing_is_shared_with_what_begins_anew_and_swr_needs_something_to_change() {
    let room = with_base();
    let shared = |method: &str, parts: &str| {
        adapt(&room, "yy.safetensors", &["--method", method, "--share-prefix", parts])
    };
    refused(&shared("scratch", "1"), "--method scratch begins anew");
    refused(&shared("swr", "3"), "a part of the network that may change");
    succeeded(&shared("head", "3"));
}

#[test]
fn a_shared_prefix_stays_the_bases() {
    let room = with_base();
    for method in ["swr", "full", "norm"] {
        let shared = ["--method", method, "--budget", "0.4", "--share-prefix", "2"];
        let output = adapt(&room, "yy.safetensors", &shared);
        succeeded(&output);
        let text = String::from_utf8_lossy(&output.stdout);
        let changed = |layer: &str| {
            let line = text.lines().find(|line| line.starts_with(layer)).expect("a line per layer");
            !line.contains("base")
        };
        assert!(!changed("stem.weight") && !changed("blocks.0.depthwise") && !changed("blocks.0.pointwise"));
        assert!(changed("blocks.1.pointwise"), "{text}");
        // A shared layer has a bar in the drawing and, where a policy decides, no line.
        let drawing = String::from_utf8(room.bytes("yy.svg")).unwrap();
        let drawn = |layer: &str| drawing.matches(layer).count();
        assert_eq!(drawn("stem.weight"), 1);
        assert_eq!(drawn("blocks.1.pointwise"), if method == "swr" { 2 } else { 1 });
    }
    let all = adapt(&room, "none.safetensors", &["--share-prefix", "4"]);
    refused(&all, "expected at most 3 parts of the network to share, its stem and its blocks, found 4");
}

#[test]
fn a_killed_adaptation_goes_on_to_the_same_end() {
    let room = with_base();
    let long = ["--epochs", "60"];
    let arguments = |out: &'static str| {
        ["adapt", "--base", "base.safetensors", "--data", "yy", "--no-bank", "--budget", "0.3", "--out", out]
    };
    succeeded(&room.run(&[&arguments("whole.safetensors")[..], &long[..]].concat()));

    let mut running = room
        .command(&[&arguments("cut.safetensors")[..], &long[..]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !room.path("cut.progress").exists() && running.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(room.path("cut.progress").exists(), "it was over before it could be killed");
    assert!(!room.path("cut.safetensors").exists());

    let other = [&arguments("cut.safetensors")[..], &long, &["--resume", "--seed", "9"]].concat();
    refused(&room.run(&other), "was made with other data or settings");
    succeeded(&room.run(&[&arguments("cut.safetensors")[..], &long, &["--resume"]].concat()));
    alike(&room.bytes("whole.safetensors"), &room.bytes("cut.safetensors"));
    refused(&room.run(&[&arguments("cut.safetensors")[..], &["--resume"]].concat()), "nothing to resume");
}

#[test]
fn what_was_wrongly_taken_for_a_keyword_is_learnt_from() {
    let room = with_base();
    for take in 0..4 {
        write_tone(&room.path(&format!("wrong/20250101T00000{take}.000Z_flat_0.91.wav")), 900.0, 0.2);
    }
    succeeded(&adapt(&room, "without.safetensors", &[]));
    succeeded(&adapt(&room, "with.safetensors", &["--hard-negatives", "wrong"]));
    assert_ne!(room.bytes("without.safetensors"), room.bytes("with.safetensors"));
    fs::create_dir(room.path("none")).unwrap();
    refused(
        &adapt(&room, "x.safetensors", &["--hard-negatives", "none"]),
        "none: expected audio files, found none",
    );
}

#[test]
fn a_bank_of_negatives_is_made_trained_on_and_judged_on() {
    let room = with_base();
    for take in 0..60 {
        write_tone(&room.path(&format!("speech/talk_{take}.wav")), 400.0 + 9.0 * take as f32, 0.1);
        write_tone(&room.path(&format!("speech/other_{take}.wav")), 300.0, 0.1);
    }
    let source = serde_json::json!([
        {"name": "talk", "folder": "speech", "prefix": "talk_", "language": "en", "licence": "CC0"},
        {"name": "in yy", "folder": "speech", "prefix": "other_", "language": "yy", "licence": "CC0", "minutes": 1}
    ]);
    fs::write(room.path("sources.json"), source.to_string()).unwrap();
    let output = room.run(&[
        "bank",
        "--base",
        "base.safetensors",
        "--sources",
        "sources.json",
        "--data",
        ".",
        "--out",
        "own.gz",
    ]);
    succeeded(&output);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("talk") && table.contains("in yy"), "{table}");

    let with_bank = |out: &str, bank: &[&str]| room.run(&[&BRIEF[..], &[out], bank].concat());
    succeeded(&with_bank("without.safetensors", &["--no-bank"]));
    succeeded(&with_bank("with.safetensors", &["--bank=own.gz"]));
    succeeded(&with_bank("built-in.safetensors", &[]));
    assert_ne!(room.bytes("without.safetensors"), room.bytes("with.safetensors"));
    assert_ne!(room.bytes("built-in.safetensors"), room.bytes("with.safetensors"));
    refused(&with_bank("x.safetensors", &["--bank=sources.json"]), "sources.json: it is no gzip file");

    succeeded(&fuse(&room, "with.safetensors", "yy.onnx"));
    let calibrate = |more: &[&str]| room.run(&[&["calibrate", "yy.onnx", "--data", "yy"][..], more].concat());
    let output = calibrate(&["--bank", "own.gz", "--false-alarms-per-hour", "600"]);
    succeeded(&output);
    assert!(String::from_utf8(output.stderr).unwrap().contains("are estimates"));
    refused(&calibrate(&["--no-bank"]), "expected audio without keywords (--negatives), or the bank");
}

#[test]
fn two_languages_differ_in_numbers_only() {
    let room = with_base();
    succeeded(&adapt(&room, "yy.safetensors", &["--method", "head"]));
    succeeded(&fuse(&room, "yy.safetensors", "yy.onnx"));
    succeeded(&room.run(&["fuse", "--base", "base.safetensors", "--out", "xx.onnx"]));
    let output = room.run(&["diff", "xx.onnx", "yy.onnx"]);
    succeeded(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    // Three words against four, and a trunk that is the base's in both.
    assert!(text.contains("5×12×1 | 6×12×1") && text.contains("\n0 of "), "{text}");

    let output = room.run(&["cost", "--base", "base.safetensors", "xx.onnx", "yy.onnx"]);
    succeeded(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    for row in ["xx: operations", "yy: operations", "MACs per frame", "file, bytes", "µs per frame"] {
        assert!(text.contains(row), "no {row:?} in {text}");
    }

    let bigger =
        fs::read_to_string(room.path("small.json")).unwrap().replace("\"channels\":12", "\"channels\":16");
    fs::write(room.path("bigger.json"), bigger).unwrap();
    succeeded(&room.run(&[
        "train",
        "--data",
        "xx",
        "--recipe",
        "bigger.json",
        "--out",
        "bigger.safetensors",
    ]));
    succeeded(&room.run(&["fuse", "--base", "bigger.safetensors", "--out", "bigger.onnx"]));
    refused(&room.run(&["diff", "xx.onnx", "bigger.onnx"]), "in one model and");
    refused(
        &room.run(&["cost", "--base", "bigger.safetensors", "yy.onnx"]),
        "comes from the base with SHA-256",
    );
    let other = ["fuse", "--base", "bigger.safetensors", "--adapter", "yy.safetensors", "--out", "z.onnx"];
    refused(&room.run(&other), "the adapter was made for the base");
    assert!(!room.path("z.onnx").exists());
}

#[test]
fn three_takes_of_one_person_are_enough_and_never_flatter() {
    let room = with_base();
    for (word, glide) in [("flat", 0.2), ("steep", 2.0)] {
        for take in 0..2 {
            write_tone(&room.path(&format!("mine/{word}/me_{take}.wav")), 300.0 + take as f32, glide);
        }
    }
    let few = [
        "adapt",
        "--base",
        "base.safetensors",
        "--data",
        "mine",
        "--epochs",
        "40",
        "--out",
        "mine.safetensors",
    ];
    let output = room.run(&few);
    succeeded(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("no accuracy: there are no dev clips"), "{text}");
    for (word, glide) in [("flat", 0.2), ("steep", 2.0)] {
        write_tone(&room.path(&format!("mine/{word}/me_2.wav")), 302.0, glide);
    }
    let output = room.run(&few);
    succeeded(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("other recordings of the people that training heard"), "{text}");
}

#[test]
fn shipped_models_are_the_base_with_its_own_head_or_an_adapter() {
    let room = Room::empty();
    let shipped = |file: &str| format!("{}/../models/{file}", env!("CARGO_MANIFEST_DIR"));
    for language in ["ar", "en", "zh"] {
        let [base, adapter] = ["base", language].map(|name| shipped(&format!("{name}.safetensors")));
        let made_of = if language == "zh" { ["--adapter", &adapter] } else { ["--language", language] };
        let fuse = [&["fuse", "--base", &base, "--out", "again.onnx"][..], &made_of].concat();
        succeeded(&room.run(&fuse));
        let output = room.run(&["diff", &shipped(&format!("{language}.onnx")), "again.onnx"]);
        succeeded(&output);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("\n0 of "), "{text}");
    }
}

#[test]
fn a_shipped_language_can_be_fused_while_loading() {
    let room = Room::empty();
    let shipped = |file: &str| format!("{}/../models/{file}", env!("CARGO_MANIFEST_DIR"));
    let checkpoint = shipped("base.safetensors");
    succeeded(&room.run(&["detach", "--base", &checkpoint, "--out", "base.onnx"]));
    let base = polyspot::Base::from_path(room.path("base.onnx")).unwrap();
    let (adapter, model) = (shipped("zh.safetensors"), shipped("zh.onnx"));
    let detach = |model, out| {
        room.run(&["detach", "--base", &checkpoint, "--adapter", &adapter, "--model", model, "--out", out])
    };
    succeeded(&detach(&model, "zh.adapter.onnx"));
    let fused = base.fuse(&room.bytes("zh.adapter.onnx")).unwrap();
    let model = polyspot::Model::from_path(&model).unwrap();
    assert_eq!(fused.manifest(), model.manifest());
    // The weights themselves, whatever is heard.
    assert_eq!(fused.shared_steps(&model), model.steps().len(), "every step the same bits");
    refused(&detach(&shipped("ar.onnx"), "x.onnx"), "it was fused from others");
    assert!(!room.path("x.onnx").exists());
}
