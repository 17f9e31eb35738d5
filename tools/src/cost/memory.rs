//! What a process needs that runs a model and nothing else.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use polyspot::Model;
use polyspot::stream::PosteriorStream;
use polyspot_text::tell;

use super::Pair;

/// Runs of each model; the median counts.
const RUNS: usize = 5;

/// Largest resident sizes, in KiB, of processes that take turns; `None` where the system does not tell.
pub(super) fn of_processes(base: &Path, language: &Path) -> Result<Option<Pair<u64>>> {
    if !Path::new("/proc/self/status").exists() {
        return Ok(None);
    }
    let (mut bases, mut languages) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bases.push(of_process(base)?);
        languages.push(of_process(language)?);
    }
    let median = |mut sizes: Vec<u64>| {
        sizes.sort_unstable();
        sizes[sizes.len() / 2]
    };
    Ok(Some(Pair { base: median(bases), language: median(languages) }))
}

fn of_process(model: &Path) -> Result<u64> {
    let program = std::env::current_exe().context("finding this program")?;
    let output = Command::new(program).args(["cost", "--probe"]).arg(model).output()?;
    ensure!(output.status.success(), "measuring memory: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Loads a model, listens to ten seconds and prints the largest resident size of this process in KiB.
pub(crate) fn probe(path: &Path) -> Result<()> {
    let mut stream = PosteriorStream::new(&Arc::new(Model::from_path(path)?))?;
    for _ in 0..100 {
        stream.push(&[0.01; 1_600], |_| {})?;
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line =
        status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM in /proc/self/status")?;
    tell!("{}", line.split_whitespace().nth(1).context("VmHWM has no value")?)?;
    Ok(())
}
