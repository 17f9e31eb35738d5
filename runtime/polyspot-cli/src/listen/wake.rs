//! Commands that count only after a wake word, or after a line on standard input.
//!
//! The wake model hears the same stream as the models of the commands, all the time, and so do they: a command may begin before the wake
//! word is reported, and what models have in common is computed once.

use std::sync::Arc;
use std::time::Duration;

use polyspot::stream::{Gate, GateEvent, GateSpec};
use polyspot::{Detection, Model};

use crate::arguments::{ModelChoice, check_keywords};
use crate::exit::Failure;

/// Commands count for so long after a wake word, if nothing else is asked for.
const WINDOW: Duration = Duration::from_secs(6);

/// The options that name a wake word.
#[derive(clap::Args)]
pub(super) struct WakeArgs {
    /// Report commands only for some seconds after a word of this model: a language, or a model file. The line `arm` on standard input
    /// (on a terminal, the space bar) does the same as the word.
    #[arg(long, value_name = "LANGUAGE|FILE", conflicts_with = "auto")]
    wake: Option<String>,

    /// Wake by these words of the wake model only, separated by commas.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "wake")]
    wake_keyword: Vec<String>,

    /// The models of the commands: languages separated by commas, or a model file; the same as --language or --model.
    #[arg(long, value_name = "LANGUAGE,…|FILE", requires = "wake", conflicts_with_all = ["model", "language"])]
    then: Option<String>,

    /// Let commands count that end so soon after the wake word, as 6s or 1m [default: 6s]. Without --wake only the line `arm` wakes.
    #[arg(long, value_name = "TIME", value_parser = window, conflicts_with = "auto")]
    window: Option<Duration>,
}

fn window(text: &str) -> Result<Duration, String> {
    let window = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let possible = Duration::from_secs(1)..=Duration::from_hours(1);
    if possible.contains(&window) { Ok(window) } else { Err("expected 1s to 1h".into()) }
}

/// What wakes, and when commands count.
pub(super) struct Wake {
    /// The wake model, unless only lines wake.
    model: Option<Arc<Model>>,
    /// The words that wake.
    keywords: Vec<String>,
    window: Duration,
    gate: Gate,
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
        Ok(Some(Wake::new(model, self.wake_keyword.clone(), self.window.unwrap_or(WINDOW), commands)))
    }
}

impl Wake {
    /// Without `keywords` all of the wake model wake.
    pub(super) fn new(
        model: Option<Arc<Model>>,
        mut keywords: Vec<String>,
        window: Duration,
        commands: &[Arc<Model>],
    ) -> Self {
        if keywords.is_empty() {
            let all = model.iter().flat_map(|model| model.manifest().keywords());
            keywords = all.map(|(_, label)| label.name.clone()).collect();
        }
        let gate = Gate::new(spec(window, model.as_ref(), commands));
        Self { model, keywords, window, gate }
    }

    /// The words that wake.
    pub(super) fn keywords(&self) -> Vec<&str> {
        self.keywords.iter().map(String::as_str).collect()
    }

    pub(super) fn window(&self) -> Duration {
        self.window
    }

    /// All that are to listen: the models of the commands, and behind them the wake model, unless it is one of them.
    pub(super) fn with(&self, commands: &[Arc<Model>]) -> Vec<Arc<Model>> {
        let model = self.model.iter().filter(|model| commands.iter().all(|c| c.sha256() != model.sha256()));
        commands.iter().chain(model).cloned().collect()
    }

    /// Other models give the commands from now on.
    pub(super) fn changed(&mut self, commands: &[Arc<Model>]) {
        self.gate.set_spec(spec(self.window, self.model.as_ref(), commands));
    }

    /// Whether this is a word that wakes. A word that is a command too is none.
    pub(super) fn is_wake(&self, detection: &Detection) -> bool {
        let language = self.model.as_ref().map(|model| model.manifest().language.as_str());
        language == Some(&detection.language) && self.wakes(&detection.keyword)
    }

    fn wakes(&self, keyword: &str) -> bool {
        self.keywords.iter().any(|name| name == keyword)
    }

    /// Whether a keyword of a model is a command.
    pub(super) fn is_command(&self, model: &Model, keyword: &str) -> bool {
        let is_own =
            self.model.as_ref().is_some_and(|wake| wake.manifest().language == model.manifest().language);
        !(is_own && self.wakes(keyword))
    }

    /// The gate, to be told of what is heard.
    pub(super) fn gate(&mut self) -> &mut Gate {
        &mut self.gate
    }

    pub(super) fn next_event(&mut self) -> Option<GateEvent> {
        self.gate.next_event()
    }
}

fn spec(window: Duration, model: Option<&Arc<Model>>, commands: &[Arc<Model>]) -> GateSpec {
    GateSpec::for_streams(window, model.into_iter().chain(commands).map(|model| model.spec()))
}
