//! Results are in the order of the paths, in folders by name, in every format.

use std::process::Stdio;

use serde_json::Value;

use crate::program::{WORDS, command, data, json_lines, of_kind, run, samples, session, text, write};

#[test]
fn results_are_in_the_order_of_paths_even_if_the_first_takes_longest() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "a/long.wav", &session(&WORDS, "en-us"));
    for name in ["a/b.wav", "c.wav", "b/1.WAV", "b/2.wav", "b/.hidden.wav"] {
        write(&folder, name, &samples("keywords/yes/en-us.wav"));
    }
    std::fs::write(folder.path().join("notes.txt"), "no recording").unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let output = run(&["score", "--format", "jsonl", &path("a/long.wav"), &path(""), &path("c.wav")]);
    assert!(output.status.success(), "{output:?}");

    let events = json_lines(&output);
    let files: Vec<&str> =
        of_kind(&events, "file").iter().map(|event| event["file"].as_str().unwrap()).collect();
    let expected = ["a/long.wav", "a/b.wav", "a/long.wav", "b/1.WAV", "b/2.wav", "c.wav", "c.wav"].map(path);
    assert_eq!(files, expected);

    // Detections stand before the end of their file, in the order of time.
    let mut last = (Value::Null, 0);
    for event in events.iter().filter(|event| event["event"] == "detection") {
        let start = event["start"].as_u64().unwrap();
        assert!(event["file"] != last.0 || start >= last.1, "{event}");
        last = (event["file"].clone(), start);
    }
    assert_eq!(events.last().unwrap()["event"], "summary");
}

#[test]
fn scoring_twice_gives_the_same() {
    let folder = data("keywords");
    let run = || run(&["score", "--format", "csv", &folder]).stdout;
    assert_eq!(run(), run());
}

#[test]
fn json_lines_tell_their_version_and_add_up() {
    let output = run(&["score", "--format", "jsonl", &data("formats")]);
    let events = json_lines(&output);
    assert!(events.iter().all(|event| event["schema"] == 1));
    let (files, detections) = (of_kind(&events, "file"), of_kind(&events, "detection"));
    for event in &detections {
        let [start, end] = ["start", "end"].map(|key| event[key].as_u64().unwrap());
        assert!(start < end && end <= 16_000, "{event}");
        assert!((0.0..=1.0).contains(&event["score"].as_f64().unwrap()), "{event}");
        assert!((event["end_seconds"].as_f64().unwrap() - end as f64 / 16_000.0).abs() < 1e-3, "{event}");
        assert_eq!(event["language"], "en");
    }
    let summary = events.last().unwrap();
    assert_eq!(summary["files"], files.len());
    assert_eq!(summary["findings"], detections.len());
    assert_eq!(summary["seconds"], 8.0);
    assert_eq!(summary["broken"], 0);
}

#[test]
fn csv_has_a_header_and_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "one, two \"three\".wav", &samples("keywords/stop/en-us.wav"));
    let output = run(&["score", "--format", "csv", path.to_str().unwrap()]);
    let mut csv = csv::Reader::from_reader(&output.stdout[..]);
    let header = ["file", "keyword", "language", "score", "start_seconds", "end_seconds"];
    assert_eq!(csv.headers().unwrap(), &header[..]);
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1, "{output:?}");
    assert_eq!((&rows[0][0], &rows[0][1]), (path.to_str().unwrap(), "stop"));
}

#[test]
fn text_has_one_line_for_each_detection_or_file_without() {
    let (word, noise) = (data("keywords/stop/en-us.wav"), data("keywords/silence/brown-noise.wav"));
    let output = run(&["score", &word, &noise]);
    let lines: Vec<&str> = text(&output).lines().collect();
    assert_eq!(lines.len(), 2, "{output:?}");
    assert!(lines[0].starts_with(&format!("{word}: 0.")) && lines[0].contains(" s stop "), "{}", lines[0]);
    assert_eq!(lines[1], format!("{noise}: no keyword"));
}

#[test]
fn a_reader_that_has_enough_ends_scoring_well() {
    for format in ["text", "jsonl", "csv"] {
        let mut program = command(&["score", "--format", format, &data("keywords")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(program.stdout.take());
        let output = program.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}
