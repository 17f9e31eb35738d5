//! Files that appear whole or not at all, whenever the program is killed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that takes its name when it is finished; until then it is beside it, with `.partial` after its name.
///
/// One that is dropped unfinished leaves nothing. What a killed program leaves has the one name that the next one writes to:
/// leftovers neither pile up nor hinder. Two programs that write one file at the same time are not kept apart.
pub struct WholeFile {
    target: PathBuf,
    partial: PathBuf,
    writer: BufWriter<File>,
    is_finished: bool,
}

impl WholeFile {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written where it is to be.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
        name.push(".partial");
        let partial = path.with_file_name(name);
        let writer = BufWriter::new(File::create(&partial)?);
        Ok(Self { target: path.to_owned(), partial, writer, is_finished: false })
    }

    /// Where the file is until it is finished.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Gives the file its name, once all of it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written; a file that had the name before keeps it.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        fs::rename(&self.partial, &self.target)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // Whatever went wrong before is what is to be reported.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Writes a file, whole or not at all.
///
/// # Errors
/// When it cannot be written; a file that had the name before keeps it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_seen_before_the_end_and_leftovers_are_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result.csv");
        fs::write(folder.path().join("result.csv.partial"), "what a killed program left, and it is long")
            .unwrap();
        write_whole(&path, b"old").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read(file.partial()).unwrap(), b"new");
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside it");
        assert!(write_whole(&folder.path().join("no/such/folder"), b"").is_err());
    }
}
