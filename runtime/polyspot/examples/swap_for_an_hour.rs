//! Listens to an hour of words over noise at full speed while the language changes 10,000 times in random order. Fails if a sample
//! is lost or heard twice, if a detection away from swaps is not what it would be without them, if a model is loaded twice, or if
//! memory grows.
//!
//! ```sh
//! cargo run --release --example swap_for_an_hour -- models
//! ```

#[path = "../tests/promises/swap_session.rs"]
mod swap_session;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use polyspot::ModelStore;
use swap_session::{PERIOD, RATE_HZ, clips, listen};

const PERIODS: usize = 3_600 * RATE_HZ / PERIOD;
const SWAPS: usize = 10_000;
/// What resident memory may grow by after the first fifth.
const SLACK_KIB: u64 = 256;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "models".into());
    let mut store = ModelStore::new(8);
    if let Some((path, error)) = store.add_folder(Path::new(&folder))?.first() {
        return Err(format!("{}: {error}", path.display()).into());
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    let clips = clips(&[&data.join("keywords"), &data.join("other_languages")])?;
    let mut memory = Vec::new();
    let outcome = listen(&store, &clips, PERIODS, SWAPS, |period| {
        if (period + 1) % (PERIODS / 10) == 0 {
            memory.extend(resident_kib());
        }
    })?;
    let languages = store.languages().count();
    let [swapped, alone] = &outcome.away_from_swaps;
    println!("{} samples, {} swaps among {languages} languages", outcome.samples, outcome.swaps);
    println!(
        "{} detections; away from swaps {}, without swaps {}",
        outcome.detections,
        swapped.len(),
        alone.len()
    );
    println!("{} models loaded; resident memory in KiB over time: {memory:?}", outcome.models_loaded);
    let grown =
        memory.iter().skip(1).max().zip(memory.get(1)).is_some_and(|(most, begin)| most - begin > SLACK_KIB);
    let mut broken = Vec::new();
    for (is_broken, what) in [
        (outcome.samples != PERIODS * PERIOD || outcome.swaps != SWAPS, "samples or swaps are missing"),
        (alone.is_empty(), "nothing was heard"),
        (swapped != alone, "detections away from swaps are not those without swaps"),
        (outcome.models_loaded > languages, "a model was loaded twice"),
        (grown, "memory grew"),
    ] {
        if is_broken {
            broken.push(what);
        }
    }
    if let Some((found, expected)) = swapped.iter().zip(alone).find(|(found, expected)| found != expected) {
        println!("the first that differs: {found:?}, expected {expected:?}");
    }
    println!("{}", if broken.is_empty() { "nothing is broken".to_owned() } else { broken.join("; ") });
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Resident memory of this process, where /proc tells it.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
