//! Memory does not grow with the length of a recording.

use std::process::{Child, Stdio};

use crate::program::{command, samples, write};

/// Highest memory in use so far, in KiB; nothing once the process is over.
pub(crate) fn peak_kib(process: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().trim_end_matches(" kB").parse().ok()
}

/// Peak memory of scoring so many seconds of audio, in KiB.
fn peak_of(task: &[&str], seconds: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let word = samples("keywords/stop/en-us.wav");
    let audio: Vec<i16> = word.iter().copied().cycle().take(16_000 * seconds).collect();
    let path = write(&folder, "long.wav", &audio);
    let mut process = command(&[&["score"], task, &[path.to_str().unwrap()]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = 0;
    while let Some(now) = peak_kib(&process) {
        peak = peak.max(now);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(process.wait().unwrap().success());
    peak
}

#[test]
fn in_ten_minutes() {
    for task in [&["--threshold", "1"][..], &["--clips"]] {
        let (short, long) = (peak_of(task, 10), peak_of(task, 600));
        // Ten minutes of samples alone are 19 MB, and 38 MB as floats.
        assert!(long < short + 6_000, "{task:?}: {long} KiB for ten minutes, {short} for ten seconds");
    }
}
