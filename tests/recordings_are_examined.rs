//! `polyspot doctor --file` finds each thing that can be wrong with a recording, and nothing in one that is well.

use std::f32::consts::TAU;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{data, run, samples, text, write};
use crate::support::wav;

/// Exit code and findings.
fn examine(arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let output = run(&[&["doctor", "--json", "--file"], arguments].concat());
    let diagnosis: Value = serde_json::from_slice(&output.stdout).expect("one line of JSON");
    let findings = diagnosis["findings"].as_array().unwrap();
    let names = findings.iter().map(|finding| finding["finding"].as_str().unwrap().to_owned());
    (output.status.code(), names.collect())
}

/// Examines a word after something has been done to its samples, full scale ±1.
#[track_caller]
fn check(change: impl Fn(f32) -> f32, expected: &[&str]) {
    let folder = TempDir::new().unwrap();
    let word = samples("keywords/stop/en-us.wav");
    // The cast keeps to the range of `i16`.
    let changed: Vec<i16> =
        word.iter().map(|&sample| (change(f32::from(sample) / 32_768.0) * 32_768.0) as i16).collect();
    let path = write(&folder, "word.wav", &changed);
    let code = if expected.is_empty() { 0 } else { 3 };
    assert_eq!(
        examine(&[path.to_str().unwrap()]),
        (Some(code), expected.iter().map(ToString::to_string).collect())
    );
}

#[test]
fn doctor_finds_nothing_in_words_that_are_well() {
    for word in crate::program::WORDS {
        for voice in ["en-us", "en-gb-f2", "en-gb-scotland-m3"] {
            let path = data(&format!("keywords/{word}/{voice}.wav"));
            assert_eq!(examine(&[&path]), (Some(0), vec![]), "{path}");
        }
    }
    check(|sample| sample, &[]);
    check(|sample| 0.1 * sample, &[]);
}

#[test]
fn doctor_finds_silence_quiet_clipping_and_offset() {
    check(|_| 0.0, &["silence"]);
    check(|sample| 0.000_1 * sample.signum(), &["silence"]);
    check(|sample| 0.005 * sample, &["too-quiet"]);
    check(|sample| 20.0 * sample, &["clipping"]);
    check(|sample| 0.5 * sample + 0.1, &["dc-offset"]);
}

#[test]
fn doctor_finds_holes() {
    let folder = TempDir::new().unwrap();
    let mut tone: Vec<i16> =
        (0..16_000).map(|i| (8_000.0 * (TAU * 440.0 * i as f32 / 16_000.0).sin()) as i16).collect();
    let whole = write(&folder, "whole.wav", &tone);
    assert_eq!(examine(&[whole.to_str().unwrap()]), (Some(0), vec![]));
    tone[8_010..8_330].fill(0);
    let torn = write(&folder, "torn.wav", &tone);
    assert_eq!(examine(&[torn.to_str().unwrap()]), (Some(3), vec!["dropped-frames".to_owned()]));
}

#[test]
fn doctor_finds_a_wrong_rate_cancelling_channels_and_a_cut() {
    let folder = TempDir::new().unwrap();
    let (code, found) = examine(&[&data("formats/8_khz_right.wav")]);
    assert_eq!((code, found), (Some(3), vec!["wrong-rate".to_owned()]));

    let opposite = folder.path().join("opposite.wav");
    let word = samples("keywords/stop/en-us.wav");
    wav::write(&opposite, 2, word.into_iter().flat_map(|sample| [sample, sample.saturating_neg()]));
    let opposite = opposite.to_str().unwrap();
    assert_eq!(examine(&[opposite]), (Some(3), vec!["channels-cancel".to_owned()]));
    assert_eq!(examine(&[opposite, "--channel", "1"]), (Some(0), vec![]));

    let whole = std::fs::read(data("keywords/stop/en-us.wav")).unwrap();
    let cut_off = folder.path().join("cut_off.wav");
    std::fs::write(&cut_off, &whole[..whole.len() * 3 / 4]).unwrap();
    assert_eq!(examine(&[cut_off.to_str().unwrap()]), (Some(3), vec!["cut-off".to_owned()]));
}

#[test]
fn doctor_gives_advice_in_plain_words() {
    let output = run(&["doctor", "--file", &data("formats/8_khz_right.wav")]);
    assert!(text(&output).contains("wrong-rate: it has 8000 samples per second"), "{output:?}");
    assert!(text(&output).contains("Use 16000 samples per second or more"), "{output:?}");
    let output = run(&["doctor", "--file", &data("keywords/stop/en-us.wav")]);
    assert!(text(&output).ends_with("Nothing is wrong.\n"), "{output:?}");
    assert_eq!(run(&["doctor", "--file", &data("broken/text.wav")]).status.code(), Some(3));
    assert_eq!(
        run(&["doctor", "--file", &data("keywords/stop/en-us.wav"), "--channel", "2"]).status.code(),
        Some(3)
    );
}
