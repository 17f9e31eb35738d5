//! Memory does not grow with the length of a recording.

use std::path::Path;
use std::process::Stdio;

use crate::program::{command, samples, write};
use crate::support::process::peak_kib;

/// Peak memory of scoring so many seconds of audio, in KiB.
fn peak_of(task: &[&str], seconds: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let word = samples("keywords/stop/en-us.wav");
    let audio: Vec<i16> = word.iter().copied().cycle().take(16_000 * seconds).collect();
    peak_of_file(task, &write(&folder, "long.wav", &audio))
}

fn peak_of_file(task: &[&str], path: &Path) -> u64 {
    let process = command(&[&["score"], task, &[path.to_str().unwrap()]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    peak_kib(process)
}

#[test]
fn memory_does_not_grow_with_ten_minutes_of_audio() {
    for task in [&["--threshold", "1"][..], &["--clips"]] {
        let (short, long) = (peak_of(task, 10), peak_of(task, 600));
        // Ten minutes of samples alone are 19 MB, and 38 MB as floats.
        assert!(long < short + 6_000, "{task:?}: {long} KiB for ten minutes, {short} for ten seconds");
    }
}

#[test]
fn memory_does_not_grow_with_a_hundred_megabytes_of_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let path = crate::flac::flac_of(&folder, &samples("keywords/stop/en-us.wav"));
    // It is over within milliseconds, and may grow between the last look at it and its end.
    let plain = (0..5).map(|_| peak_of_file(&[], &path)).max().unwrap();
    let sound = std::fs::read(&path).unwrap();
    // Behind the 34 bytes that describe the stream, which are no longer the last: 100 MB of pictures, of applications, of comments.
    let mut bytes = sound[..42].to_vec();
    bytes[4] = 0;
    for kind in [6, 2, 4, 6, 2, 0x84] {
        bytes.extend([kind, 0xFF, 0xFF, 0xFF]);
        bytes.resize(bytes.len() + 0xFF_FFFF, 0);
    }
    bytes.extend(&sound[42..]);
    std::fs::write(&path, bytes).unwrap();
    let tagged = peak_of_file(&[], &path);
    assert!(tagged < plain + 2_000, "{tagged} KiB with metadata, {plain} without");
}
