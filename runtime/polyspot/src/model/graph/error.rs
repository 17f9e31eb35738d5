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
pub(in crate::model) fn unsupported(
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

/// Why an operation does not fit.
pub(in crate::model) struct Mismatch {
    expected: String,
    found: String,
}

pub(in crate::model) fn mismatch(expected: impl Into<String>, found: impl Into<String>) -> Mismatch {
    Mismatch { expected: expected.into(), found: found.into() }
}

impl Mismatch {
    /// The error of an operation that is called so.
    pub(in crate::model) fn of(self, operation: &str, name: &str) -> GraphError {
        unsupported(format!("operation {operation} {name:?}"), self.expected, self.found)
    }
}
