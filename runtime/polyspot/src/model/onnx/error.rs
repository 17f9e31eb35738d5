//! In what a graph is not of the form that polyspot runs.

use crate::model::manifest::truncated;

/// A graph is not of the form that polyspot runs, or is at odds with its manifest.
#[derive(Debug, thiserror::Error)]
#[error("the network's {part} must be {expected}, found {found}")]
#[non_exhaustive]
pub struct GraphError {
    /// The part of the graph.
    pub part: String,
    /// What was expected of it.
    pub expected: String,
    /// What was found.
    pub found: String,
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
