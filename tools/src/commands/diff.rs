//! `polyspot-tools diff`: what differs between two models.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use polyspot_text::tell_lines;

use crate::export::difference;

/// Show what differs between two models of one network.
///
/// Their operations, attributes, order and shapes must be the same, except that a head has as many rows as its
/// language has words: models of two languages differ in numbers and manifest alone.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    a: PathBuf,
    b: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    tell_lines(&difference([&arguments.a, &arguments.b])?.to_string())?;
    Ok(())
}
