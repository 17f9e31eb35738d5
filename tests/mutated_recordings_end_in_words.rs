//! Recordings of every kind, changed at random, are heard or refused with a reason. `tests/scripts/mutated_recordings.py` does the
//! same with thousands, and measures memory and processor time.

use std::fs;
use std::path::PathBuf;

use crate::program::{command, data, json_lines, of_kind, run, talk};

/// Changed files of each sound one.
const CHANGES: usize = 4;

/// Sound recordings.
fn sound() -> Vec<PathBuf> {
    let folders = ["formats", "coded", "../../runtime/polyspot-audio/tests/data"];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(data(folder)).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    files.sort_unstable();
    files
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % limit.max(1)
    }

    /// One to three changes, half of them where headers are.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let reach = if self.below(2) == 0 { bytes.len().min(200) } else { bytes.len() };
            let at = self.below(reach);
            let end = (at + 1 + self.below(64)).min(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at.max(1)),
                1 => drop(bytes.drain(at..end)),
                2 => bytes[at..end].fill([0, 0x7F, 0x80, 0xFF][self.below(4)]),
                3 => bytes[at] ^= 1 << self.below(8),
                _ => drop(bytes.splice(at..at, vec![0xFF; end - at])),
            }
        }
    }
}

#[test]
fn in_score_doctor_and_explain() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(24);
    let mut files = Vec::new();
    for (number, path) in sound().iter().enumerate() {
        let bytes = fs::read(path).unwrap();
        for change in 0..CHANGES {
            let mut changed = bytes.clone();
            random.change(&mut changed);
            let ending = path.extension().unwrap().to_str().unwrap();
            let file = folder.path().join(format!("{number:02}-{change}.{ending}"));
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
