//! Folders that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::leftovers;
use crate::place::folder_of;

/// A folder that takes its name when it is finished; until then it is beside it under a random one. Nothing is replaced.
///
/// One that is dropped unfinished leaves nothing; what a killed program left is removed by the next that writes beside it.
#[derive(Debug)]
pub struct WholeFolder {
    folder: TempDir,
    target: PathBuf,
    _lock: File,
}

impl WholeFolder {
    /// Begins a folder; those that it is to be in are made where they are missing.
    ///
    /// # Errors
    /// When something has the name, or it cannot be made where it is to be.
    pub fn create(path: &Path) -> io::Result<Self> {
        if path.file_name().is_none() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "expected a name for a new folder"));
        }
        check_new(path)?;
        let beside = folder_of(path);
        fs::create_dir_all(beside)?;
        // Those of others may not be ours to remove; nothing hangs on it.
        let _ = leftovers::remove_leftovers(beside);
        let (folder, lock) = leftovers::new_partial_folder(beside)?;
        Ok(Self { folder, target: path.to_owned(), _lock: lock })
    }

    /// Where the folder is until it is finished.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// When something has taken it.
    pub fn finish(self) -> io::Result<()> {
        check_new(&self.target)?;
        fs::rename(self.folder.path(), &self.target)?;
        let _ = self.folder.keep();
        Ok(())
    }
}

fn check_new(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "it exists already: expected a name for a new folder",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_appears_whole_and_replaces_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("words");
        let entries = || fs::read_dir(scratch.path()).unwrap().count();
        let folder = WholeFolder::create(&path).unwrap();
        fs::write(folder.path().join("yes"), "sound").unwrap();
        assert!(!path.exists());
        // The living one is no leftover; that of a killed program is.
        fs::create_dir_all(scratch.path().join(".polyspot-0123456789abcdef.partial/deep")).unwrap();
        drop(WholeFolder::create(&scratch.path().join("other")).unwrap());
        assert_eq!(entries(), 1);
        folder.finish().unwrap();
        assert_eq!(fs::read(path.join("yes")).unwrap(), b"sound");
        assert!(WholeFolder::create(&path).is_err());
        assert_eq!(entries(), 1);
    }

    #[test]
    fn the_folders_above_it_are_made() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("of/many/words");
        WholeFolder::create(&path).unwrap().finish().unwrap();
        assert!(path.is_dir());
        let file = scratch.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(WholeFolder::create(&file.join("words")).is_err());
    }
}
