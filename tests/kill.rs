//! Programs killed at random points, and what they leave.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::folder::file_names;

/// A random number below `n`, another in every run: whatever the moment, what is promised holds.
pub(crate) fn random_below(n: u64) -> u64 {
    RandomState::new().hash_one(n) % n.max(1)
}

/// How often each command is killed: `usual`, or what the environment variable `POLYSPOT_KILLS` says. Every run kills at other
/// moments.
pub(crate) fn kills(usual: usize) -> usize {
    std::env::var("POLYSPOT_KILLS")
        .map_or(usual, |number| number.parse().expect("POLYSPOT_KILLS is a number"))
}

/// Starts a program and kills it (SIGKILL): at a random point of the time that it takes, or a random moment after it then
/// begins to write a file in `folder`.
pub(crate) fn kill_at_random(command: &mut Command, takes: Duration, folder: &Path) {
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let random = takes.mul_f64(random_below(1_000) as f64 / 1_000.0);
    while begun.elapsed() < random && running.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    if random_below(2) == 0 {
        while running.try_wait().unwrap().is_none() && partial_files(folder) == 0 {}
        let moment = Instant::now();
        while moment.elapsed() < Duration::from_micros(random_below(3_000)) {}
    }
    running.kill().unwrap();
    running.wait().unwrap();
}

/// Files that are being written in a folder.
pub(crate) fn partial_files(folder: &Path) -> usize {
    file_names(folder).iter().filter(|name| name.ends_with(".partial")).count()
}
