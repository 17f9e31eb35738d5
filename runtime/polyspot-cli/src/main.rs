//! The program `polyspot`: hears keywords in a microphone or in files.

#[cfg(feature = "devices")]
mod audio_input;
mod built_in;
mod calibrate;
mod cli;
#[cfg(feature = "devices")]
mod devices;
#[cfg(feature = "devices")]
mod doctor;
mod exit;
mod explain;
mod json_lines;
mod level;
#[cfg(feature = "devices")]
mod listen;
mod models;
mod score;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::try_parse() {
        Ok(cli) => exit::report(cli::run(&cli)),
        Err(error) => exit::refuse(&error),
    }
}
