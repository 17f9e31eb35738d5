//! What wakes, and what is woken.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use polyspot_core::stream::{Detection, Gate, GateEvent, GateSpec};

use crate::Model;

/// What has to be heard before the keywords of other models count, the commands: the words of a wake model, which open a [`Gate`].
///
/// The wake model hears the same stream as the models of the commands, all the time, and so do they: a command may begin before the
/// wake word is reported. What models begin with in common is computed once.
#[derive(Clone, Debug)]
pub struct Wake {
    /// The wake model, unless only [`Gate::arm`] wakes.
    model: Option<Arc<Model>>,
    /// The words that wake.
    keywords: Vec<String>,
    window: Duration,
    /// The models of the commands.
    commands: Vec<Arc<Model>>,
    gate: Gate,
}

/// Why nothing can wake.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WakeError {
    /// The wake model has no such keyword.
    #[error("wake keyword: expected one of the wake model, {}, found {found:?}", known.join(", "))]
    UnknownKeyword {
        /// The word.
        found: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Commands are to count for too short a time, or too long a one.
    #[error("window: expected 1 to 3600 seconds, found {seconds}")]
    WindowOutOfRange {
        /// The time.
        seconds: f64,
    },
}

impl Wake {
    /// Commands count for so long after a wake word, if nothing else is asked for.
    pub const DEFAULT_WINDOW: Duration = Duration::from_secs(6);
    /// The times that are taken for a window.
    pub const WINDOWS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(1);

    /// Commands count for so long after one of these words of a wake model; without `keywords` all of the model wake. Without a model
    /// only [`Gate::arm`] does.
    ///
    /// # Errors
    /// When the model has no such keyword, or the window is none of [`WINDOWS`](Self::WINDOWS).
    pub fn new(
        model: Option<Arc<Model>>,
        mut keywords: Vec<String>,
        window: Duration,
    ) -> Result<Self, WakeError> {
        if !Self::WINDOWS.contains(&window) {
            return Err(WakeError::WindowOutOfRange { seconds: window.as_secs_f64() });
        }
        let known = model.iter().flat_map(|model| model.manifest().keywords());
        let known: Vec<String> = known.map(|(_, label)| label.name.clone()).collect();
        if let Some(found) = keywords.iter().find(|word| !known.contains(word)) {
            return Err(WakeError::UnknownKeyword { found: found.clone(), known });
        }
        if keywords.is_empty() {
            keywords = known;
        }
        let gate = Gate::new(spec(window, model.as_ref(), &[]));
        Ok(Self { model, keywords, window, commands: Vec::new(), gate })
    }

    /// These models give the commands from now on.
    pub fn set_commands(&mut self, commands: &[Arc<Model>]) {
        self.gate.set_spec(spec(self.window, self.model.as_ref(), commands));
        self.commands = commands.to_vec();
    }

    /// The words that wake.
    pub fn keywords(&self) -> &[String] {
        &self.keywords
    }

    /// Commands count for so long after one.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// All that are to listen: the models of the commands, and behind them the wake model, unless it is one of them.
    pub fn with(&self, commands: &[Arc<Model>]) -> Vec<Arc<Model>> {
        let model = self.model.iter().filter(|model| commands.iter().all(|c| c.sha256() != model.sha256()));
        commands.iter().chain(model).cloned().collect()
    }

    /// Whether this is a word that wakes. A word that is a command too is none.
    pub fn is_wake(&self, detection: &Detection) -> bool {
        self.wakes(&detection.language, &detection.keyword)
    }

    /// Whether a keyword in a language is a command: no word that wakes, and no other word of the wake model, unless a model of the
    /// commands has it too.
    pub fn is_command(&self, language: &str, keyword: &str) -> bool {
        let mut commands = self.commands.iter();
        !self.wakes(language, keyword)
            && (commands.any(|model| has(model, language, keyword))
                || !self.model.iter().any(|model| has(model, language, keyword)))
    }

    fn wakes(&self, language: &str, keyword: &str) -> bool {
        self.model.iter().any(|model| model.manifest().language == language)
            && self.keywords.iter().any(|name| name == keyword)
    }

    /// The gate, to be told of what is heard.
    pub fn gate(&mut self) -> &mut Gate {
        &mut self.gate
    }

    /// Whether a command may count.
    pub fn is_armed(&self) -> bool {
        self.gate.is_armed()
    }

    /// What has become of what the gate was told.
    pub fn next_event(&mut self) -> Option<GateEvent> {
        self.gate.next_event()
    }
}

fn has(model: &Model, language: &str, keyword: &str) -> bool {
    let manifest = model.manifest();
    manifest.language == language && manifest.keywords().any(|(_, label)| label.name == keyword)
}

fn spec(window: Duration, model: Option<&Arc<Model>>, commands: &[Arc<Model>]) -> GateSpec {
    GateSpec::for_streams(window, model.into_iter().chain(commands).map(|model| model.spec()))
}
