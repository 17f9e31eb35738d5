//! In what a graph is not of the form that polyspot runs.

use crate::model::manifest::truncated;

/// A graph is not of the form that polyspot runs, or is at odds with its manifest.
#[derive(Debug)]
pub(crate) struct GraphError {
    pub(crate) part: String,
    pub(crate) expected: String,
    pub(crate) found: String,
}

#[expect(clippy::needless_pass_by_value, reason = "most values found are made for the message")]
pub(crate) fn unsupported(
    part: impl Into<String>,
    expected: impl Into<String>,
    found: impl ToString,
) -> GraphError {
    GraphError {
        part: truncated(part.into()),
        expected: truncated(expected.into()),
        found: truncated(found.to_string()),
    }
}
