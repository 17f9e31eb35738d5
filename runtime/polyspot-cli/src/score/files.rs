//! The recordings that the paths on the command line stand for.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use polyspot_audio::{ENDINGS, has_ending};
use walkdir::WalkDir;

/// A path to be scored or, when it is already known to be no recording, reported.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) trouble: Option<String>,
}

/// What stands at the paths.
#[derive(Default)]
pub(crate) struct Found {
    /// All recordings, in the order of the paths and within folders by name. Hidden files in folders are left out.
    pub(crate) inputs: Vec<Input>,
    pub(crate) others: Others,
}

/// Files in folders that are no recordings by their names, counted by the endings of these.
#[derive(Default)]
pub(crate) struct Others(BTreeMap<String, usize>);

/// Endings that are shown.
const SHOWN: usize = 5;
/// An ending that is longer is none.
const LONGEST_ENDING: usize = 8;

/// Finds recordings. In folders they are told by their names; a file named on the command line may have any.
pub(crate) fn find(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        if !path.is_dir() {
            // Whether it is a recording, or is there at all, shows when it is opened.
            found.inputs.push(Input { path: path.clone(), trouble: None });
            continue;
        }
        let before = found.inputs.len();
        found.search(path);
        if found.inputs.len() == before {
            let trouble = Some(format!("the folder holds no recording ({})", ENDINGS.join(", ")));
            found.inputs.push(Input { path: path.clone(), trouble });
        }
    }
    found
}

impl Found {
    fn search(&mut self, folder: &Path) {
        let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
        let entries = WalkDir::new(folder)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(move |entry| entry.depth() == 0 || !is_hidden(entry.file_name()));
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_file() => self.file(entry.into_path()),
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(Path::new("")).to_path_buf();
                    let trouble = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    self.inputs.push(Input { path, trouble: Some(trouble) });
                }
            }
        }
    }

    fn file(&mut self, path: PathBuf) {
        if has_ending(&path) {
            self.inputs.push(Input { path, trouble: None });
        } else {
            let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
            self.others.count(ending.to_ascii_lowercase());
        }
    }
}

impl Others {
    fn count(&mut self, ending: String) {
        let is_one = (1..=LONGEST_ENDING).contains(&ending.len())
            && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
        *self.0.entry(if is_one { ending } else { String::new() }).or_default() += 1;
    }

    /// One line that says how many there are; nothing if there are none.
    pub(crate) fn line(&self) -> Option<String> {
        let all: usize = self.0.values().sum();
        let mut kinds: Vec<(&str, usize)> =
            self.0.iter().map(|(ending, count)| (&**ending, *count)).collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let names = kinds.iter().take(SHOWN).map(|(ending, count)| match *ending {
            "" => format!("{count} without an ending"),
            ending => format!("{count} .{ending}"),
        });
        let names = names.collect::<Vec<_>>().join(", ");
        let more = if kinds.len() > SHOWN { ", …" } else { "" };
        (all > 0).then(|| format!("{all} file(s) of other kinds were passed over: {names}{more}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_counted_in_one_line() {
        let mut others = Others::default();
        assert_eq!(others.line(), None);
        for ending in ["txt", "aiff", "", "txt", "\u{1b}[2J"] {
            others.count(ending.into());
        }
        let line = others.line().unwrap();
        assert_eq!(line, "5 file(s) of other kinds were passed over: 2 without an ending, 2 .txt, 1 .aiff");
    }
}
