//! `evaluate`: figures of a model that ships, on voices that ship.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::room::{Room, refused, succeeded};

/// A room with the synthetic voices as a test set, its noise and something to raise false alarms.
fn room() -> Room {
    let room = Room::empty();
    let keywords = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/keywords");
    for word in fs::read_dir(keywords).unwrap().map(|entry| entry.unwrap()) {
        let name = word.file_name().into_string().unwrap();
        // `silence` holds noise, and words that are no keywords are what negatives are.
        let to = match name.as_str() {
            "silence" => room.path("noise"),
            "happy" | "marvin" | "seven" => room.path("speech"),
            word => room.path(&format!("en/dev/{word}")),
        };
        fs::create_dir_all(&to).unwrap();
        for clip in fs::read_dir(word.path()).unwrap().map(|entry| entry.unwrap()) {
            let voice = clip.file_name().into_string().unwrap();
            fs::copy(clip.path(), to.join(format!("{}_1.wav", voice.trim_end_matches(".wav")))).unwrap();
        }
    }
    room
}

fn evaluate(room: &Room, more: &[&str]) -> Output {
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/en.onnx");
    room.run(&[&["evaluate", model, "--data", "en", "--noise", "noise"], more].concat())
}

#[test]
fn all_outputs_hold_the_same_figures() {
    let room = room();
    write_impulse(&room.path("rooms/hall.wav"));
    let streams =
        ["--negatives", "speech", "--snr", "clean,10", "--reverb", "0.3", "--gain=-20", "--babble", "en"];
    let streams = [&streams[..], &["--rooms", "rooms", "--apart", "0.5", "--negatives", "noise"]].concat();
    let files = ["--json", "en.json", "--csv", "en.csv", "--report", "en.html"];
    succeeded(&evaluate(&room, &[&streams[..], &files].concat()));

    let json: serde_json::Value = serde_json::from_slice(&room.bytes("en.json")).unwrap();
    assert_eq!(json["clips"]["keywords"]["of"], 30);
    let own = &json["streams"]["own"];
    let conditions: Vec<&str> =
        own["conditions"].as_array().unwrap().iter().map(|c| c["condition"].as_str().unwrap()).collect();
    assert_eq!(
        conditions,
        [
            "clean",
            "10 dB SNR",
            "babble at 10 dB SNR",
            "in rooms",
            "0.5 s apart",
            "reverb 0.3 s",
            "gain -20 dB"
        ]
    );
    let kinds: Vec<&str> = json["streams"]["negatives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind["name"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["speech", "noise"]);
    let by_kind = own["false_alarms_by_kind"].as_array().unwrap();
    let sum: u64 = by_kind.iter().map(|alarms| alarms["events"].as_u64().unwrap()).sum();
    assert_eq!(own["false_alarms"]["events"], sum);
    for (held, rate) in json["streams"]["held"].as_array().unwrap().iter().zip([1.0, 0.5]) {
        assert_eq!(held["false_alarms_per_hour"], rate);
        // A few seconds allow for none.
        assert_eq!(held["point"]["false_alarms"]["events"], 0);
        let delay = &held["point"]["conditions"][0]["delay"];
        let [median, late] = [&delay["median_s"], &delay["p95_s"]].map(|v| v.as_f64().unwrap());
        assert!((-0.5..=late).contains(&median) && late < 2.0, "{delay}");
    }
    let missed = &own["conditions"][0]["missed"];
    assert_eq!(missed["of"], 30);
    let [low, rate, high] = [&missed["interval"]["low"], &missed["rate"], &missed["interval"]["high"]]
        .map(|v| v.as_f64().unwrap());
    assert!(low <= rate && rate < high, "{missed}");
    let curve = json["streams"]["curve"].as_array().unwrap();
    assert!(curve.len() > 90 && curve[0]["thresholds"].as_array().unwrap().len() == 10);

    let table = room.bytes("en.csv");
    let mut csv = csv::Reader::from_reader(&table[..]);
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let place = ["false-reject rate", "own thresholds", "clean", ""];
    let row = rows.iter().find(|row| row.iter().zip(place).all(|(field, part)| field == part)).unwrap();
    for (field, figure) in [(5, &missed["rate"]), (7, &missed["interval"]["high"]), (9, &missed["of"])] {
        // JSON and CSV round the last digit of a double in different ways.
        let difference = row[field].parse::<f64>().unwrap() - figure.as_f64().unwrap();
        assert!(difference.abs() < 1e-12, "{row:?}");
    }

    let page = String::from_utf8(room.bytes("en.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.matches("<svg").count() >= 4 && page.contains("10 dB SNR"));
    assert!(page.contains("Held to at most 0.5 false alarms per hour") && page.contains("in rooms"));
    let outside = ["<script", "<link", "<img", "url(", "@import"];
    assert!(outside.iter().all(|reference| !page.contains(reference)), "the page stands alone");
}

#[test]
fn keywords_after_a_wake_word_raise_no_more_false_alarms_than_without() {
    let room = room();
    let wake = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ar.onnx");
    let more = ["--negatives", "speech", "--wake", wake, "--window", "4", "--json", "en.json"];
    let output = evaluate(&room, &more);
    succeeded(&output);
    let talk = String::from_utf8(output.stdout).unwrap();
    assert!(talk.contains("counting for 4 s after ") && talk.contains("of ar.onnx"), "{talk}");
    let json: serde_json::Value = serde_json::from_slice(&room.bytes("en.json")).unwrap();
    let figures = &json["after_wake_word"];
    let events = |of: &str| figures[of]["events"].as_u64().unwrap();
    assert_eq!(figures["alone"], json["streams"]["own"]["false_alarms"]);
    assert!(events("together") <= events("alone"), "{figures}");
    assert!((0.0..=1.0).contains(&figures["armed"].as_f64().unwrap()), "{figures}");
    let unknown = evaluate(&room, &[&more[..], &["--wake-keyword", "computer"]].concat());
    refused(&unknown, "unknown keyword \"computer\"; there are: ");
}

#[test]
fn a_broken_requirement_has_an_exit_code() {
    let room = room();
    let code = |requirements: &[&str]| {
        let output = evaluate(&room, &[&["--negatives", "speech"], requirements].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (met, talk) = code(&["--require", "frr<=1@fah<=100000", "--require", "accuracy>=0.01"]);
    assert!(met == Some(0) && talk.contains("met: accuracy>=0.01"), "{talk}");
    let (broken, talk) = code(&["--require", "accuracy>=1.1", "--require", "frr<=1@fah<=100000"]);
    assert!(broken == Some(3) && talk.contains("BROKEN: accuracy>=1.1: "), "{talk}");
    let (usage, _) = code(&["--require", "good"]);
    assert_eq!(usage, Some(2));
}

/// A room that does nothing but echo once.
fn write_impulse(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in std::iter::once(20_000i16).chain(std::iter::repeat_n(0, 800)).chain([5_000]) {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
}

#[test]
fn a_plain_folder_of_words_is_judged_whole() {
    let room = room();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/en.onnx");
    let output = room.run(&["evaluate", model, "--data", "en/dev", "--noise", "noise"]);
    succeeded(&output);
    let talk = String::from_utf8(output.stdout).unwrap();
    assert!(talk.contains("all of dev was judged") && talk.contains("of 30 clips"), "{talk}");
}

#[test]
fn clips_of_the_keywords_are_no_negatives() {
    let room = room();
    refused(&evaluate(&room, &["--negatives", "en"]), "expected audio without the model's keywords");
    fs::create_dir(room.path("en/dev/other")).unwrap();
    fs::copy(room.path("speech/en-us_1.wav"), room.path("en/dev/other/en-us_1.wav")).unwrap();
    let output = evaluate(&room, &["--negatives", "en"]);
    succeeded(&output);
    assert!(
        String::from_utf8(output.stderr).unwrap().contains("30 clips of the negatives lie in folders named")
    );
}

#[test]
fn noise_is_needed_for_a_ratio() {
    let room = room();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/en.onnx");
    let output = room.run(&["evaluate", model, "--data", "en", "--negatives", "speech", "--snr", "5"]);
    refused(&output, "5 dB SNR: expected recordings of noise (--noise)");
    refused(&evaluate(&room, &["--snr", "5"]), "which need --negatives DIR");
}
