//! Numbers that somebody wrote, and the ranges that they must be in.

use std::fmt::Display;
use std::ops::RangeInclusive;

use anyhow::{Result, ensure};

/// Checks a value of something by its name.
///
/// # Errors
/// When it is out of range.
pub(crate) fn within<T: PartialOrd + Display + Copy>(
    whole: &str,
    what: &str,
    found: T,
    range: RangeInclusive<T>,
) -> Result<()> {
    let (lowest, highest) = (range.start(), range.end());
    ensure!(range.contains(&found), "the {whole}'s {what} must be in {lowest}..={highest}, found {found}");
    Ok(())
}
