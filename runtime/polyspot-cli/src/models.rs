//! Placeholder.

use crate::exit::{Exit, Failure};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: crate::built_in::ModelChoice,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    args.model.load()?;
    Err(Failure::usage(anyhow::anyhow!("not there yet")))
}
