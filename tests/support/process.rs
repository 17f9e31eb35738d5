//! What the system tells of a process, where there is `/proc`.

use std::process::Child;
use std::time::Duration;

/// A number of a process's status, such as `Threads`, or `VmRSS` in KiB; none once the process is over.
pub(crate) fn status(id: u32, key: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let values = status.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = values.into_iter().find(|(name, _)| *name == key)?;
    value.split_whitespace().next()?.parse().ok()
}

/// The most memory, in KiB, that a process needs until it ends well.
#[track_caller]
pub(crate) fn peak_kib(mut process: Child) -> u64 {
    let mut peak = 0;
    while let Some(now) = status(process.id(), "VmHWM") {
        peak = peak.max(now);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(process.wait().unwrap().success());
    peak
}
