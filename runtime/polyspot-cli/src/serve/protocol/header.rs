//! The line that begins an event.

use anyhow::{Context, anyhow, ensure};
use polyspot_text::shown;
use serde::Deserialize;
use serde_json::{Map, Number, Value};

/// Longest header, in bytes without the line's end: what the public package reads, too.
pub(crate) const MAX_HEADER: usize = 64 << 10;
/// Most bytes of data behind a header.
pub(crate) const MAX_DATA: usize = 64 << 10;
/// Most bytes of payload: half a minute of 16-bit samples at 16 kHz, where clients send a tenth of a second.
pub(crate) const MAX_PAYLOAD: usize = 1 << 20;
/// So much of a line is repeated where it is no header, in characters.
const SHOWN: usize = 40;

/// What a header says.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) kind: String,
    pub(super) data: Map<String, Value>,
    pub(super) data_length: usize,
    pub(super) payload_length: usize,
}

/// Reads a header, without the line's end.
///
/// # Errors
/// When it is no JSON object with a type, or a length is too great.
pub(super) fn parse(line: &[u8]) -> anyhow::Result<Header> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "type")]
        kind: String,
        data: Option<Map<String, Value>>,
        data_length: Option<Number>,
        payload_length: Option<Number>,
    }
    let Line { kind, data, data_length, payload_length } = serde_json::from_slice(line)
        .with_context(|| format!("expected a header, as {{\"type\": \"describe\"}}, found {}", head(line)))?;
    Ok(Header {
        kind,
        data: data.unwrap_or_default(),
        data_length: length("data_length", data_length.as_ref(), MAX_DATA)?,
        payload_length: length("payload_length", payload_length.as_ref(), MAX_PAYLOAD)?,
    })
}

/// The data that stands behind a header.
pub(super) fn parse_data(bytes: &[u8]) -> anyhow::Result<Map<String, Value>> {
    serde_json::from_slice(bytes)
        .with_context(|| format!("expected a JSON object as data, found {}", head(bytes)))
}

/// A length, which must be stated in whole bytes. One below 0 is none, as the public package takes it.
fn length(field: &str, stated: Option<&Number>, most: usize) -> anyhow::Result<usize> {
    let Some(stated) = stated else { return Ok(0) };
    if stated.as_i64().is_some_and(|length| length < 0) {
        return Ok(0);
    }
    let length =
        stated.as_u64().ok_or_else(|| anyhow!("expected a whole number as {field}, found {stated}"))?;
    ensure!(length <= most as u64, "expected a {field} of at most {most} bytes, found {length}");
    Ok(length as usize)
}

/// The beginning of what strangers sent.
fn head(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]);
    let text: String = start.chars().take(SHOWN).collect();
    let more = if text.len() < bytes.len() { "…" } else { "" };
    format!("\"{}{more}\"", shown(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: &str) -> String {
        format!("{:#}", parse(line.as_bytes()).unwrap_err())
    }

    #[test]
    fn a_header_has_a_type_and_lengths_within_bounds() {
        let line = br#"{"type": "detect", "version": "1.2", "data": {"names": ["stop"]}, "data_length": null, "x": [1]}"#;
        let header = parse(line).unwrap();
        assert_eq!((&*header.kind, header.data_length, header.payload_length), ("detect", 0, 0));
        assert_eq!(header.data["names"], serde_json::json!(["stop"]));
        let header =
            parse(br#"{"type": "a", "data": null, "data_length": 65536, "payload_length": -5}"#).unwrap();
        assert_eq!((header.data_length, header.payload_length), (65_536, 0));
    }

    #[test]
    fn what_is_no_header_is_said_in_words() {
        for (line, expected) in [
            (
                r#"{"type": "a", "payload_length": 9223372036854775808}"#,
                "at most 1048576 bytes, found 9223372036854775808",
            ),
            (
                r#"{"type": "a", "data_length": 65537}"#,
                "expected a data_length of at most 65536 bytes, found 65537",
            ),
            (
                r#"{"type": "a", "data_length": 1e300}"#,
                "expected a whole number as data_length, found 1e+300",
            ),
            (r#"{"type": "a", "data_length": "12"}"#, "invalid type: string"),
            ("{}", "missing field `type`"),
            ("", "expected a header"),
            ("GET / HTTP/1.1\r", r#"found "GET / HTTP/1.1\r""#),
            ("\u{1b}[2J", r#"found "\u{1b}[2J""#),
        ] {
            assert!(refusal(line).contains(expected), "{line}: {}", refusal(line));
        }
        let invalid = parse(b"\xff\xfe{}").unwrap_err();
        assert!(format!("{invalid:#}").contains("expected a header"), "{invalid:#}");
        let deep = "[".repeat(60_000);
        assert!(parse(format!("{{\"type\": \"a\", \"data\": {{\"a\": {deep}").as_bytes()).is_err());
    }
}
