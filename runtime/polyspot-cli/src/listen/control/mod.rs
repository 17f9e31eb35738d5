//! Changes of language while listening: what asks for them, and the thread that loads the models.
//!
//! ```text
//! standard input, keys, SIGHUP ─ Desk ─ Loader ─ answers ─ the listening thread
//! ```
//! A language is asked for by a key on a terminal, elsewhere by a line on standard input; the model's file is read again on SIGHUP
//! and, with `--watch`, when it has changed. Loading never holds up the audio: the listener is handed models that are ready. However
//! much is asked for, the desk holds one wish of each kind, and answers come at a pace.

mod choices;
mod desk;
mod keyboard;
mod loader;
mod request;
mod standard_input;
mod stop;
#[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has terminals that hang up"))]
pub(super) mod terminal;

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use polyspot::ModelStore;

use choices::{Wish, wish};
use desk::Wishes;
use loader::Loader;
use request::Request;
use standard_input::StandardInput;

pub(super) use choices::{Choice, choices};
pub(super) use desk::Desk;
pub(super) use keyboard::{Keyboard, Lent};
pub(super) use loader::{Answer, Ready, Warner};
pub(super) use stop::on_signals;

/// Answers that wait for the listening thread.
const WAITING: usize = 4;
/// Standard input is read in pieces of this length, in bytes: as much as a pipe holds. The lines of a piece are one burst.
const PIECE: usize = 64 << 10;

/// Where languages are asked for.
pub(super) enum Asking {
    /// Lines of standard input.
    Lines,
    /// Keys of the terminal; one of them sets the flag.
    Keys { choices: Vec<Choice>, keyboard: Arc<Keyboard>, stop: Arc<AtomicBool> },
}

/// Whom answers go through, who may warn too, and the answers as they come.
pub(super) fn answers() -> (SyncSender<Answer>, Warner, Receiver<Answer>) {
    let (answer, answers) = mpsc::sync_channel(WAITING);
    let warner = Warner::new(&answer);
    (answer, warner, answers)
}

/// Starts what waits for changes, and answers.
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
    answer: SyncSender<Answer>,
) -> anyhow::Result<()> {
    let asked = Arc::clone(desk);
    let piecewise = |keyboard| BufReader::with_capacity(PIECE, StandardInput::new(keyboard));
    thread::Builder::new().name("control".into()).spawn(move || match asking {
        Asking::Lines => read_lines(piecewise(None), &asked),
        Asking::Keys { choices, keyboard, stop } => {
            read_keys(piecewise(Some(keyboard)), &choices, &stop, &asked);
        }
    })?;
    let mut loader = Loader::new(Arc::clone(desk), store, languages, file.filter(|_| watch), answer);
    thread::Builder::new().name("loader".into()).spawn(move || loader.run())?;
    Ok(())
}

/// Asks for what a line asks for.
///
/// # Errors
/// When it cannot be understood.
pub(super) fn ask(desk: &Desk, line: &str) -> anyhow::Result<()> {
    if let Some(request) = request::of_line(line)? {
        let mut wishes = Wishes::default();
        wishes.note(Ok(request));
        desk.ask(wishes);
    }
    Ok(())
}

/// Reads keys until one of them ends the program.
fn read_keys(input: impl BufRead, choices: &[Choice], stop: &AtomicBool, desk: &Desk) {
    for byte in input.bytes().map_while(Result::ok) {
        let request = match wish(choices, char::from(byte)) {
            Some(Wish::Languages(languages)) => Request::Languages(languages),
            Some(Wish::Wrong) => Request::Wrong,
            Some(Wish::Arm) => Request::Arm,
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
