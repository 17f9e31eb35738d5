//! The program `polyspot`: hears keywords in a microphone or in files.
//!
//! It is a library too, so that the tests and measurements of its repository can run days of listening without a device
//! ([`simulation`]), and packages get a manual ([`command`]). That is no interface for others, and changes without notice: to hear
//! keywords in a program of your own, use the crate `polyspot`.

mod arguments;
#[cfg(feature = "devices")]
mod audio_input;
mod built_in;
mod calibrate;
mod cli;
mod clip_name;
#[cfg(feature = "devices")]
mod devices;
#[cfg(feature = "devices")]
mod doctor;
mod exit;
mod explain;
mod flaws;
mod json_lines;
mod level;
#[cfg(feature = "devices")]
mod listen;
mod models;
mod pace;
mod probe;
mod score;
mod serve;
mod service;

#[cfg(feature = "devices")]
pub use listen::simulation;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

/// The command line, for its manual pages and completions.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// Runs the program as its command line says.
pub fn main() -> ExitCode {
    match cli::Cli::try_parse() {
        Ok(cli) => exit::report(cli::run(&cli)),
        Err(error) => exit::refuse(&error),
    }
}
