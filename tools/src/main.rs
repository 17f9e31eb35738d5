//! The program `polyspot-tools`: trains, fuses and evaluates polyspot models. Never needed to run one.

mod adaptation;
mod augment;
mod bank;
mod bounds;
mod commands;
mod cost;
mod data;
mod enrolment;
mod evaluation;
mod export;
mod files;
mod frames;
#[cfg(test)]
mod hostile_files;
mod import;
mod memory;
mod network;
mod progress;
mod report;
mod speak;
mod sweep;
mod tensor_file;
mod training;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use polyspot_text::{has_reader_gone, say, shown};

/// Train, fuse and evaluate polyspot models.
#[derive(Debug, Parser)]
#[command(version, about, after_help = CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Adapt(commands::adapt::Arguments),
    Bank(commands::bank::Arguments),
    Calibrate(commands::calibrate::Arguments),
    Cost(commands::cost::Arguments),
    Detach(commands::detach::Arguments),
    Diff(commands::diff::Arguments),
    Enrol(commands::enrol::Arguments),
    Evaluate(commands::evaluate::Arguments),
    Fuse(commands::fuse::Arguments),
    Import(commands::import::Arguments),
    Prune(commands::prune::Arguments),
    Speak(commands::speak::Arguments),
    Sweep(commands::sweep::Arguments),
    Train(commands::train::Arguments),
    Word(commands::word::Arguments),
}

/// The exit codes, for the help text.
const CODES: &str = "\
Exit codes:
  0  done
  1  failed, for the reason given
  2  the command line is wrong
  3  a requirement of `evaluate` is broken";

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => return refuse(&error),
    };
    let only_tells = matches!(command, Command::Evaluate(_) | Command::Cost(_) | Command::Diff(_));
    match run(command) {
        Ok(code) => code,
        // Whoever read our output has enough of it (`polyspot-tools evaluate … | head`): nothing went wrong.
        Err(error) if has_reader_gone(error.chain()) && only_tells => ExitCode::SUCCESS,
        Err(error) if has_reader_gone(error.chain()) => {
            say!("polyspot-tools: nobody reads what is printed any more: stopped before the end");
            ExitCode::FAILURE
        }
        Err(error) => {
            say!("polyspot-tools: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The command line that clap refuses: in its own words, but nothing in it commands the terminal.
fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if error.use_stderr() && text.lines().any(|line| shown(line) != line) {
        text.lines().for_each(|line| say!("{line}"));
    } else {
        // Help and version are no failures; whoever does not want to read them to their end need not.
        let _ = error.print();
    }
    ExitCode::from(error.exit_code() as u8)
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Evaluate(arguments) => return commands::evaluate::run(&arguments),
        Command::Adapt(arguments) => commands::adapt::run(&arguments),
        Command::Bank(arguments) => commands::bank::run(&arguments),
        Command::Calibrate(arguments) => commands::calibrate::run(&arguments),
        Command::Cost(arguments) => commands::cost::run(&arguments),
        Command::Detach(arguments) => commands::detach::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Enrol(arguments) => commands::enrol::run(&arguments),
        Command::Fuse(arguments) => commands::fuse::run(&arguments),
        Command::Import(arguments) => commands::import::run(arguments),
        Command::Prune(arguments) => commands::prune::run(&arguments),
        Command::Speak(arguments) => commands::speak::run(&arguments),
        Command::Sweep(arguments) => commands::sweep::run(&arguments),
        Command::Train(arguments) => commands::train::run(arguments),
        Command::Word(arguments) => commands::word::run(&arguments),
    };
    done.map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
