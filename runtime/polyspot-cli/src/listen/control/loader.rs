//! Loads the models that are asked for, and tries them out, beside the listening thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use polyspot::{Model, ModelStore};

use super::desk::{Desk, Wishes};

use crate::arguments::load_each;
use crate::pace::Pace;
use crate::probe::probe;

/// How often the file is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// So many answers come at once …
const AT_ONCE: u32 = 8;
/// … and then one in this time: a flood is not to be answered by a flood.
const PER_ANSWER: Duration = Duration::from_secs(1);

/// Models that are ready to listen, in place of others.
pub(crate) struct Ready {
    pub(crate) models: Vec<Arc<Model>>,
    /// When they were asked for.
    pub(crate) asked: Instant,
}

/// What the listener has to be told.
pub(crate) enum Answer {
    /// To go on with other models.
    Models(Ready),
    /// That the last detection was none.
    Wrong,
    /// To let commands count for a while.
    Arm,
    /// Why nothing comes of a wish.
    Refused(anyhow::Error),
    /// To warn of something that has happened elsewhere.
    Warning(String),
}

/// Warns of things from other threads than the listening one.
#[derive(Clone)]
pub(crate) struct Warner(SyncSender<Answer>);

impl Warner {
    pub(super) fn new(answer: &SyncSender<Answer>) -> Self {
        Self(answer.clone())
    }

    /// Warns without waiting; false if the listening thread has too much to do to hear of it.
    #[cfg_attr(not(feature = "mqtt"), expect(dead_code, reason = "the broker's thread warns"))]
    pub(crate) fn warn(&self, message: String) -> bool {
        self.0.try_send(Answer::Warning(message)).is_ok()
    }
}

/// Fulfils wishes, one after the other, on a thread of its own.
pub(super) struct Loader {
    desk: Arc<Desk>,
    store: ModelStore,
    /// Those that listen.
    languages: Vec<String>,
    /// The file whose changes count, and when it last changed.
    watched: Option<PathBuf>,
    changed: Option<(SystemTime, u64)>,
    answer: SyncSender<Answer>,
}

impl Loader {
    /// `watched` is the file whose changes count.
    pub(super) fn new(
        desk: Arc<Desk>,
        store: ModelStore,
        languages: Vec<String>,
        watched: Option<PathBuf>,
        answer: SyncSender<Answer>,
    ) -> Self {
        let changed = watched.as_ref().and_then(version);
        Self { desk, store, languages, watched, changed, answer }
    }

    /// Fulfils wishes until nobody waits for answers.
    pub(super) fn run(&mut self) {
        let begin = Instant::now();
        let mut pace = Pace::new(AT_ONCE, PER_ANSWER);
        loop {
            thread::sleep(pace.wait(begin.elapsed()));
            let mut wishes = self.desk.take(self.watched.is_some().then_some(WATCH));
            wishes.reload |= self.has_changed();
            for answer in self.fulfil(wishes) {
                pace.note(begin.elapsed());
                if self.answer.send(answer).is_err() {
                    return;
                }
            }
        }
    }

    fn fulfil(&mut self, wishes: Wishes) -> Vec<Answer> {
        let Wishes { languages, reload, wrong, arm, refused, count } = wishes;
        let mut answers = Vec::new();
        answers.extend(wrong.then_some(Answer::Wrong));
        answers.extend(arm.then_some(Answer::Arm));
        answers.extend(refused.map(|error| Answer::Refused(among(error, count))));
        if let Some(languages) = languages {
            let outcome = self.load(&languages).map_err(|error| among(error, count));
            answers.push(outcome.map_or_else(Answer::Refused, Answer::Models));
        } else if reload {
            answers.push(self.reload().map_or_else(Answer::Refused, Answer::Models));
        }
        answers
    }

    fn load(&mut self, languages: &[String]) -> anyhow::Result<Ready> {
        let asked = Instant::now();
        let (languages, models) = load_each(&self.store, languages)?;
        probe(&models)?;
        self.languages = languages;
        Ok(Ready { models, asked })
    }

    fn reload(&self) -> anyhow::Result<Ready> {
        let asked = Instant::now();
        let models =
            self.languages.iter().map(|tag| self.store.reload(tag)).collect::<Result<Vec<_>, _>>()?;
        probe(&models)?;
        Ok(Ready { models, asked })
    }

    /// Whether the watched file is another one now.
    fn has_changed(&mut self) -> bool {
        let now = self.watched.as_ref().and_then(version);
        // A file that is not there is being replaced.
        let has_changed = now.is_some() && now != self.changed;
        if has_changed {
            self.changed = now;
        }
        has_changed
    }
}

/// Says of an error that other lines came with the one that it is about.
fn among(error: anyhow::Error, count: u64) -> anyhow::Error {
    if count > 1 { error.context(format!("one of {count} lines that came at once")) } else { error }
}

/// By what a file's contents are known to be others: when it was written, and its length.
fn version(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
