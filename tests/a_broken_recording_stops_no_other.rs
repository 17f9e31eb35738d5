//! A recording that cannot be read is reported with the reason, the others are scored, and the exit code tells.

use crate::program::{data, json_lines, of_kind, run, talk, text};

#[test]
fn in_a_folder() {
    let output = run(&["score", "--format", "jsonl", &data("broken"), &data("formats/16_bit.wav")]);
    assert_eq!(output.status.code(), Some(3));
    let events = json_lines(&output);
    let reason = |file: &str| {
        let events = of_kind(&events, "error");
        let event = events.iter().find(|event| event["file"] == data(&format!("broken/{file}")));
        event.unwrap_or_else(|| panic!("no error for {file}"))["reason"].as_str().unwrap().to_string()
    };
    for (file, expected) in [
        ("empty.wav", "empty"),
        ("header_cut_off.wav", "end of the file"),
        ("no_header.flac", "expected WAV"),
        ("text.wav", "expected WAV"),
        ("zero_hz.wav", "0 Hz"),
    ] {
        assert!(reason(file).contains(expected), "{file}: {}", reason(file));
        assert!(talk(&output).contains(&data(&format!("broken/{file}"))), "{file} on standard error");
    }
    assert_eq!(of_kind(&events, "file").len(), 1);
    let summary = events.last().unwrap();
    assert_eq!((&summary["files"], &summary["broken"]), (&1.into(), &5.into()));
}

#[test]
fn that_is_missing_or_a_folder_without_recordings() {
    let empty = tempfile::tempdir().unwrap();
    let word = data("formats/16_bit.wav");
    let output = run(&["score", "no such file.wav", empty.path().to_str().unwrap(), &word]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).starts_with(&word), "{output:?}");
    assert!(talk(&output).contains("no such file.wav: the file cannot be read: No such file"), "{output:?}");
    assert!(talk(&output).contains("the folder holds no recording"), "{output:?}");
}

#[test]
fn that_was_cut_off_is_scored_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut_off.wav");
    let whole = std::fs::read(data("keywords/stop/en-us.wav")).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 3_201]).unwrap();
    let output = run(&["score", "--format", "jsonl", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let events = json_lines(&output);
    assert_eq!(of_kind(&events, "detection")[0]["keyword"], "stop");
    assert_eq!(of_kind(&events, "file")[0]["truncated"], true);
    assert_eq!(events.last().unwrap()["truncated"], 1);
    assert!(talk(&output).contains("ends before the audio it announces"), "{output:?}");
}
