//! The program `polyspot-tools`: trains, fuses and evaluates polyspot models. Never needed to run one.

mod adaptation;
mod augment;
mod bounds;
mod commands;
mod cost;
mod data;
mod evaluation;
mod export;
mod files;
#[cfg(test)]
mod hostile_files;
mod import;
mod network;
mod progress;
mod report;
mod sweep;
mod tensor_file;
mod training;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Train, fuse and evaluate polyspot models.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Adapt(commands::adapt::Arguments),
    Calibrate(commands::calibrate::Arguments),
    Cost(commands::cost::Arguments),
    Detach(commands::detach::Arguments),
    Diff(commands::diff::Arguments),
    Evaluate(commands::evaluate::Arguments),
    Fuse(commands::fuse::Arguments),
    Import(commands::import::Arguments),
    Sweep(commands::sweep::Arguments),
    Train(commands::train::Arguments),
}

fn main() -> anyhow::Result<ExitCode> {
    let done = match Cli::parse().command {
        Command::Evaluate(arguments) => return commands::evaluate::run(&arguments),
        Command::Adapt(arguments) => commands::adapt::run(&arguments),
        Command::Calibrate(arguments) => commands::calibrate::run(&arguments),
        Command::Cost(arguments) => commands::cost::run(&arguments),
        Command::Detach(arguments) => commands::detach::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Fuse(arguments) => commands::fuse::run(&arguments),
        Command::Import(arguments) => commands::import::run(arguments),
        Command::Sweep(arguments) => commands::sweep::run(&arguments),
        Command::Train(arguments) => commands::train::run(arguments),
    };
    done.map(|()| ExitCode::SUCCESS)
}
