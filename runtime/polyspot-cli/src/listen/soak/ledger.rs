//! What the events say was heard and lost, read as any other program would.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use anyhow::{Context, ensure};
use serde_json::Value;

/// Reads the events of one session.
#[derive(Default)]
pub(super) struct Ledger {
    lines: Rc<RefCell<Vec<u8>>>,
    /// The sample that the round began with.
    begin: u64,
    /// The last position that any event gave.
    last: u64,
}

/// The writing end.
struct Lines(Rc<RefCell<Vec<u8>>>);

/// What was heard in a round; positions count from its beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) samples: u64,
    pub(super) detections: Vec<Detected>,
    pub(super) breaks: usize,
    pub(super) changes: usize,
    pub(super) dropped: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detected {
    pub(super) keyword: String,
    language: String,
    score: f64,
    pub(super) start: u64,
    end: u64,
}

/// What the summary says.
pub(super) struct Total {
    pub(super) samples: u64,
    pub(super) dropped: u64,
    pub(super) missing: u64,
    pub(super) gaps: u64,
}

impl Ledger {
    /// Where the events are to be written.
    pub(super) fn lines(&self) -> impl Write + use<> {
        Lines(Rc::clone(&self.lines))
    }

    /// What was heard since the last round; the round ends with the last loss of the microphone.
    pub(super) fn end_of_round(&mut self) -> anyhow::Result<Heard> {
        let events = self.read()?;
        let lost = |event: &Value| event["event"] == "device-lost";
        let end = events.iter().rposition(lost).context("the round did not end")?;
        let mut heard = Heard::default();
        for event in &events[..=end] {
            let at = |key: &str| number(event, key).map(|sample| sample.saturating_sub(self.begin));
            match event["event"].as_str() {
                Some("detection") => heard.detections.push(Detected {
                    keyword: event["keyword"].to_string(),
                    language: event["language"].to_string(),
                    score: event["score"].as_f64().unwrap_or(f64::NAN),
                    start: at("start")?,
                    end: at("end")?,
                }),
                Some("device-lost") => {
                    heard.breaks += 1;
                    heard.samples = at("sample")?;
                }
                Some("model-changed") => heard.changes += 1,
                Some("samples-lost") => heard.dropped += number(event, "dropped")?,
                _ => {}
            }
        }
        self.begin = number(&events[end], "sample")?;
        Ok(heard)
    }

    /// The summary.
    pub(super) fn end(&mut self) -> anyhow::Result<Total> {
        let events = self.read()?;
        let summary = events.last().filter(|event| event["event"] == "summary").context("no summary")?;
        Ok(Total {
            samples: number(summary, "samples")?,
            dropped: number(summary, "samples_dropped")?,
            missing: number(summary, "samples_missing")?,
            gaps: number(summary, "gaps")?,
        })
    }

    /// All events since the last call; no position goes back.
    fn read(&mut self) -> anyhow::Result<Vec<Value>> {
        let lines = std::mem::take(&mut *self.lines.borrow_mut());
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let events: Vec<Value> = lines.map(serde_json::from_slice).collect::<Result<_, _>>()?;
        for event in &events {
            if let Some(sample) = event["sample"].as_u64() {
                ensure!(
                    sample >= self.last,
                    "expected positions that grow, found {sample} after {}",
                    self.last
                );
                self.last = sample;
            }
        }
        Ok(events)
    }
}

fn number(event: &Value, key: &str) -> anyhow::Result<u64> {
    event[key].as_u64().with_context(|| format!("expected a number {key:?} in {event}"))
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
