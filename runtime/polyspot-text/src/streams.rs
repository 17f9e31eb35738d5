//! Standard error and standard output, which may be full, closed, or have a reader that does not read.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use crate::shown::shown;

/// So much is written at once to a stream that may have no reader: a pipe that has room at all has room for it (`PIPE_BUF`).
const MOST_AT_ONCE: usize = 4_096;

/// How long a reader may take before nobody is taken to read.
const PATIENCE: Duration = Duration::from_millis(250);

/// Says a line on standard error, as [`say!`](crate::say!) does.
///
/// What cannot be said ends nothing: whoever closed standard error does not want to know.
pub fn say(line: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(&bytes(line));
}

/// The same, but says nothing if nobody reads.
pub fn say_if_heard(line: fmt::Arguments<'_>) {
    for part in bytes(line).chunks(MOST_AT_ONCE) {
        if !is_writable(&io::stderr(), PATIENCE) || io::stderr().write_all(part).is_err() {
            return;
        }
    }
}

/// Says one line for people on standard error, whatever it repeats of others' text; takes what `format!` takes.
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => { $crate::say(::std::format_args!($($argument)*)) };
}

/// Writes lines to standard output: text of the program's own in which others' text is escaped already.
///
/// # Errors
/// When it cannot be written.
pub fn print(lines: fmt::Arguments<'_>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_fmt(lines)?;
    out.flush()
}

fn bytes(line: fmt::Arguments<'_>) -> Vec<u8> {
    let text = line.to_string();
    let mut bytes = shown(&text).into_owned().into_bytes();
    bytes.push(b'\n');
    bytes
}

/// Whether a stream takes [a little](MOST_AT_ONCE) without waiting for its reader, or does so in time. One that is broken does:
/// writing says why.
#[cfg(unix)]
pub fn is_writable(stream: &impl std::os::fd::AsFd, patience: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let timeout = Timespec { tv_sec: patience.as_secs() as i64, tv_nsec: patience.subsec_nanos().into() };
    // A poll that fails knows nothing.
    poll(&mut [PollFd::new(stream, PollFlags::OUT)], Some(&timeout)).map_or(true, |ready| ready > 0)
}

/// Elsewhere nobody tells.
#[cfg(not(unix))]
pub fn is_writable<T>(_stream: &T, _patience: Duration) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_pipe_is_writable_until_it_is_full_and_again_when_it_is_broken() {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut written = 0;
        while is_writable(&writer, Duration::ZERO) {
            written += writer.write(&[0; MOST_AT_ONCE]).unwrap();
            assert!(written < 100 << 20, "it never fills up");
        }
        assert!(written > 0);
        drop(reader);
        assert!(is_writable(&writer, Duration::ZERO));
        assert_eq!(writer.write(&[0]).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(is_writable(&File::options().write(true).open("/dev/null").unwrap(), Duration::ZERO));
    }
}
