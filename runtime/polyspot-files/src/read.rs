//! Reading files that are not larger than they should be.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// A regular file that is read up to its limit.
#[derive(Debug)]
pub struct LimitedFile {
    file: File,
    limit: u64,
    left: u64,
}

impl LimitedFile {
    /// Opens a regular file, to read at most `limit` bytes of it.
    ///
    /// Anything else at the path is refused at once: a pipe, whose writer may never come, a device, or a folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path, limit: u64) -> io::Result<Self> {
        let file = open(path)?;
        let file_type = file.metadata()?.file_type();
        if !file_type.is_file() {
            let message = format!("expected a regular file, found {}", kind(file_type));
            return Err(io::Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self { file, limit, left: limit })
    }
}

impl Read for LimitedFile {
    /// An error of [`ErrorKind::FileTooLarge`] where the limit is passed, even if the file grows while it is read.
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        // One byte more than is left tells that there is one.
        let most = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX).saturating_add(1));
        let read = self.file.read(&mut bytes[..most])?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let message = format!("expected a file of at most {} bytes, found a longer one", self.limit);
            io::Error::new(ErrorKind::FileTooLarge, message)
        })?;
        Ok(read)
    }
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// As [`LimitedFile::open`], and when it cannot be read or is longer.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut file = LimitedFile::open(path, limit)?;
    // Grown step by step it would take twice the memory, and the C library's allocator would keep it. The byte more is for the
    // read that finds the end.
    let length = file.file.metadata()?.len().min(limit) + 1;
    let mut bytes = Vec::with_capacity(length as usize);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same of a text.
///
/// # Errors
/// As [`read`], and when it is no UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "expected a text in UTF-8"))
}

/// Opens a file without waiting for whoever writes to it, should it be a pipe.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    options.open(path)
}

/// What something is that is no regular file.
pub(crate) fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return "a pipe (FIFO)";
        }
        if file_type.is_socket() {
            return "a socket";
        }
        if file_type.is_char_device() || file_type.is_block_device() {
            return "a device";
        }
    }
    "something else"
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        fs::write(&path, "twelve bytes").unwrap();
        assert_eq!(read(&path, 12).unwrap(), b"twelve bytes");
        let error = read(&path, 11).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "expected a file of at most 11 bytes, found a longer one");
        assert_eq!(read_text(&path, 12).unwrap(), "twelve bytes");
        fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, 12).unwrap_err().to_string(), "expected a text in UTF-8");
        assert_eq!(read(&folder.path().join("none"), 1).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |path: &Path| read(path, 1).unwrap_err().to_string();
        assert_eq!(refusal(folder.path()), "expected a regular file, found a folder");
        #[cfg(unix)]
        {
            let pipe = crate::read::tests::pipe(folder.path());
            assert_eq!(refusal(&pipe), "expected a regular file, found a pipe (FIFO)");
            assert_eq!(refusal(Path::new("/dev/zero")), "expected a regular file, found a device");
        }
    }

    /// A FIFO that nobody writes to.
    #[cfg(unix)]
    pub(crate) fn pipe(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        path
    }
}
