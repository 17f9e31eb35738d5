//! What a command is told of a detection.

use std::time::SystemTime;

use polyspot::Detection;

use crate::json_lines;
use crate::listen::output::{Event, Stamped, rfc_3339};

/// The names of the placeholders. As an environment variable each has `POLYSPOT_` before it, in capitals.
const NAMES: [&str; 9] =
    ["keyword", "language", "score", "start", "end", "start_seconds", "end_seconds", "time", "json"];

/// What is known of a detection, in words: one value for each placeholder.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    values: [String; NAMES.len()],
}

impl Facts {
    /// What is known of a detection, which was reported as this event. Positions are in samples at this rate.
    pub(crate) fn new(
        detection: &Detection,
        sample_rate_hz: u32,
        event: &Event<'_>,
        time: SystemTime,
    ) -> std::io::Result<Self> {
        let seconds = |sample: u64| format!("{:.3}", sample as f64 / f64::from(sample_rate_hz));
        let json = json_lines::text(&Stamped::new(event, time))?;
        let Detection { keyword, language, score, start, end, .. } = detection;
        Ok(Self {
            values: [
                keyword.to_string(),
                language.to_string(),
                format!("{score:.4}"),
                start.to_string(),
                end.to_string(),
                seconds(*start),
                seconds(*end),
                rfc_3339(time),
                json,
            ],
        })
    }

    pub(super) fn keyword(&self) -> &str {
        &self.values[0]
    }

    pub(super) fn value(&self, placeholder: usize) -> &str {
        &self.values[placeholder]
    }

    /// The environment variables.
    pub(super) fn environment(&self) -> impl Iterator<Item = (String, &str)> {
        let named = NAMES.iter().zip(&self.values);
        named.map(|(name, value)| (format!("POLYSPOT_{}", name.to_ascii_uppercase()), value.as_str()))
    }
}

/// The number of a placeholder.
pub(super) fn placeholder(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

/// All placeholders, as they are written.
pub(super) fn placeholders() -> String {
    NAMES.map(|name| format!("{{{name}}}")).join(" ")
}

#[cfg(test)]
pub(super) fn example() -> Facts {
    let json = r#"{"event":"detection","keyword":"stop; rm"}"#;
    let values = ["stop; rm", "en", "0.93", "16", "32", "0.001", "0.002", "2026-11-29T00:31:08.121Z", json];
    Facts { values: values.map(str::to_owned) }
}
