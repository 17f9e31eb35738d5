//! What a header, its data and its payload are together.

use serde::Serialize;
use serde_json::{Map, Value};

/// The version of the public package `wyoming` whose exchange this is. No reader looks at it.
const VERSION: &str = "1.10.2";

/// An event that has come.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event<'a> {
    /// What the protocol calls its type.
    pub(crate) kind: String,
    pub(crate) data: Map<String, Value>,
    pub(crate) payload: &'a [u8],
}

/// An event's bytes, with its data behind the header, where all versions look for it.
pub(crate) fn write(kind: &str, data: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Header<'a> {
        #[serde(rename = "type")]
        kind: &'a str,
        version: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data_length: Option<usize>,
    }
    let data = serde_json::to_vec(data)?;
    // An event without data has none at all.
    let data = if data == b"{}" { Vec::new() } else { data };
    let data_length = Some(data.len()).filter(|length| *length > 0);
    let mut bytes = serde_json::to_vec(&Header { kind, version: VERSION, data_length })?;
    bytes.push(b'\n');
    bytes.extend(data);
    Ok(bytes)
}
