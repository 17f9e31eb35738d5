//! JSON: of someone else, read and refused, or written.

use serde::{Deserialize, Serialize};

use super::truncated;

/// A text is no JSON of the form that is expected.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

impl JsonError {
    /// Of what the text itself says only so much is repeated.
    #[expect(clippy::needless_pass_by_value, reason = "it stands where an error is turned into another")]
    fn new(error: serde_json::Error) -> Self {
        Self(truncated(error.to_string()))
    }
}

/// Reads JSON.
pub(crate) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, JsonError> {
    serde_json::from_str(text).map_err(JsonError::new)
}

/// Writes JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, JsonError> {
    serde_json::to_string(value).map_err(JsonError::new)
}
