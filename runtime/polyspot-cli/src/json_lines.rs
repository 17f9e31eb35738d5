//! Events as lines of JSON, for other programs to read.

use std::io::{self, Write};

use polyspot_text::visible_json;
use serde::Serialize;

/// Version of the JSON lines. A reader must ignore fields and events that it does not know.
const SCHEMA: u32 = 1;

/// Writes one event as one line.
pub(crate) fn write(out: &mut impl Write, event: &impl Serialize) -> io::Result<()> {
    let mut line = text(event)?;
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// One event as its line has it, without the line's end.
pub(crate) fn text(event: &impl Serialize) -> io::Result<String> {
    #[derive(Serialize)]
    struct Line<'a, E> {
        schema: u32,
        #[serde(flatten)]
        event: &'a E,
    }
    Ok(visible_json(serde_json::to_string(&Line { schema: SCHEMA, event })?))
}

/// So many decimals are enough, and as `f64` they are written in as few digits.
pub(crate) fn rounded(value: impl Into<f64>, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value.into() * scale).round() / scale
}
