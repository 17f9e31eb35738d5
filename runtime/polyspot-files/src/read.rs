//! Reading files that are not larger than they should be.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Reads a regular file of at most `limit` bytes.
///
/// Anything else at the path is refused at once: a pipe, whose writer may never come, a device, or a folder.
///
/// # Errors
/// When the file cannot be read; of [`ErrorKind::FileTooLarge`] when it is longer, even if it grows while it is read.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        let found = kind(metadata.file_type());
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            format!("expected a regular file, found {found}"),
        ));
    }
    // Grown step by step it would take twice the memory, and the C library's allocator would keep it.
    let mut bytes = Vec::with_capacity(metadata.len().min(limit + 1) as usize);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let message = format!("expected a file of at most {limit} bytes, found a longer one");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
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
fn open(path: &Path) -> io::Result<File> {
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
