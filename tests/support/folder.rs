//! What stands in a folder.

use std::fs;
use std::path::{Path, PathBuf};

/// Everything in a folder, in order.
pub(crate) fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort_unstable();
    entries
}

/// The names of a folder's files, in order.
pub(crate) fn file_names(folder: impl AsRef<Path>) -> Vec<String> {
    let files = entries(folder).into_iter().filter(|entry| entry.is_file());
    files.map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}
