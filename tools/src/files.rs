//! Files that appear whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a temporary file beside `path` and renames it: nobody ever sees half a file.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_checked(path, bytes, |_| Ok(()))
}

/// The same, but the temporary file takes the final name only if `check` accepts it.
pub(crate) fn write_checked(
    path: &Path,
    bytes: &[u8],
    check: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".partial");
    let partial = path.with_file_name(name);
    let outcome = fs::write(&partial, bytes)
        .map_err(Into::into)
        .and_then(|()| check(&partial))
        .and_then(|()| Ok(fs::rename(&partial, path)?));
    if outcome.is_err() {
        // The first error is the one to report; a leftover that cannot be removed adds nothing to it.
        let _ = fs::remove_file(&partial);
    }
    outcome.with_context(|| format!("writing {}", path.display()))
}
