//! What a broker is to know of an event: noted on the listening thread, published on another.

use std::hash::{BuildHasher, RandomState};
use std::time::SystemTime;

use serde::Serialize;

use super::topics::HEARD;
use crate::json_lines;
use crate::listen::output::{Event, Stamped};

/// An event, for a broker.
pub(super) struct Note {
    /// As the JSON lines have it, with its number.
    pub(super) json: Vec<u8>,
    /// If it is a detection: of which keyword, and what Home Assistant is told of it.
    pub(super) detection: Option<(String, Vec<u8>)>,
    /// Keywords that are listened for from now on.
    pub(super) keywords: Vec<String>,
    /// Whether words are heard from now on.
    pub(super) hears: Option<bool>,
}

/// Numbers events. A broker may deliver a message twice: those of the same session and number are the same; and a number that is
/// missing was dropped.
pub(super) struct Notebook {
    session: String,
    sequence: u64,
}

/// An event with its number.
#[derive(Serialize)]
struct Numbered<'a> {
    session: &'a str,
    sequence: u64,
    #[serde(flatten)]
    event: &'a Stamped<'a>,
}

/// A detection as Home Assistant's event entities want it.
#[derive(Serialize)]
struct Heard<'a> {
    event_type: &'a str,
    #[serde(flatten)]
    event: &'a Numbered<'a>,
}

impl Notebook {
    pub(super) fn new() -> Self {
        // Twelve digits that another session has not: the standard library seeds hashers with random numbers.
        let random = RandomState::new().hash_one(SystemTime::now());
        Self { session: format!("{:012x}", random >> 16), sequence: 0 }
    }

    /// Twelve hexadecimal digits.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// What a broker is to know of an event: of levels, nothing.
    pub(super) fn note(&mut self, event: &Event<'_>, time: SystemTime) -> Option<Note> {
        if matches!(event, Event::Level { .. }) {
            return None;
        }
        self.sequence += 1;
        let stamped = Stamped::new(event, time);
        let numbered = Numbered { session: &self.session, sequence: self.sequence, event: &stamped };
        let detection = match event {
            Event::Detection { keyword, .. } => {
                Some(((*keyword).to_owned(), line(&Heard { event_type: HEARD, event: &numbered })?))
            }
            _ => None,
        };
        let keywords = match event {
            Event::Ready { keywords, .. } | Event::ModelChanged { keywords, .. } => keywords.as_slice(),
            _ => &[],
        };
        let hears = match event {
            Event::Ready { .. } | Event::DeviceRestored { .. } => Some(true),
            Event::DeviceLost { .. } | Event::Summary { .. } => Some(false),
            _ => None,
        };
        let keywords = keywords.iter().map(ToString::to_string).collect();
        Some(Note { json: line(&numbered)?, detection, keywords, hears })
    }
}

/// The line without its end.
fn line(event: &impl Serialize) -> Option<Vec<u8>> {
    json_lines::text(event).ok().map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_detection_is_noted_for_programs_and_for_home_assistant() {
        let mut notebook = Notebook::new();
        let lost = Event::DeviceLost { sample: 1, seconds: 0.0, reason: "unplugged" };
        assert_eq!(notebook.note(&lost, UNIX_EPOCH).unwrap().hears, Some(false));
        let (keyword, language) = ("yes", "en");
        let event = Event::Detection {
            keyword,
            language,
            score: 0.5,
            start: 16_000,
            end: 32_000,
            start_seconds: 1.0,
            end_seconds: 2.0,
        };
        let note = notebook.note(&event, UNIX_EPOCH).unwrap();
        let mut expected = json!({
            "schema": 1, "session": notebook.session(), "sequence": 2, "time": "1970-01-01T00:00:00.000Z",
            "event": "detection", "keyword": "yes", "language": "en", "score": 0.5,
            "start": 16_000, "end": 32_000, "start_seconds": 1.0, "end_seconds": 2.0,
        });
        assert_eq!(serde_json::from_slice::<Value>(&note.json).unwrap(), expected);
        let (keyword, json) = note.detection.unwrap();
        expected["event_type"] = "heard".into();
        assert_eq!((&*keyword, serde_json::from_slice::<Value>(&json).unwrap()), ("yes", expected));
        assert_ne!(Notebook::new().session(), notebook.session());
        assert_eq!(notebook.session().len(), 12);
    }
}
