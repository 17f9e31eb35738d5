//! The English models find the words in a minute of synthetic speech, at the right places.

use serde_json::Value;

use crate::program::{WORDS, json_lines, of_kind, run, session, write};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/tiny/en.onnx");

#[test]
fn spoken_words_are_found_at_the_right_places() {
    finds_words_at_the_right_places(&[]);
}

#[test]
fn the_tiny_model_finds_them_too() {
    finds_words_at_the_right_places(&["--model", TINY]);
}

#[track_caller]
fn finds_words_at_the_right_places(model: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let minute: Vec<i16> =
        ["en-us", "en-gb-f2", "en-gb-scotland-m3"].iter().flat_map(|voice| session(&WORDS, voice)).collect();
    let path = write(&folder, "minute.wav", &minute);
    let score = ["score", "--format", "jsonl", path.to_str().unwrap()];
    let output = run(&[&score, model].concat());
    assert!(output.status.success(), "{output:?}");
    let events = json_lines(&output);
    let detections = of_kind(&events, "detection");

    let mut found = [false; 30];
    let mut wrong = Vec::new();
    for detection in detections {
        // The middle of the window judged lies within the two seconds of the word.
        let [start, end] = ["start_seconds", "end_seconds"].map(|key| detection[key].as_f64().unwrap());
        let place = ((start + end) / 4.0) as usize;
        if detection["keyword"] == WORDS[place % 10] && !found[place] {
            found[place] = true;
        } else {
            wrong.push(detection);
        }
    }
    let found = found.iter().filter(|&&found| found).count();
    assert!(found >= 29, "{found} of 30 words; wrong: {wrong:?}");
    assert!(wrong.len() <= 1, "{wrong:?}");
}

#[test]
fn both_engines_find_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "words.wav", &session(&WORDS, "en-us"));
    let [kernel, tract] = ["kernel", "tract"].map(|engine| {
        let output = run(&["score", "--engine", engine, "--format", "jsonl", path.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        let events = json_lines(&output);
        let place = |event: &Value| ["keyword", "start_seconds", "end_seconds"].map(|key| event[key].clone());
        of_kind(&events, "detection").into_iter().map(place).collect::<Vec<_>>()
    });
    assert!(kernel.len() >= 9, "{kernel:?}");
    assert_eq!(kernel, tract);
}
