//! `polyspot-tools cost`: what languages cost to run, against their base.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use polyspot_text::tell_lines;

use crate::cost::{self, Table};

/// Show what a language costs beside its base: nothing, unless it has grafts.
///
/// For each model: operations, multiply-accumulates, file size, time and memory beside those of the base with a head
/// of the same size.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Checkpoint that the models come from
    #[arg(long, value_name = "FILE", required_unless_present = "probe")]
    base: Option<PathBuf>,
    /// Models to measure
    #[arg(required_unless_present = "probe")]
    models: Vec<PathBuf>,
    /// Only load this model, listen, and print the memory it took
    #[arg(long, hide = true, value_name = "FILE")]
    probe: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(model) = &arguments.probe {
        return cost::probe(model);
    }
    let base = arguments.base.as_ref().context("expected a base")?;
    let scratch = tempfile::tempdir().context("making a folder for the base's models")?;
    let costs = arguments.models.iter().map(|model| cost::measure(base, model, scratch.path()));
    tell_lines(&Table(&costs.collect::<Result<Vec<_>>>()?).to_string())?;
    Ok(())
}
