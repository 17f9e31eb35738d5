//! What the events say was heard and lost, read as any other program would.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use anyhow::{Context, ensure};
use serde_json::Value;

/// Reads the events of one session, a little at a time: it must not need memory of its own that grows with a round.
#[derive(Default)]
pub(super) struct EventLog {
    lines: Rc<RefCell<Vec<u8>>>,
    /// The sample that the round began with.
    begin: u64,
    /// The sample of the last loss of the microphone.
    lost_at: u64,
    /// The last position that any event gave.
    last: u64,
    /// Of this round.
    heard: Heard,
    total: Option<Total>,
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
    keyword: String,
    language: String,
    score: f64,
    start: u64,
    end: u64,
}

/// What the summary says.
pub(super) struct Total {
    pub(super) samples: u64,
    pub(super) dropped: u64,
    pub(super) missing: u64,
    pub(super) gaps: u64,
}

impl EventLog {
    /// Where the events are to be written.
    pub(super) fn lines(&self) -> impl Write + use<> {
        Lines(Rc::clone(&self.lines))
    }

    /// Reads what was written since the last call.
    pub(super) fn read(&mut self) -> anyhow::Result<()> {
        let lines = std::mem::take(&mut *self.lines.borrow_mut());
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.note(&serde_json::from_slice(line)?)?;
        }
        Ok(())
    }

    /// What was heard in the round that ends with the last loss of the microphone.
    pub(super) fn end_of_round(&mut self) -> anyhow::Result<Heard> {
        self.read()?;
        self.begin = self.lost_at;
        Ok(std::mem::take(&mut self.heard))
    }

    /// The summary.
    pub(super) fn end(&mut self) -> anyhow::Result<Total> {
        self.read()?;
        self.total.take().context("no summary")
    }

    /// Notes an event; no position goes back.
    fn note(&mut self, event: &Value) -> anyhow::Result<()> {
        if let Some(sample) = event["sample"].as_u64() {
            ensure!(sample >= self.last, "expected positions that grow, found {sample} after {}", self.last);
            self.last = sample;
        }
        let since_begin = |key: &str| number(event, key).map(|sample| sample.saturating_sub(self.begin));
        match event["event"].as_str() {
            Some("detection") => self.heard.detections.push(Detected {
                keyword: event["keyword"].to_string(),
                language: event["language"].to_string(),
                score: event["score"].as_f64().unwrap_or(f64::NAN),
                start: since_begin("start")?,
                end: since_begin("end")?,
            }),
            Some("device-lost") => {
                self.heard.samples = since_begin("sample")?;
                self.heard.breaks += 1;
                self.lost_at = number(event, "sample")?;
            }
            Some("model-changed") => self.heard.changes += 1,
            Some("samples-lost") => self.heard.dropped += number(event, "dropped")?,
            Some("summary") => {
                self.total = Some(Total {
                    samples: number(event, "samples")?,
                    dropped: number(event, "samples_dropped")?,
                    missing: number(event, "samples_missing")?,
                    gaps: number(event, "gaps")?,
                });
            }
            _ => {}
        }
        Ok(())
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
