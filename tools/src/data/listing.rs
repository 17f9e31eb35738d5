//! What stands in a folder, sorted, without what is not meant for us.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use polyspot_audio::has_ending;
use polyspot_text::shown_path;

/// A file or folder.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// The folders within a folder, links to folders included, hidden ones not.
pub(super) fn folders(folder: &Path) -> Result<Vec<Entry>> {
    Ok(visible(folder)?.into_iter().filter(|entry| entry.path.is_dir()).collect())
}

/// The files within a folder, hidden ones not.
pub(super) fn files(folder: &Path) -> Result<Vec<Entry>> {
    Ok(visible(folder)?.into_iter().filter(|entry| entry.path.is_file()).collect())
}

/// What macOS puts into archives, beside what was to be in them.
const MACOS: &str = "__MACOSX";

/// The one folder in a folder that has no recordings beside it, if there is one.
pub(super) fn only_folder(folder: &Path) -> Result<Option<PathBuf>> {
    let inner: Vec<Entry> = folders(folder)?.into_iter().filter(|inner| inner.name != MACOS).collect();
    match inner.as_slice() {
        [only] if audio_files(folder)?.is_empty() && !only.path.is_symlink() => Ok(Some(only.path.clone())),
        _ => Ok(None),
    }
}

/// Folders between a folder and the recordings in it that lie deepest.
pub(super) fn depth(folder: &Path) -> Result<usize> {
    let inner = folders(folder)?.into_iter().filter(|inner| !inner.path.is_symlink());
    inner
        .map(|inner| Ok(1 + depth(&inner.path)?))
        .try_fold(0, |most, depth: Result<usize>| Ok(most.max(depth?)))
}

/// The audio files within a folder, told by their extensions, hidden ones not.
pub(super) fn audio_files(folder: &Path) -> Result<Vec<Entry>> {
    Ok(files(folder)?.into_iter().filter(|entry| has_ending(&entry.path)).collect())
}

/// The audio files within a folder and all that are in it. Links to folders are not followed: they may lead
/// back.
pub(super) fn audio_files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for Entry { path, .. } in visible(folder)? {
        if path.is_dir() {
            if !path.is_symlink() {
                found.extend(audio_files_below(&path)?);
            }
        } else if has_ending(&path) {
            found.push(path);
        }
    }
    Ok(found)
}

fn visible(folder: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry.with_context(|| format!("{} cannot be read", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default();
        // A folder is named after a word or a speaker, which is text. What a file's name tells is told as well by what is left of it.
        ensure!(name.to_str().is_some() || !path.is_dir(), "{}: expected a name in UTF-8", shown_path(&path));
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with('.') {
            entries.push(Entry { name, path });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}
