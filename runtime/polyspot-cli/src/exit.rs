//! How the program ends: exit codes and the errors that lead to them.

use std::io;
use std::process::ExitCode;

/// The exit codes, for the help texts.
pub(crate) const CODES: &str = "\
Exit codes:
  0  done
  1  something unforeseen failed
  2  the command line is wrong
  3  a recording could not be read (the others were still scored), or a profile
  4  the model was refused
  5  the audio device failed";

/// The program's exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// Something failed that has no code of its own.
    Unforeseen = 1,
    /// The command line is wrong; clap uses the same code.
    Usage = 2,
    /// A recording or a profile could not be read.
    BadInput = 3,
    /// The model was refused.
    BadModel = 4,
    /// The audio device failed.
    #[cfg(feature = "devices")]
    AudioDevice = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that ends the program, with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) error: anyhow::Error,
}

impl Failure {
    /// The command line asks for something that is not there.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// A recording or a profile could not be read.
    pub(crate) fn bad_input(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::BadInput, error: error.into() }
    }

    /// The model was refused.
    pub(crate) fn bad_model(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::BadModel, error: error.into() }
    }

    /// The audio device failed.
    #[cfg(feature = "devices")]
    pub(crate) fn audio_device(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::AudioDevice, error: error.into() }
    }
}

/// Whatever else goes wrong, so that `?` works on it.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { exit: Exit::Unforeseen, error: error.into() }
    }
}

/// Says on standard error what went wrong and gives the process's exit code.
pub(crate) fn report(outcome: Result<Exit, Failure>) -> ExitCode {
    match outcome {
        Ok(exit) => exit.into(),
        // Whoever read our output has enough of it (`polyspot score … | head`): nothing went wrong.
        Err(failure) if is_broken_pipe(&failure.error) => Exit::Done.into(),
        Err(Failure { exit, error }) => {
            eprintln!("polyspot: {error:#}");
            exit.into()
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}
