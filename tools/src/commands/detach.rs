//! `polyspot-tools detach`: a base and its languages, to be fused while the runtime loads them.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use polyspot_text::say;

use crate::adaptation::Adapter;
use crate::export::{base_bytes, write_adapter};
use crate::files::{check_outputs, write_whole};
use crate::training::Checkpoint;
use crate::training::checkpoint::file_sha256;

/// Write a base as the runtime reads it, or a language as a file of its changes to that base.
///
/// Base and adapters in one folder serve instead of the fused models: `polyspot listen --models DIR`. What an adapter makes of
/// the base is its model bit for bit; it is written only if it does.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Checkpoint that `train` wrote
    #[arg(long, value_name = "FILE")]
    base: PathBuf,
    /// Adapter that `adapt` wrote for this base; without one the base itself is written
    #[arg(long, value_name = "FILE", requires = "model")]
    adapter: Option<PathBuf>,
    /// Model that was fused from both and calibrated: its manifest becomes the adapter's
    #[arg(long, value_name = "FILE", requires = "adapter")]
    model: Option<PathBuf>,
    /// File to write, `.onnx`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { base, adapter, model, out } = arguments;
    check_outputs(&[out], [base].into_iter().chain(adapter).chain(model))?;
    let checkpoint = Checkpoint::open(base)?;
    let (Some(adapter), Some(model)) = (adapter, model) else {
        let bytes = base_bytes(&checkpoint)?;
        write_whole(out, &bytes)?;
        say!("{}: {} bytes", out.display(), bytes.len());
        return Ok(());
    };
    let changes = Adapter::open(adapter)?;
    let length = write_adapter(&checkpoint, &file_sha256(base)?, &changes, model, out)
        .with_context(|| format!("adapter {} and base {}", adapter.display(), base.display()))?;
    say!("{}: {length} bytes, with the base {} bit for bit", out.display(), model.display());
    Ok(())
}
