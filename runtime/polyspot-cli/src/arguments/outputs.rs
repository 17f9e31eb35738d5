//! Files to write that must not take the place of what is read.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use polyspot_audio::has_ending;
use polyspot_files::is_same_file;
use polyspot_text::shown_path;

use crate::exit::Failure;

/// Refuses a file to write that is one of those that are read, or a recording in one of the folders.
pub(crate) fn check_apart<'p>(
    out: &Path,
    read: impl IntoIterator<Item = &'p PathBuf>,
) -> Result<(), Failure> {
    let is_recording = has_ending(out) && out.is_file();
    let is_within = |folder: &Path| match (out.canonicalize(), folder.canonicalize()) {
        (Ok(out), Ok(folder)) => folder.is_dir() && out.starts_with(folder),
        _ => false,
    };
    if read.into_iter().any(|path| is_same_file(out, path) || is_recording && is_within(path)) {
        let out = shown_path(out);
        return Err(Failure::usage(anyhow!("{out} is read: expected another file to write to")));
    }
    Ok(())
}
