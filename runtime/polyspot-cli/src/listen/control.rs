//! Changes of language while listening: what asks for them, and the thread that loads the models.
//!
//! A language is asked for by a key on a terminal, elsewhere by a line on standard input; the model's file is read again on SIGHUP
//! and, with `--watch`, when it has changed. Loading never holds up the audio: the listener is handed models that are ready.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use polyspot::{Model, ModelStore};

use super::choices::{Choice, Wish, wish};
use super::request::{self, Request};

/// How often the file and the signal are looked at.
const WATCH: Duration = Duration::from_millis(250);

/// Models that are ready to listen, in place of others.
pub(super) struct Ready {
    pub(super) models: Vec<Arc<Model>>,
    /// When they were asked for.
    pub(super) asked: Instant,
}

/// What the listener has to be told: models, or why there are none.
pub(super) type Answer = anyhow::Result<Ready>;

/// Where languages are asked for.
pub(super) enum Asking {
    /// Lines of standard input.
    Lines,
    /// Keys of the terminal; one of them sets the flag.
    Keys { choices: Vec<Choice>, stop: Arc<AtomicBool> },
}

/// Starts what waits for changes; gives the answers as they come. `wrong` is told of each line or key that says so.
///
/// # Errors
/// When the signal cannot be waited for.
pub(super) fn start(
    store: ModelStore,
    languages: Vec<String>,
    file: Option<PathBuf>,
    watch: bool,
    wrong: Sender<()>,
    asking: Asking,
) -> anyhow::Result<Receiver<Answer>> {
    let hang_up = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(&hang_up))?;
    let (ask, asked) = mpsc::channel();
    let (answer, answers) = mpsc::channel();
    let refuse = answer.clone();
    thread::Builder::new().name("control".into()).spawn(move || match asking {
        Asking::Lines => read_lines(&ask, &refuse, &wrong),
        Asking::Keys { choices, stop } => read_keys(&choices, &stop, &ask, &wrong),
    })?;
    let watched = file.filter(|_| watch);
    let changed = watched.as_ref().and_then(version);
    let mut loader = Loader { store, languages, watched, changed, hang_up, answer };
    thread::Builder::new().name("loader".into()).spawn(move || loader.run(&asked))?;
    Ok(answers)
}

/// Reads keys until one of them ends the program.
fn read_keys(choices: &[Choice], stop: &AtomicBool, ask: &Sender<Vec<String>>, wrong: &Sender<()>) {
    for byte in std::io::stdin().lock().bytes().map_while(Result::ok) {
        let sent = match wish(choices, char::from(byte)) {
            Some(Wish::Languages(languages)) => ask.send(languages).map_err(drop),
            Some(Wish::Wrong) => wrong.send(()).map_err(drop),
            Some(Wish::Quit) => return stop.store(true, Ordering::Relaxed),
            None => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Reads standard input to its end.
fn read_lines(ask: &Sender<Vec<String>>, refuse: &Sender<Answer>, wrong: &Sender<()>) {
    let mut input = std::io::stdin().lock();
    while let Some(request) = request::next(&mut input) {
        let sent = match request {
            Ok(None) => Ok(()),
            Ok(Some(Request::Wrong)) => wrong.send(()).map_err(drop),
            Ok(Some(Request::Languages(tags))) => ask.send(tags).map_err(drop),
            Err(error) => refuse.send(Err(error)).map_err(drop),
        };
        if sent.is_err() {
            return;
        }
    }
}

struct Loader {
    store: ModelStore,
    /// Those that listen.
    languages: Vec<String>,
    /// The file whose changes count, and when it last changed.
    watched: Option<PathBuf>,
    changed: Option<(SystemTime, u64)>,
    hang_up: Arc<AtomicBool>,
    answer: Sender<Answer>,
}

impl Loader {
    fn run(&mut self, asked: &Receiver<Vec<String>>) {
        loop {
            let answer = match asked.recv_timeout(WATCH) {
                Ok(languages) => Some(self.load(languages)),
                Err(error) => {
                    if error == RecvTimeoutError::Disconnected {
                        thread::sleep(WATCH);
                    }
                    self.is_stale().then(|| self.reload())
                }
            };
            if answer.is_some_and(|answer| self.answer.send(answer).is_err()) {
                return;
            }
        }
    }

    fn load(&mut self, languages: Vec<String>) -> Answer {
        let asked = Instant::now();
        let models = languages.iter().map(|tag| self.store.load(tag)).collect::<Result<_, _>>()?;
        self.languages = languages;
        Ok(Ready { models, asked })
    }

    fn reload(&self) -> Answer {
        let asked = Instant::now();
        let models = self.languages.iter().map(|tag| self.store.reload(tag)).collect::<Result<_, _>>()?;
        Ok(Ready { models, asked })
    }

    /// Whether the models are to be read again.
    fn is_stale(&mut self) -> bool {
        let now = self.watched.as_ref().and_then(version);
        // A file that is not there is being replaced.
        let has_changed = now.is_some() && now != self.changed;
        if has_changed {
            self.changed = now;
        }
        self.hang_up.swap(false, Ordering::Relaxed) || has_changed
    }
}

/// By what a file's contents are known to be others: when it was written, and its length.
fn version(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
