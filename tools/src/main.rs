//! The program `polyspot-tools`: trains, fuses and evaluates polyspot models. Never needed to run one.

mod augment;
mod commands;
mod data;
mod evaluation;
mod export;
mod files;
mod network;
mod training;

use clap::{Parser, Subcommand};

/// Train, fuse and evaluate polyspot models.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Calibrate(commands::calibrate::Arguments),
    Evaluate(commands::evaluate::Arguments),
    Fuse(commands::fuse::Arguments),
    Train(commands::train::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Calibrate(arguments) => commands::calibrate::run(&arguments),
        Command::Evaluate(arguments) => commands::evaluate::run(&arguments),
        Command::Fuse(arguments) => commands::fuse::run(&arguments),
        Command::Train(arguments) => commands::train::run(arguments),
    }
}
