//! Changes of language while listening: what asks for them, and the thread that loads the models.
//!
//! ```text
//! standard input, keys, SIGHUP ─ Desk ─ Loader ─ answers ─ the listening thread
//! ```
//! A language is asked for by a key on a terminal, elsewhere by a line on standard input; the model's file is read again on SIGHUP
//! and, with `--watch`, when it has changed. Loading never holds up the audio: the listener is handed models that are ready. However
//! much is asked for, the desk holds one wish of each kind, and answers come at a pace.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use polyspot::{Model, ModelStore};

use super::choices::{Choice, Wish, wish};
use super::desk::{Desk, Wishes};
use super::keyboard::Keyboard;
use super::pace::Pace;
use super::probe::probe;
use super::request::{self, Request};
use super::standard_input::StandardInput;

/// How often the file is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// So many answers come at once …
const AT_ONCE: u32 = 8;
/// … and then one in this time: a flood is not to be answered by a flood.
const PER_ANSWER: Duration = Duration::from_secs(1);
/// Answers that wait for the listening thread.
const WAITING: usize = 4;
/// Standard input is read in pieces of this length, in bytes: as much as a pipe holds. The lines of a piece are one burst.
const PIECE: usize = 64 << 10;

/// Models that are ready to listen, in place of others.
pub(super) struct Ready {
    pub(super) models: Vec<Arc<Model>>,
    /// When they were asked for.
    pub(super) asked: Instant,
}

/// What the listener has to be told.
pub(super) enum Answer {
    /// To go on with other models.
    Models(Ready),
    /// That the last detection was none.
    Wrong,
    /// Why nothing comes of a wish.
    Refused(anyhow::Error),
}

/// Where languages are asked for.
pub(super) enum Asking {
    /// Lines of standard input.
    Lines,
    /// Keys of the terminal; one of them sets the flag.
    Keys { choices: Vec<Choice>, keyboard: Arc<Keyboard>, stop: Arc<AtomicBool> },
}

/// Starts what waits for changes; gives the answers as they come.
///
/// # Errors
/// When there is no thread for it.
pub(super) fn start(
    desk: &Arc<Desk>,
    store: ModelStore,
    languages: Vec<String>,
    file: Option<PathBuf>,
    watch: bool,
    asking: Asking,
) -> anyhow::Result<Receiver<Answer>> {
    let (answer, answers) = mpsc::sync_channel(WAITING);
    let asked = Arc::clone(desk);
    let piecewise = |keyboard| BufReader::with_capacity(PIECE, StandardInput::new(keyboard));
    thread::Builder::new().name("control".into()).spawn(move || match asking {
        Asking::Lines => read_lines(piecewise(None), &asked),
        Asking::Keys { choices, keyboard, stop } => {
            read_keys(piecewise(Some(keyboard)), &choices, &stop, &asked);
        }
    })?;
    let watched = file.filter(|_| watch);
    let changed = watched.as_ref().and_then(version);
    let mut loader = Loader { desk: Arc::clone(desk), store, languages, watched, changed, answer };
    thread::Builder::new().name("loader".into()).spawn(move || loader.run())?;
    Ok(answers)
}

/// Reads keys until one of them ends the program.
fn read_keys(input: impl BufRead, choices: &[Choice], stop: &AtomicBool, desk: &Desk) {
    for byte in input.bytes().map_while(Result::ok) {
        let request = match wish(choices, char::from(byte)) {
            Some(Wish::Languages(languages)) => Request::Languages(languages),
            Some(Wish::Wrong) => Request::Wrong,
            Some(Wish::Quit) => return stop.store(true, Ordering::Relaxed),
            None => continue,
        };
        let mut wishes = Wishes::default();
        wishes.note(Ok(request));
        desk.ask(wishes);
    }
}

/// Reads lines to the end of the input.
fn read_lines(mut input: BufReader<impl Read>, desk: &Desk) {
    let mut wishes = Wishes::default();
    while let Some(request) = request::next(&mut input) {
        if let Some(request) = request.transpose() {
            wishes.note(request);
        }
        // The next line is not there yet: what was read was one burst.
        if !input.buffer().contains(&b'\n') {
            desk.ask(std::mem::take(&mut wishes));
        }
    }
}

struct Loader {
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
    /// Fulfils wishes until nobody waits for answers.
    fn run(&mut self) {
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
        let Wishes { languages, reload, wrong, refused, count } = wishes;
        let mut answers = Vec::new();
        answers.extend(wrong.then_some(Answer::Wrong));
        answers.extend(refused.map(|error| Answer::Refused(among(error, count))));
        if let Some(languages) = languages {
            let outcome = self.load(languages).map_err(|error| among(error, count));
            answers.push(outcome.map_or_else(Answer::Refused, Answer::Models));
        } else if reload {
            answers.push(self.reload().map_or_else(Answer::Refused, Answer::Models));
        }
        answers
    }

    fn load(&mut self, languages: Vec<String>) -> anyhow::Result<Ready> {
        let asked = Instant::now();
        let models = languages.iter().map(|tag| self.store.load(tag)).collect::<Result<Vec<_>, _>>()?;
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
    if count > 1 { error.context(format!("of {count} lines that came at once, the last")) } else { error }
}

/// By what a file's contents are known to be others: when it was written, and its length.
fn version(path: &PathBuf) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_come_at_once_are_one_burst() {
        let desk = Desk::default();
        read_lines(BufReader::new("ar\n\n{\nwrong\nzh".as_bytes()), &desk);
        let wishes = desk.take(None);
        assert_eq!(wishes.languages, Some(vec!["zh".to_owned()]));
        assert!(wishes.wrong && wishes.refused.is_some());
        assert_eq!(wishes.count, 4, "an empty line asks for nothing");
    }
}
