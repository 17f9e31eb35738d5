//! Files that have no name yet, and those that never will: what a killed program left.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile, TempDir};

use crate::read;

const PREFIX: &str = ".polyspot-";
const SUFFIX: &str = ".partial";
/// Random letters and digits of a name: nobody guesses it.
const RANDOM: usize = 16;

/// A new file of a random name, which no link stands at, of this mode or one that only the user may read. It is locked as long as it
/// is written, by which others know that somebody lives who writes it.
pub(crate) fn new_partial(folder: &Path, mode: Option<&Permissions>) -> io::Result<NamedTempFile> {
    loop {
        let file = builder(mode.cloned()).tempfile_in(folder)?;
        // Where files cannot be locked, none is taken for a leftover.
        let _ = file.as_file().lock();
        // Between its creation and its lock another program may have taken it for a leftover.
        if fs::symlink_metadata(file.path()).is_ok() {
            return Ok(file);
        }
    }
}

/// Whether files can be made in a folder.
///
/// # Errors
/// Why they cannot.
pub fn check_folder(folder: &Path) -> io::Result<()> {
    new_partial(folder, None).map(drop)
}

/// The same of a folder, with what locks it, that anyone may read as far as the user's mask allows.
pub(crate) fn new_partial_folder(folder: &Path) -> io::Result<(TempDir, File)> {
    #[cfg(unix)]
    let mode = Some(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    #[cfg(not(unix))]
    let mode = None;
    loop {
        let new = builder(mode.clone()).tempdir_in(folder)?;
        let lock = File::open(new.path())?;
        let _ = lock.lock();
        if fs::symlink_metadata(new.path()).is_ok() {
            return Ok((new, lock));
        }
    }
}

fn builder(mode: Option<Permissions>) -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).rand_bytes(RANDOM);
    if let Some(mode) = mode {
        builder.permissions(mode);
    }
    builder
}

/// Removes what programs left in a folder that were killed while they wrote.
///
/// # Errors
/// When the folder cannot be read.
pub fn remove_leftovers(folder: &Path) -> io::Result<()> {
    let is_partial = |name: &OsStr| {
        let name = name.as_encoded_bytes();
        name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes())
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file_type = entry.file_type()?;
        if !is_partial(&entry.file_name()) || !(file_type.is_file() || file_type.is_dir()) {
            continue;
        }
        // Whoever writes it holds the lock.
        let Ok(file) = read::open(&entry.path()) else { continue };
        if file.try_lock().is_ok() {
            let path = entry.path();
            let _ = if file_type.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
    Ok(())
}
