//! What the pages show: kept by one thread, read by those of the clients.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::json_lines;
use crate::listen::output::{Event, Stamped, Subscription};

/// So many events are kept for those who come later.
const MOST_EVENTS: usize = 50;
/// So many different keywords are counted.
const MOST_KEYWORDS: usize = 1_000;
/// At the end those who watch have so long to be told of it: less than the board has.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// An event, for the board.
pub(super) struct Note {
    json: String,
    what: What,
}

enum What {
    Level,
    Detection {
        keyword: String,
        language: String,
    },
    Lost {
        dropped: u64,
        missing: u64,
    },
    /// Other languages listen from now on.
    Language,
    DeviceLost,
    Other,
}

impl Note {
    /// What the board is to know of an event.
    pub(super) fn of(event: &Event<'_>, time: SystemTime) -> Option<Self> {
        let json = json_lines::text(&Stamped::new(event, time)).ok()?;
        let what = match *event {
            Event::Level { .. } => What::Level,
            Event::Detection { keyword, language, .. } => {
                What::Detection { keyword: keyword.to_owned(), language: language.to_owned() }
            }
            Event::SamplesLost { dropped, missing, .. } => What::Lost { dropped, missing },
            Event::Ready { .. } | Event::ModelChanged { .. } => What::Language,
            Event::DeviceLost { .. } => What::DeviceLost,
            _ => What::Other,
        };
        Some(Self { json, what })
    }
}

/// Counts since the beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counts {
    /// By language and keyword.
    pub(super) detections: BTreeMap<(String, String), u64>,
    pub(super) dropped: u64,
    pub(super) missing: u64,
    pub(super) devices_lost: u64,
    /// Notes for which the board had no room.
    pub(super) notes_lost: u64,
}

#[derive(Default)]
struct State {
    counts: Counts,
    /// The last one, and its number.
    level: (u64, Arc<str>),
    /// The last ones, oldest first, with their numbers.
    events: VecDeque<(u64, Arc<str>)>,
    last_number: u64,
    /// The last event that says which languages listen.
    language: Option<Arc<str>>,
    /// How many clients follow the events.
    watchers: usize,
    is_over: bool,
}

/// What is shown.
#[derive(Default)]
pub(super) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

/// A client that follows the events, until it is dropped.
pub(super) struct Watcher<'a>(&'a Board);

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.0.lock().watchers -= 1;
        self.0.changed.notify_all();
    }
}

/// What a client has seen.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    event: u64,
    level: u64,
}

/// What a client has not seen yet.
#[derive(Debug, Default, PartialEq)]
pub(super) struct News {
    pub(super) events: Vec<Arc<str>>,
    pub(super) level: Option<Arc<str>>,
    pub(super) is_over: bool,
}

impl Board {
    /// Keeps the board until listening is over, and those who watch have seen that.
    pub(super) fn keep(&self, notes: &Subscription<Note>) {
        for note in &notes.queue {
            let mut state = self.lock();
            state.counts.notes_lost = notes.lost();
            state.add(note);
            drop(state);
            self.changed.notify_all();
        }
        self.end();
    }

    fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
        // The program ends when this does, and with it the clients' threads. Whoever takes nothing is left behind.
        let _ = self.changed.wait_timeout_while(self.lock(), LAST_WORDS, |state| state.watchers > 0);
    }

    pub(super) fn watch(&self) -> Watcher<'_> {
        self.lock().watchers += 1;
        Watcher(self)
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// Waits so long for something new.
    pub(super) fn wait_for_news(&self, seen: &mut Seen, patience: Duration) -> News {
        let is_old = |state: &mut State| {
            !state.is_over && state.last_number <= seen.event && state.level.0 <= seen.level
        };
        let outcome = self.changed.wait_timeout_while(self.lock(), patience, is_old);
        let (state, _) = outcome.unwrap_or_else(PoisonError::into_inner);
        let mut news = News { is_over: state.is_over, ..News::default() };
        // Which languages listen is the first thing to know, however long ago it was said.
        if seen.event == 0 {
            news.events.extend(state.language.clone());
        }
        let is_new = |(number, _): &&(u64, Arc<str>)| *number > seen.event;
        news.events.extend(state.events.iter().filter(is_new).map(|(_, json)| Arc::clone(json)));
        if state.level.0 > seen.level {
            news.level = Some(Arc::clone(&state.level.1));
        }
        *seen = Seen { event: state.last_number, level: state.level.0 };
        news
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn add(&mut self, note: Note) {
        let json = Arc::<str>::from(note.json);
        let counts = &mut self.counts;
        match note.what {
            What::Level => {
                self.level = (self.level.0 + 1, json);
                return;
            }
            What::Detection { keyword, language } => {
                let key = (language, keyword);
                if counts.detections.len() < MOST_KEYWORDS || counts.detections.contains_key(&key) {
                    *counts.detections.entry(key).or_default() += 1;
                }
            }
            What::Lost { dropped, missing } => {
                counts.dropped += dropped;
                counts.missing += missing;
            }
            What::Language => self.language = Some(Arc::clone(&json)),
            What::DeviceLost => counts.devices_lost += 1,
            What::Other => {}
        }
        self.last_number += 1;
        self.events.push_back((self.last_number, json));
        if self.events.len() > MOST_EVENTS {
            self.events.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::UNIX_EPOCH;

    use super::*;

    fn note(event: &Event<'_>) -> Note {
        Note::of(event, UNIX_EPOCH).unwrap()
    }

    fn detection(keyword: &'static str) -> Event<'static> {
        let (language, score, start, end) = ("en", 0.5, 0, 1);
        Event::Detection { keyword, language, score, start, end, start_seconds: 0.0, end_seconds: 0.0 }
    }

    #[test]
    fn a_client_sees_each_event_once_and_of_levels_the_last() {
        let board = Board::default();
        let add = |event: &Event<'_>| board.lock().add(note(event));
        let mut seen = Seen::default();
        let mut look = || board.wait_for_news(&mut seen, Duration::ZERO);
        assert_eq!(look(), News::default());
        for keyword in ["yes", "no", "yes"] {
            add(&detection(keyword));
        }
        let news = look();
        assert_eq!(news.events.len(), 3);
        assert!(news.events[1].contains(r#""keyword":"no""#), "{news:?}");
        assert_eq!(look(), News::default());
        for text in ["first", "second"] {
            board.lock().add(Note { json: text.to_owned(), what: What::Level });
        }
        assert_eq!(look().level.as_deref(), Some("second"));
        assert_eq!(look(), News::default());
        let count = |keyword: &str| board.counts().detections[&("en".to_owned(), keyword.to_owned())];
        assert_eq!((count("yes"), count("no")), (2, 1));
    }

    #[test]
    fn the_end_waits_for_those_who_watch_but_not_for_long() {
        let board = Board::default();
        let told = AtomicBool::new(false);
        thread::scope(|scope| {
            let watcher = board.watch();
            scope.spawn(|| {
                let watcher = watcher;
                while !watcher.0.wait_for_news(&mut Seen::default(), Duration::from_mins(1)).is_over {}
                thread::sleep(Duration::from_millis(50));
                told.store(true, Ordering::Relaxed);
            });
            board.end();
            assert!(told.load(Ordering::Relaxed));
        });
        let _deaf = board.watch();
        board.end();
    }

    #[test]
    fn who_comes_late_learns_the_language_and_the_last_events() {
        let board = Board::default();
        let changed = Event::ModelChanged {
            by: crate::listen::output::By::Request,
            old: "en",
            new: "ar",
            keywords: vec![],
            milliseconds: 1.0,
            sample: 0,
            seconds: 0.0,
        };
        board.lock().add(note(&changed));
        for _ in 0..1_000 {
            board.lock().add(note(&detection("yes")));
        }
        board.lock().add(note(&Event::SamplesLost {
            start: 0,
            end: 0,
            seconds: 0.0,
            dropped: 3,
            missing: 4,
        }));
        board.lock().add(note(&Event::DeviceLost { sample: 0, seconds: 0.0, reason: "" }));
        let news = board.wait_for_news(&mut Seen::default(), Duration::ZERO);
        assert_eq!(news.events.len(), 1 + MOST_EVENTS);
        assert!(news.events[0].contains(r#""new":"ar""#), "{news:?}");
        let Counts { dropped, missing, devices_lost, .. } = board.counts();
        assert_eq!((dropped, missing, devices_lost), (3, 4, 1));
    }
}
