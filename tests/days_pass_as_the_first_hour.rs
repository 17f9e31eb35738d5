//! The same hour of listening is heard again and again as it was the first time; here hours of four minutes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyspot::Model;

use crate::program::data;
use crate::soak::Plan;

/// Whether hours of four minutes go by as the first, and what is said of them.
fn listen(hours: f64, recordings: &str, languages: &[&str]) -> (bool, String) {
    let model = |language: &&str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../models/{language}.onnx"));
        Arc::new(Model::from_path(file).unwrap())
    };
    let plan = Plan {
        recordings: vec![PathBuf::from(data(recordings))],
        models: languages.iter().map(model).collect(),
        hours,
        round: 4,
    };
    let mut table = Vec::new();
    let is_well = plan.run(&mut table).unwrap();
    (is_well, String::from_utf8(table).unwrap())
}

#[test]
fn lost_microphones_and_changes_of_language_leave_no_trace_in_the_next_hour() {
    let (is_well, table) = listen(0.2, "keywords", &["en", "zh"]);
    assert!(is_well && !table.contains("BROKEN"), "{table}");
    assert_eq!(table.lines().filter(|line| line.ends_with("  as the first")).count(), 3, "{table}");
    assert!(table.contains("unaccounted for: 0 samples, 0 frames, 0 losses"), "{table}");
}

#[test]
fn hours_in_which_nothing_is_heard_are_told_of() {
    let (is_well, table) = listen(0.05, "keywords/silence", &["en"]);
    assert!(!is_well && table.contains("BROKEN  0 detections in the first round"), "{table}");
}
