//! Commands that count only after a wake word, or after a line on standard input.

use std::sync::Arc;
use std::time::Duration;

use polyspot::{Model, Wake};

use crate::arguments::{ModelChoice, check_keywords};
use crate::exit::Failure;

/// The options that name a wake word.
#[derive(clap::Args)]
pub(super) struct WakeArgs {
    /// Report commands only for some seconds after a word of this model: a language, or a model file. The line `arm` on standard input
    /// (on a terminal, the space bar) does the same as the word.
    #[arg(long, value_name = "LANGUAGE|FILE", conflicts_with = "auto")]
    wake: Option<String>,

    /// Wake by these words of the wake model only, separated by commas.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "wake", conflicts_with = "auto")]
    wake_keyword: Vec<String>,

    /// The models of the commands: languages separated by commas, or a model file; the same as --language or --model.
    #[arg(
        long,
        value_name = "LANGUAGE,…|FILE",
        requires = "wake",
        conflicts_with_all = ["auto", "model", "language", "sha256"]
    )]
    then: Option<String>,

    /// Let commands count that end so soon after the wake word, as 6s or 1m [default: 6s]. Without --wake only the line `arm` wakes.
    #[arg(long, value_name = "TIME", value_parser = window, conflicts_with = "auto")]
    window: Option<Duration>,
}

fn window(text: &str) -> Result<Duration, String> {
    let window = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if Wake::WINDOWS.contains(&window) { Ok(window) } else { Err("expected 1s to 1h".into()) }
}

impl WakeArgs {
    /// What chooses the models of the commands.
    pub(super) fn commands(&self, choice: &ModelChoice) -> ModelChoice {
        self.then.as_ref().map_or_else(|| choice.clone(), |then| choice.with(then))
    }

    /// What wakes, if anything does; `load` gives the wake model.
    ///
    /// # Errors
    /// When there is no such model or keyword.
    pub(super) fn wake(
        &self,
        commands: &[Arc<Model>],
        load: impl FnOnce(&str) -> Result<Arc<Model>, Failure>,
    ) -> Result<Option<Wake>, Failure> {
        if self.wake.is_none() && self.window.is_none() {
            return Ok(None);
        }
        let model = self.wake.as_deref().map(load).transpose()?;
        let names = self.wake_keyword.iter().map(String::as_str);
        check_keywords("--wake-keyword", names, model.as_slice(), None)?;
        let window = self.window.unwrap_or(Wake::DEFAULT_WINDOW);
        let mut wake = Wake::new(model, self.wake_keyword.clone(), window).map_err(Failure::usage)?;
        wake.set_commands(commands);
        Ok(Some(wake))
    }
}
