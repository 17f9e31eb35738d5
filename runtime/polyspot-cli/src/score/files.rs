//! The recordings that the paths on the command line stand for.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Endings of the files in a folder that are taken for recordings, in lower case. A file named on the command
/// line may have any.
const ENDINGS: [&str; 3] = ["wav", "wave", "flac"];

/// A path to be scored or, when it is already known to be no recording, reported.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) trouble: Option<String>,
}

/// All recordings, in the order of the paths and within folders by name. Hidden files in folders are left out.
pub(crate) fn find(paths: &[PathBuf]) -> Vec<Input> {
    let mut inputs = Vec::new();
    for path in paths {
        if !path.is_dir() {
            // Whether it is a recording, or is there at all, shows when it is opened.
            inputs.push(Input { path: path.clone(), trouble: None });
            continue;
        }
        let before = inputs.len();
        inputs.extend(search(path));
        if inputs.len() == before {
            let trouble = Some(format!("the folder holds no recording ({})", ENDINGS.join(", ")));
            inputs.push(Input { path: path.clone(), trouble });
        }
    }
    inputs
}

fn search(folder: &Path) -> impl Iterator<Item = Input> {
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| entry.depth() == 0 || !is_hidden(entry.file_name()))
        .filter_map(move |entry| match entry {
            Ok(entry) if entry.file_type().is_file() && is_recording(entry.path()) => {
                Some(Input { path: entry.into_path(), trouble: None })
            }
            Ok(_) => None,
            Err(error) => {
                let path = error.path().unwrap_or(Path::new("")).to_path_buf();
                let trouble = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                Some(Input { path, trouble: Some(trouble) })
            }
        })
}

fn is_recording(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
}
