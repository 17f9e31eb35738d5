//! `polyspot calibrate` on files: a profile that `score` takes, and plain words where the data are too few.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{data, run, talk, text};

/// Ambient sound without keywords, and the takes of two keywords.
fn recordings(folder: &Path) -> [String; 3] {
    let takes = folder.join("takes");
    for word in ["stop", "go"] {
        fs::create_dir_all(takes.join(word)).unwrap();
        for voice in ["en-us", "en-gb-f2", "en-gb-scotland-m3"] {
            let file = format!("{voice}.wav");
            fs::copy(data(&format!("keywords/{word}/{file}")), takes.join(word).join(file)).unwrap();
        }
    }
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    [data("keywords/silence"), path("takes"), path("room.json")]
}

#[test]
fn too_little_data_for_calibration_is_said_to_be_too_little() {
    let folder = tempfile::tempdir().unwrap();
    let [ambient, takes, out] = &recordings(folder.path());
    let output = run(&["calibrate", "--ambient", ambient, "--takes", takes, "--out", out]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output).contains("1 seconds of ambient sound, 0 false alarms: 0.0 to"), "{output:?}");
    for warning in [
        "cannot show that there are at most 5 false alarms per day",
        "It would take 18 hours without a single one",
        "fewer than 5 takes say next to nothing: stop, go",
    ] {
        assert!(talk(&output).contains(warning), "{warning:?} in {output:?}");
    }
    let profile: Value = serde_json::from_slice(&fs::read(out).unwrap()).unwrap();
    assert_eq!((&profile["version"], &profile["language"]), (&1.into(), &"en".into()));
    assert_eq!(profile["evidence"]["takes"]["stop"]["spoken"], 3);
    assert!(profile["evidence"]["false_alarms_per_day"]["high"].as_f64().unwrap() > 100_000.0);
    assert_eq!(profile["thresholds"].as_object().unwrap().len(), 10);
}

#[test]
fn score_uses_the_thresholds_of_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let [ambient, takes, out] = &recordings(folder.path());
    assert!(run(&["calibrate", "--ambient", ambient, "--takes", takes, "--out", out]).status.success());
    let stop = &data("keywords/stop/en-us.wav");
    let heard = run(&["score", "--profile", out, stop]);
    assert!(text(&heard).contains("stop"), "{heard:?}");

    let mut profile: Value = serde_json::from_slice(&fs::read(out).unwrap()).unwrap();
    profile["thresholds"]["stop"] = 1.0.into();
    fs::write(out, profile.to_string()).unwrap();
    let deaf = run(&["score", "--profile", out, stop]);
    assert!(deaf.status.success() && !text(&deaf).contains("stop  "), "{deaf:?}");
}

#[test]
fn a_profile_that_does_not_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [ambient, takes, out] = &recordings(folder.path());
    assert!(run(&["calibrate", "--ambient", ambient, "--takes", takes, "--out", out]).status.success());
    let stop = &data("keywords/stop/en-us.wav");
    let refused = |arguments: &[&str], code: i32, reason: &str| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        assert!(talk(&output).contains(reason), "{reason:?} in {output:?}");
    };
    refused(&["score", "--profile", out, "--language", "ar", stop], 3, "calibrate again");
    refused(&["score", "--profile", out, "--threshold", "0.5", stop], 2, "cannot be used with");
    refused(&["score", "--profile", stop, stop], 3, "was refused");
    fs::write(out, r#"{"version":9}"#).unwrap();
    refused(&["score", "--profile", out, stop], 3, "the profile has version 9, expected 1");
    fs::create_dir(Path::new(takes).join("marvin")).unwrap();
    refused(&["calibrate", "--ambient", ambient, "--takes", takes, "--out", out], 3, "found \"marvin\"");
    refused(&["calibrate", "--out", out, "--keywords", "marvin"], 2, "found \"marvin\"");
    refused(&["calibrate", "--ambient", ambient, "--out", "/no/such/folder/x.json"], 2, "cannot be written");
}
