//! `polyspot soak` plays the same hour again and again, and each is heard as the first; here hours of four minutes.

use crate::program::{command, data, run, text};

#[test]
fn through_lost_microphones_and_changes_of_language() {
    let output = run(&["soak", &data("keywords"), "--hours", "0.2", "--round", "4", "--language", "en,zh"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let table = text(&output);
    assert_eq!(table.lines().filter(|line| line.ends_with("  as the first")).count(), 3, "{table}");
    assert!(table.contains("unaccounted for: 0 samples, 0 frames, 0 losses"), "{table}");
    assert!(!table.contains("BROKEN"), "{table}");
}

#[test]
fn unless_nothing_is_heard() {
    let silence = data("keywords/silence");
    let output = command(&["soak", &silence, "--hours", "0.05", "--round", "4"]).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    assert!(text(&output).contains("BROKEN  0 detections in the first round"), "{output:?}");
}
