//! Files that appear whole or not at all.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::leftovers;
use crate::place::{Place, check_replaceable, folder_of};

/// A file that takes its name when it is finished; until then it is beside it under a random one that begins with `.polyspot-`.
///
/// A link at the name stays, and what it leads to is written. What is no regular file is not replaced but written to as the bytes
/// come: a device, a pipe, `/dev/stdout`. One that is dropped unfinished leaves nothing; what a killed program left is removed by
/// the next that writes to the folder. Of two that write one file at the same time the last to finish wins, whole.
#[derive(Debug)]
pub struct WholeFile {
    writer: Writer,
}

#[derive(Debug)]
enum Writer {
    Beside { file: BufWriter<NamedTempFile>, target: PathBuf },
    Stream(BufWriter<File>),
}

impl WholeFile {
    /// Begins a file. It will have the mode of the one that it replaces.
    ///
    /// # Errors
    /// When it cannot be written where it is to be.
    pub fn create(path: &Path) -> io::Result<Self> {
        let writer = match Place::of(path)? {
            Place::Name(target, replaced) => {
                // Those of others may not be ours to remove; nothing hangs on it.
                let _ = leftovers::remove_leftovers(folder_of(&target));
                let file = begin(&target, replaced.as_ref(), new_mode().as_ref())?;
                Writer::Beside { file: BufWriter::new(file), target }
            }
            Place::Stream(stream) => Writer::Stream(BufWriter::new(stream.open()?)),
        };
        Ok(Self { writer })
    }

    /// Where the file is until it is finished; nowhere if it is written directly.
    pub fn partial(&self) -> Option<&Path> {
        match &self.writer {
            Writer::Beside { file, .. } => Some(file.get_ref().path()),
            Writer::Stream(_) => None,
        }
    }

    /// Gives the file its name, once all of it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written; a file that had the name before keeps it.
    pub fn finish(self) -> io::Result<()> {
        match self.writer {
            Writer::Beside { file, target } => finish(file.into_inner()?, &target),
            Writer::Stream(mut file) => file.flush(),
        }
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Writer::Beside { file, .. } => file.write(bytes),
            Writer::Stream(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Writer::Beside { file, .. } => file.flush(),
            Writer::Stream(file) => file.flush(),
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

/// A new file beside the target, of the mode and owner of what it is to replace, or else of `mode`.
pub(crate) fn begin(
    target: &Path,
    replaced: Option<&Metadata>,
    mode: Option<&Permissions>,
) -> io::Result<NamedTempFile> {
    let folder = folder_of(target);
    if !folder.is_dir() {
        let error = format!("there is no folder {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, error));
    }
    let file = leftovers::new_partial(folder, mode)?;
    if let Some(replaced) = replaced {
        // Only root may give a file away; who may not owns what he has written.
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};
            let _ = fchown(file.as_file(), Some(replaced.uid()), Some(replaced.gid()));
        }
        file.as_file().set_permissions(replaced.permissions())?;
    }
    Ok(file)
}

/// Gives a file its name.
pub(crate) fn finish(file: NamedTempFile, target: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    check_replaceable(target)?;
    file.persist(target)?;
    Ok(())
}

/// That of files which anyone may read, as far as the user's mask allows.
#[cfg_attr(unix, expect(clippy::unnecessary_wraps, reason = "elsewhere files have no such mode"))]
fn new_mode() -> Option<Permissions> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests;
