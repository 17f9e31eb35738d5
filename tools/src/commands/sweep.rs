//! `polyspot-tools sweep`: methods of adaptation side by side.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::files::check_output;
use crate::sweep::{self, Plan};

/// Adapt languages by several methods, at several budgets, with several seeds.
///
/// Writes one row a run to OUT (CSV), and beside it a table of means (.md) and a plot (.svg). Runs whose row is
/// there already are left out: a sweep that was interrupted goes on when it is called again.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// JSON file with what to run: languages, methods, budgets, seeds
    plan: PathBuf,
    /// Folder that the plan's recordings start from; its bases are found from where the command runs
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// Rows to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    check_output(&arguments.out)?;
    sweep::run(&Plan::open(&arguments.plan)?, &arguments.data, &arguments.out)
}
