//! Where an output goes: what stands at a path decides whether it may be replaced.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::read::kind;

/// Links that lead on are followed so far, as by the system.
const MOST_LINKS: usize = 40;

/// What is to be done with an output.
pub(crate) enum Place {
    /// A file takes this name when it is whole; what stands there now, if anything does, is a regular file.
    Name(PathBuf, Option<Metadata>),
    /// Nothing is replaced: a device, a pipe, or something that is open already.
    Stream(Stream),
}

/// What is written to directly.
pub(crate) enum Stream {
    /// A device or a pipe.
    Path(PathBuf),
    /// One of this program's open files, by its number: `/dev/stdout`.
    Open(PathBuf, Option<u32>),
}

impl Place {
    /// Looks at what stands at a path; links are followed to what they lead to, even if that is not there yet.
    ///
    /// # Errors
    /// When it is a folder, or nobody knows.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        if path.as_os_str().as_encoded_bytes().ends_with(b"/") || path.file_name().is_none() {
            return Err(no_file("a folder"));
        }
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            if let Some(number) = open_file(&path) {
                return Ok(Self::Stream(Stream::Open(path, number)));
            }
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::Name(path, None)),
                Err(error) => return Err(error),
            };
            let file_type = metadata.file_type();
            if file_type.is_symlink() {
                // A relative link counts from the folder that it is in.
                path = folder_of(&path).join(fs::read_link(&path)?);
            } else if file_type.is_file() {
                return Ok(Self::Name(path, Some(metadata)));
            } else if file_type.is_dir() {
                return Err(no_file("a folder"));
            } else {
                return Ok(Self::Stream(Stream::Path(path)));
            }
        }
        Err(io::Error::new(ErrorKind::InvalidInput, "there are too many links, one to the other"))
    }
}

impl Stream {
    /// Opens it for writing; a pipe waits for its reader.
    pub(crate) fn open(&self) -> io::Result<File> {
        match self {
            Self::Path(path) => OpenOptions::new().write(true).open(path),
            #[cfg(unix)]
            Self::Open(_, Some(number @ (1 | 2))) => {
                use std::os::fd::AsFd;
                let (out, talk) = (io::stdout(), io::stderr());
                // The same open file, so that what either writes follows on the other.
                let file = if *number == 1 { out.as_fd() } else { talk.as_fd() };
                Ok(file.try_clone_to_owned()?.into())
            }
            // What is there already stays, as if it were the file itself that is written to.
            Self::Open(path, _) => OpenOptions::new().append(true).open(path),
        }
    }
}

/// Checks that an output can be written, before the work whose result it is. Nothing is changed; no pipe is opened.
///
/// # Errors
/// When it cannot: there is a folder of that name, or none to write to.
pub fn check_output(path: &Path) -> io::Result<()> {
    match Place::of(path)? {
        Place::Name(..) => crate::WholeFile::create(path).map(drop),
        Place::Stream(_) => Ok(()),
    }
}

/// Whether two paths are, or would be, one regular file.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::canonicalize(path).ok(),
        Ok(_) => None,
        Err(_) => Some(fs::canonicalize(folder_of(path)).ok()?.join(path.file_name()?)),
    };
    place(one).is_some_and(|of_one| place(other).is_some_and(|of_other| of_one == of_other))
}

/// The number of the open file that a path stands for, in one of the system's folders of them; `Some(None)` if it is another
/// program's.
#[expect(clippy::option_option, reason = "no open file, one of this program, one of another")]
fn open_file(path: &Path) -> Option<Option<u32>> {
    if !cfg!(unix) {
        return None;
    }
    let name = path.file_name()?.to_str()?.parse().ok()?;
    let folder = fs::canonicalize(folder_of(path)).ok()?;
    let is_listing = folder.starts_with("/proc") && folder.ends_with("fd") || folder == Path::new("/dev/fd");
    let is_own =
        || fs::canonicalize("/proc/self/fd").map_or(!folder.starts_with("/proc"), |own| own == folder);
    is_listing.then(|| is_own().then_some(name))
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(crate) fn no_file(found: &str) -> io::Error {
    io::Error::new(ErrorKind::IsADirectory, format!("expected the name of a file, found {found}"))
}

/// Checks that nothing but a regular file has come to stand at a name since it was looked at.
pub(crate) fn check_replaceable(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(metadata) if metadata.is_symlink() => Err(no_file("a link that was not there before")),
        Ok(metadata) => Err(no_file(kind(metadata.file_type()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
