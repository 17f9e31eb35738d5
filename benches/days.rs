//! Days of listening at full speed, without a device: microphones of four kinds break, come back, deliver too much at once and too
//! little, and the language changes each twenty seconds.
//!
//! ```sh
//! cargo bench --workspace --bench days -- --hours 72 --language en,ar,zh
//! ```
//! Fails if a sample is unaccounted for, a round is not heard as the first one was, memory changes after the first hour by more than
//! 2 %, or a push of 100 ms takes longer by more than 10 % in the end (99th percentile of processor time; from six hours on).

#[path = "../tests/soak/mod.rs"]
mod soak;
#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "tests need more")]
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use polyspot::ModelStore;

use soak::Plan;

/// Models of the repository that are kept ready.
const MOST_READY: usize = 16;

/// Days of listening at full speed, without a device.
#[derive(Parser)]
struct Args {
    /// Recordings to play, keywords among them: files, or folders of WAV or FLAC files.
    #[arg(value_name = "PATH", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/keywords"))]
    recordings: Vec<PathBuf>,

    /// Listen with these models of the repository, each alone and all at once.
    #[arg(long, value_name = "TAG", value_delimiter = ',', default_value = "en")]
    language: Vec<String>,

    /// Simulate so many hours.
    #[arg(long, default_value_t = 1.0)]
    hours: f64,

    /// Let a round last so many minutes.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(4..=600))]
    round: u32,

    /// Cargo gives this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let Args { recordings, language, hours, round, .. } = Args::parse();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let mut store = ModelStore::new(MOST_READY);
    for tag in &language {
        store.add_file(&folder.join(format!("{tag}.onnx")))?;
    }
    let models = language.iter().map(|tag| store.load(tag)).collect::<Result<_, _>>()?;
    let is_well = Plan { recordings, models, hours, round }.run(&mut std::io::stdout().lock())?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
