//! A recording that cannot be read is reported with the reason, the others are scored, and the exit code tells.

use crate::flac::flac_of;
use crate::program::{data, json_lines, of_kind, run, session, talk, text, write};

#[test]
fn broken_files_of_a_folder_are_reported_and_the_others_scored() {
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
    let heard = of_kind(&events, "file");
    assert_eq!(heard[0]["damaged"], false);
    let summary = events.last().unwrap();
    assert_eq!((&summary["files"], &summary["broken"]), (&1.into(), &5.into()));
    assert_eq!((&summary["damaged"], &summary["truncated"]), (&0.into(), &0.into()));
}

#[test]
fn a_missing_file_and_an_empty_folder_are_reported_and_the_others_scored() {
    let empty = tempfile::tempdir().unwrap();
    let word = data("formats/16_bit.wav");
    let output = run(&["score", "no such file.wav", empty.path().to_str().unwrap(), &word]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output).starts_with(&word), "{output:?}");
    assert!(talk(&output).contains("no such file.wav: the file cannot be read: No such file"), "{output:?}");
    assert!(talk(&output).contains("the folder holds no recording"), "{output:?}");
}

#[test]
fn a_recording_that_was_cut_off_is_scored_as_far_as_it_goes() {
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

#[test]
fn a_damaged_recording_is_scored_before_and_behind_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    // Words at 0, 2 and 4 s; sixteen frames a second, about 2.5 KB each.
    let words = session(&["stop", "go", "stop"], "en-us");
    let flac = flac_of(&folder, &words);
    let mut bytes = std::fs::read(&flac).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 50].fill(0x55);
    std::fs::write(&flac, bytes).unwrap();
    let output = run(&["score", "--format", "jsonl", flac.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    let events = json_lines(&output);
    let starts: Vec<f64> = of_kind(&events, "detection")
        .iter()
        .filter(|d| d["keyword"] == "stop")
        .map(|d| d["start_seconds"].as_f64().unwrap())
        .collect();
    assert!(
        starts.iter().any(|start| *start < 1.0) && starts.iter().any(|start| (3.5..5.0).contains(start)),
        "{starts:?}"
    );
    assert!(
        of_kind(&events, "error")[0]["reason"].as_str().unwrap().contains("the audio is damaged at "),
        "{events:?}"
    );
    assert_eq!(
        (&of_kind(&events, "file")[0]["seconds"], &of_kind(&events, "file")[0]["damaged"]),
        (&6.0.into(), &true.into())
    );
    assert!(talk(&output).contains("what is sound before and behind was scored"), "{output:?}");
}

#[test]
fn a_recording_without_a_sample_is_one_without_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "nothing.wav", &[]);
    for task in [&["score"][..], &["score", "--clips"]] {
        let output = run(&[task, &["--format", "jsonl", path.to_str().unwrap()]].concat());
        assert!(output.status.success(), "{output:?}");
        let events = json_lines(&output);
        assert_eq!(
            (&events[0]["event"], &events[0]["seconds"], &events[0]["findings"]),
            (&"file".into(), &0.0.into(), &0.into())
        );
        assert_eq!(events.last().unwrap()["broken"], 0);
    }
    for command in [&["explain"][..], &["doctor", "--file"]] {
        let output = run(&[command, &[path.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(3));
        assert!(talk(&output).contains("found an empty recording"), "{output:?}");
    }
}
