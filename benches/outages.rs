//! Takes the microphone away from the running program and gives it back, again and again: how long it takes to come back, and
//! whether it hears the words before and after. Needs `PulseAudio`, of which it starts its own.
//!
//! ```sh
//! cargo bench --workspace --bench outages -- 50 10   # removals, kills of the sound server
//! ```

#[path = "../tests/live/outages.rs"]
mod outages;
#[path = "../tests/live/program.rs"]
#[expect(dead_code, reason = "the tests say more to the program")]
mod program;
#[path = "../tests/live/sound_server.rs"]
#[expect(dead_code, reason = "the tests break it in more ways")]
mod sound_server;
#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "tests need more")]
mod support;

use std::process::ExitCode;
use std::time::Duration;

use outages::{Figures, Outcome, outages};

/// The microphone is to be heard again within this time.
const DEADLINE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (removals, kills) = (numbers.first().copied().unwrap_or(3), numbers.get(1).copied().unwrap_or(1));
    println!("outage        back after   heard  memory KiB");
    let Outcome { outages: all, threads } = outages(removals, kills, |figures| println!("{figures}"));
    let mut times: Vec<Duration> = all.iter().map(|figures| figures.return_time).collect();
    times.sort_unstable();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    let [spoken, heard] =
        [|f: &Figures| f.spoken, |f: &Figures| f.heard].map(|of| all.iter().map(of).sum::<usize>());
    println!(
        "{} outages; back after {:.2} s (median), {:.2} s (longest); {heard} of {spoken} words heard",
        all.len(),
        median.as_secs_f64(),
        longest.as_secs_f64()
    );
    println!("threads before and after: {threads:?}");
    if longest <= DEADLINE && heard == spoken { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
