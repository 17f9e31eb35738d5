//! Opens ten thousand models, bases and adapters that were changed to do harm, and listens with those that are accepted. Fails if
//! one of them panics, takes more than 256 MB, or more than five seconds.
//!
//! ```sh
//! cargo run --release --example hostile_models -- 10000 1   # how many, and the seed
//! ```
//!
//! A file that fails is written to the folder for temporary files.

#[path = "../tests/promises/based_networks.rs"]
mod based_networks;
#[path = "../tests/promises/hostile.rs"]
mod hostile;
#[path = "../tests/promises/mutation/mod.rs"]
mod mutation;
#[path = "../tests/promises/networks.rs"]
mod networks;

use std::collections::BTreeMap;
use std::error::Error;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use hostile::{MOST_BYTES, Original, Outcome, open, originals};
use mutation::{Dice, mutant};

const LONGEST: Duration = Duration::from_secs(5);

/// Panics of any thread; those of tract are turned into errors.
static PANICS: AtomicU64 = AtomicU64::new(0);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    std::panic::set_hook(Box::new(|_| _ = PANICS.fetch_add(1, Ordering::Relaxed)));
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let originals = originals(&repository)?;
    let (mut dice, mut tally) = (Dice::new(seed), Tally::default());
    for number in 0..count {
        let Original { name, bytes, way } = &originals[dice.below(originals.len())];
        let (bytes, done) = mutant(bytes, &mut dice);
        let what = format!("{number}: {name} {way:?}, {done}");
        let (way, copy) = (*way, bytes.clone());
        let (answer, receive) = mpsc::channel();
        let begun = Instant::now();
        // One that hangs is left behind.
        thread::spawn(move || {
            let mut outcome = None;
            let used = measure(|| outcome = catch_unwind(|| open(way, &copy)).ok());
            answer.send((outcome, used.bytes_max))
        });
        let trouble = match receive.recv_timeout(LONGEST) {
            Err(RecvTimeoutError::Timeout) => Some("it hangs".into()),
            Err(RecvTimeoutError::Disconnected) | Ok((None, _)) => Some("it panicked".into()),
            Ok((Some(outcome), most)) => {
                tally.add(&outcome, most, begun.elapsed(), &what);
                (most > MOST_BYTES).then(|| format!("it took {} MiB", most >> 20))
            }
        };
        if let Some(trouble) = trouble {
            let path = std::env::temp_dir().join(format!("hostile-{seed}-{number}-{way:?}.onnx"));
            std::fs::write(&path, bytes)?;
            println!("{what}: {trouble} ({})", path.display());
            tally.failed += 1;
        }
    }
    tally.print(count, seed);
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What became of all.
#[derive(Default)]
struct Tally {
    refused: u64,
    gave_up: u64,
    listened: u64,
    failed: u64,
    /// By the words before what differs from file to file.
    reasons: BTreeMap<String, u64>,
    slowest: (Duration, String),
    largest: (u64, String),
}

impl Tally {
    fn add(&mut self, outcome: &Outcome, most: u64, took: Duration, what: &str) {
        match outcome {
            Outcome::Refused(reason) | Outcome::GaveUp(reason) => {
                let words: Vec<&str> = reason.split([' ', ',']).take(5).collect();
                *self.reasons.entry(words.join(" ")).or_default() += 1;
            }
            Outcome::Listened => {}
        }
        match outcome {
            Outcome::Refused(_) => self.refused += 1,
            Outcome::GaveUp(_) => self.gave_up += 1,
            Outcome::Listened => self.listened += 1,
        }
        if took > self.slowest.0 {
            self.slowest = (took, what.into());
        }
        if most > self.largest.0 {
            self.largest = (most, what.into());
        }
    }

    fn print(&self, count: u64, seed: u64) {
        let Self { refused, gave_up, listened, failed, .. } = self;
        println!(
            "{count} files, seed {seed}: {refused} refused, {gave_up} gave up while listening, {listened} listened, {failed} failed"
        );
        println!("panics of tract that became errors: {}", PANICS.load(Ordering::Relaxed));
        println!("slowest: {:.2} s ({})", self.slowest.0.as_secs_f64(), self.slowest.1);
        println!("most memory: {:.1} MiB ({})", self.largest.0 as f64 / f64::from(1 << 20), self.largest.1);
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons {
            println!("{count:>6}  {reason} …");
        }
    }
}
