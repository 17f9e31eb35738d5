//! Recordings of every kind, changed at random, are heard or refused with a reason. `tests/scripts/mutated_recordings.py` does the
//! same with thousands, and measures memory and processor time.

use std::fs;
use std::path::PathBuf;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::program::{command, data, json_lines, of_kind, run, talk};
use crate::support::folder::entries;

/// Changed files of each sound one.
const CHANGES: usize = 4;

/// Sound recordings.
fn sound() -> Vec<PathBuf> {
    let folders = ["formats", "coded", "../../runtime/polyspot-audio/tests/data"];
    folders.iter().flat_map(|folder| entries(data(folder))).collect()
}

/// Makes one to three changes, half of them where headers are.
fn change(bytes: &mut Vec<u8>, random: &mut SmallRng) {
    for _ in 0..random.random_range(1..=3) {
        if bytes.is_empty() {
            return;
        }
        let reach = if random.random() { bytes.len().min(200) } else { bytes.len() };
        let at = random.random_range(0..reach);
        let end = (at + random.random_range(1..=64)).min(bytes.len());
        match random.random_range(0..5) {
            0 => bytes.truncate(at.max(1)),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at..end].fill([0, 0x7F, 0x80, 0xFF][random.random_range(0..4)]),
            3 => bytes[at] ^= 1 << random.random_range(0..8),
            _ => drop(bytes.splice(at..at, vec![0xFF; end - at])),
        }
    }
}

#[test]
fn mutated_recordings_are_heard_or_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = SmallRng::seed_from_u64(24);
    let mut files = Vec::new();
    for (number, path) in sound().iter().enumerate() {
        let bytes = fs::read(path).unwrap();
        for copy in 0..CHANGES {
            let mut changed = bytes.clone();
            change(&mut changed, &mut random);
            let ending = path.extension().unwrap().to_str().unwrap();
            let file = folder.path().join(format!("{number:02}-{copy}.{ending}"));
            fs::write(&file, changed).unwrap();
            files.push(file);
        }
    }
    let output = run(&["score", "--format", "jsonl", folder.path().to_str().unwrap()]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
    let events = json_lines(&output);
    let (heard, refused) = (of_kind(&events, "file"), of_kind(&events, "error"));
    assert!(heard.len() > 20 && refused.len() > 20, "{} were heard, {} refused", heard.len(), refused.len());
    assert!(refused.iter().all(|event| event["reason"].as_str().unwrap().len() > 10), "{refused:?}");
    for path in &files {
        let is_told = |event: &serde_json::Value| event["file"] == path.to_str().unwrap();
        assert!(events.iter().any(is_told), "nothing of {}", path.display());
    }
    // Each of these is a process: every third file has to do.
    for (path, arguments) in
        files.iter().step_by(3).zip([&["explain"][..], &["doctor", "--file"]].iter().cycle())
    {
        let output = command(arguments).arg(path).output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {output:?}", path.display());
        let is_refused = output.stdout.is_empty();
        assert!(!is_refused || talk(&output).contains(path.to_str().unwrap()), "{output:?}");
    }
}
