//! The command line: one subcommand per module.

use clap::{Parser, Subcommand};

use crate::exit::{self, Exit, Failure};
use crate::{calibrate, explain, models, score, serve};
#[cfg(feature = "devices")]
use crate::{devices, doctor, listen};

/// Hears keywords, on this machine and without a network: in a microphone or in recordings.
#[derive(Parser)]
#[command(name = "polyspot", version, after_help = exit::CODES, after_long_help = exit::CODES)]
#[command(arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Listen to a microphone and report each keyword as it is heard.
    #[cfg(feature = "devices")]
    Listen(Box<listen::Args>),
    /// Find the keywords in recordings: files, folders or standard input.
    Score(score::Args),
    /// Hear keywords for others on the network: Home Assistant and its satellites (Wyoming).
    Serve(serve::Args),
    /// Find thresholds for your own room and voice.
    Calibrate(calibrate::Args),
    /// Say why a recording was, or was not, taken for a keyword.
    Explain(explain::Args),
    #[cfg(feature = "devices")]
    /// Say what is wrong with a microphone or a recording, and what to do.
    Doctor(doctor::Args),
    /// List the microphones.
    #[cfg(feature = "devices")]
    Devices(devices::Args),
    /// Show the built-in models, or any model files.
    Models(models::Args),
}

/// Runs the chosen subcommand.
pub(crate) fn run(cli: &Cli) -> Result<Exit, Failure> {
    match &cli.command {
        #[cfg(feature = "devices")]
        Command::Listen(args) => listen::run(args),
        Command::Score(args) => score::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Calibrate(args) => calibrate::run(args),
        Command::Explain(args) => explain::run(args),
        #[cfg(feature = "devices")]
        Command::Doctor(args) => doctor::run(args),
        #[cfg(feature = "devices")]
        Command::Devices(args) => devices::run(args),
        Command::Models(args) => models::run(args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
