//! Files that nobody else may read: recordings of people.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::whole::{begin, finish};

/// Makes a folder that only the user may enter, and those above it that are not there. One that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a new file that only the user may read, whole or not at all. Nothing is replaced.
///
/// # Errors
/// When it cannot be written, or something has the name already.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "there is such a file already"));
    }
    let mut file = begin(path, None, None)?;
    file.write_all(bytes)?;
    finish(file, path)
}
