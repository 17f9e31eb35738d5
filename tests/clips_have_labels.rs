//! With `--clips` each file has one label; folders named after words are compared with it.

use serde_json::Value;

use crate::program::{command, data, json_lines, of_kind, run, samples, text, write};

#[test]
fn clips_of_synthetic_voices_get_the_right_labels() {
    let output = run(&["score", "--clips", "--format", "jsonl", &data("keywords")]);
    assert!(output.status.success(), "{output:?}");
    let events = json_lines(&output);
    let clips = of_kind(&events, "clip");
    assert_eq!(clips.len(), 34);
    let right = clips.iter().filter(|clip| clip["label"] == clip["expected"]).count();
    assert!(right >= 31, "{right} of 34 right: {}", text(&output));
    for clip in &clips {
        let folder = clip["file"].as_str().unwrap().rsplit('/').nth(1).unwrap();
        let expected = match folder {
            "seven" | "happy" | "marvin" => "unknown",
            keyword_or_silence => keyword_or_silence,
        };
        assert_eq!(clip["expected"], expected);
    }

    let accuracy = &events.last().unwrap()["clips"];
    assert_eq!((&accuracy["clips"], &accuracy["right"]), (&34.into(), &right.into()));
    assert!((accuracy["accuracy"].as_f64().unwrap() - right as f64 / 34.0).abs() < 1e-4);
    let rows = accuracy["confusion"].as_array().unwrap();
    assert_eq!(rows.len(), accuracy["labels"].as_array().unwrap().len());
    let counted: u64 = rows.iter().flat_map(|row| row.as_array().unwrap()).filter_map(Value::as_u64).sum();
    assert_eq!(counted, 34);
}

#[test]
fn accuracy_and_confusions_of_clips_are_shown_as_text() {
    let output = run(&["score", "--clips", &data("keywords/stop"), &data("keywords/seven")]);
    let text = text(&output);
    assert!(text.contains("keywords/stop/en-us.wav: stop "), "{text}");
    assert!(text.contains("of 4 clips have the label of their folder: "), "{text}");
    let table = text.split_once("\n\n").unwrap().1;
    assert!(table.lines().next().unwrap().trim_start().starts_with("right"), "{table}");
    assert!(table.contains("\nstop ") || table.contains("\nstop  "), "{table}");
}

#[test]
fn no_accuracy_is_claimed_where_folders_name_no_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "recordings/1.wav", &samples("keywords/stop/en-us.wav"));
    let output = run(&["score", "--clips", "--format", "jsonl", path.to_str().unwrap()]);
    let events = json_lines(&output);
    assert_eq!(of_kind(&events, "clip")[0]["label"], "stop");
    assert!(of_kind(&events, "clip")[0].get("expected").is_none());
    assert!(events.last().unwrap().get("clips").is_none());
}

#[test]
fn labels_are_written_as_csv_and_confusions_on_standard_error() {
    let output = run(&["score", "--clips", "--format", "csv", &data("keywords/stop")]);
    let lines: Vec<&str> = text(&output).lines().collect();
    assert_eq!(lines[0], "file,label,score,expected");
    assert_eq!(lines.len(), 4);
    assert!(lines[1].ends_with(",stop"), "{}", lines[1]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("of 3 clips have the label"), "{output:?}");
}

#[test]
fn clips_shorter_or_longer_than_a_window_get_their_label() {
    let folder = tempfile::tempdir().unwrap();
    let word = samples("keywords/stop/en-us.wav");
    let silence = vec![0; 24_000];
    let cut = write(&folder, "cut.wav", &word[2_000..14_000]);
    let long = write(&folder, "long.wav", &[&silence[..], &word, &silence].concat());
    let output = run(&["score", "--clips", "--format", "csv", cut.to_str().unwrap(), long.to_str().unwrap()]);
    for line in text(&output).lines().skip(1) {
        assert!(line.contains(",stop,"), "{line}");
    }
}

#[test]
fn folders_that_name_no_word_of_the_model_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    for word in ["ja", "nein"] {
        write(&folder, &format!("set/{word}/1.wav"), &samples("keywords/stop/en-us.wav"));
    }
    let set = folder.path().join("set");
    let output = run(&["score", "--clips", set.to_str().unwrap()]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(
        talk.contains("no folder is named after a keyword of the model (en)")
            && talk.contains("found ja, nein."),
        "{talk}"
    );
    let output = run(&["score", "--clips", &data("keywords")]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("no folder"), "{output:?}");
}

#[test]
fn the_confusion_table_is_no_wider_than_the_terminal() {
    for columns in [40, 60, 80] {
        let output = command(&["score", "--clips", &data("keywords")])
            .env("COLUMNS", columns.to_string())
            .output()
            .unwrap();
        let table = text(&output).split_once("\n\n").unwrap().1.split_once("\n\n").unwrap().0;
        assert!(table.lines().count() > 10, "{table}");
        assert!(table.lines().all(|line| line.chars().count() <= columns), "{columns}: {table}");
    }
}
