//! How the program ends: exit codes and the errors that lead to them.

use std::error::Error;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use polyspot::profile::ProfileError;
use polyspot::stream::MismatchError;
use polyspot::{EngineError, ModelError, StoreError};
use polyspot_audio::AudioError;
use polyspot_text::{has_reader_gone, say, say_if_heard, shown_path};

/// The exit codes, for the help texts.
pub(crate) const CODES: &str = "\
Exit codes:
  0  done
  2  the command line is wrong, or names an output that cannot be written
  3  a recording could not be read (the others were still scored), or a profile
  4  the model was refused, or failed while it ran
  5  the audio device failed
  6  the results could not be written to their end (a full disk), or the system refused what is needed";

/// The program's exit codes. There is no 1: every failure has one that says what is to be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// The command line is wrong; clap uses the same code.
    Usage = 2,
    /// A recording or a profile could not be read.
    BadInput = 3,
    /// The model was refused.
    BadModel = 4,
    /// The audio device failed.
    #[cfg(feature = "devices")]
    AudioDevice = 5,
    /// Results could not be written, or the system lacks what is needed.
    Output = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// The code of an error that nobody has given one: decided by the outermost cause that has a meaning of its own.
    fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(Self::of_cause).unwrap_or(Self::Output)
    }

    fn of_cause(cause: &(dyn Error + 'static)) -> Option<Self> {
        if cause.is::<EngineError>()
            || cause.is::<ModelError>()
            || cause.is::<MismatchError>()
            || cause.is::<StoreError>()
        {
            return Some(Self::BadModel);
        }
        if cause.is::<AudioError>() || cause.is::<ProfileError>() {
            return Some(Self::BadInput);
        }
        #[cfg(feature = "devices")]
        if cause.is::<cpal::Error>()
            || cause.is::<crate::audio_input::NoMicrophone>()
            || cause.is::<crate::audio_input::NothingComes>()
        {
            return Some(Self::AudioDevice);
        }
        cause.is::<io::Error>().then_some(Self::Output)
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

    /// An output cannot be begun: its name is wrong, unless the disk is full.
    pub(crate) fn unwritable(path: &Path, error: io::Error) -> Self {
        let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let exit = if is_full { Exit::Output } else { Exit::Usage };
        Self { exit, error: Self::not_written(path, error) }
    }

    /// An output cannot be written to its end.
    pub(crate) fn output(path: &Path, error: io::Error) -> Self {
        Self { exit: Exit::Output, error: Self::not_written(path, error) }
    }

    /// The same, naming what could not be written: this file, or standard output.
    pub(crate) fn naming_output(self, file: Option<&Path>) -> Self {
        let is_bare = matches!(self.error.chain().next(), Some(error) if error.is::<io::Error>());
        if self.exit != Exit::Output || !is_bare {
            return self;
        }
        let name = file.map_or_else(|| "standard output".into(), shown_path);
        Self { error: self.error.context(format!("{name} cannot be written")), ..self }
    }

    fn not_written(path: &Path, error: io::Error) -> anyhow::Error {
        anyhow::Error::new(error).context(format!("{} cannot be written", shown_path(path)))
    }
}

/// Whatever else goes wrong, so that `?` works on it.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { exit: Exit::of(&error), error }
    }
}

/// Says on standard error what went wrong and gives the process's exit code.
pub(crate) fn report(outcome: Result<Exit, Failure>) -> ExitCode {
    match outcome.map_err(|failure| failure.naming_output(None)) {
        Ok(exit) => exit.into(),
        // Whoever read our output has enough of it (`polyspot score … | head`): nothing went wrong.
        Err(failure) if has_reader_gone(failure.error.chain()) => Exit::Done.into(),
        // Where nobody reads the results, nobody may be reading this.
        Err(Failure { exit: Exit::Output, error }) => {
            say_if_heard(format_args!("polyspot: {error:#}"));
            Exit::Output.into()
        }
        Err(Failure { exit, error }) => {
            say!("polyspot: {error:#}");
            exit.into()
        }
    }
}

/// The command line that clap refuses: in its own words, but nothing in it commands the terminal.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    if error.use_stderr() && text.lines().any(|line| polyspot_text::shown(line) != line) {
        text.lines().for_each(|line| say!("{line}"));
    } else {
        // Help and version are no failures; whoever does not want to read them to their end need not.
        let _ = error.print();
    }
    if error.exit_code() == 0 { Exit::Done.into() } else { Exit::Usage.into() }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn an_error_has_the_code_of_its_outermost_known_cause() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let code = |error: anyhow::Error| Failure::from(error).exit;
        assert_eq!(code(anyhow!(full()).context("results")), Exit::Output);
        assert_eq!(code(ModelError::File(full().into()).into()), Exit::BadModel);
        assert_eq!(code(anyhow!(ProfileError::from(full())).context("room.json")), Exit::BadInput);
        assert_eq!(code(anyhow!("no thread")), Exit::Output);
        assert_eq!(Failure::unwritable(Path::new("x"), full()).exit, Exit::Output);
        let none = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(Failure::unwritable(Path::new("x"), none).exit, Exit::Usage);
    }
}
