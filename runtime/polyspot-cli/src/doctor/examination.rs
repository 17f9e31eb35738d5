//! What an examination gives.

use super::finding::Finding;
use super::measured::Measured;

/// What was examined, and what came of it.
pub(super) struct Examination {
    /// What the user calls it.
    pub(super) name: String,
    /// None if there was nothing to measure.
    pub(super) measured: Option<Measured>,
    pub(super) findings: Vec<Finding>,
}
