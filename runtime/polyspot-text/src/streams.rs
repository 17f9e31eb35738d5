//! Standard error and standard output, which may be full, closed, or have a reader that does not read.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind, Write};
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

/// Writes a line to standard output, as [`tell!`](crate::tell!) does.
///
/// # Errors
/// When it cannot be written.
pub fn tell(line: fmt::Arguments<'_>) -> io::Result<()> {
    io::stdout().write_all(&bytes(line))
}

/// Writes one line for people to standard output, whatever it repeats of others' text; takes what `format!` takes, and gives an error
/// when it cannot be written.
#[macro_export]
macro_rules! tell {
    ($($argument:tt)*) => { $crate::tell(::std::format_args!($($argument)*)) };
}

/// Writes several lines to standard output.
///
/// # Errors
/// When they cannot be written.
pub fn tell_lines(text: &str) -> io::Result<()> {
    text.lines().try_for_each(|line| tell(format_args!("{line}")))
}

/// Whether an error comes of a reader that has gone, by its causes: he has enough, and nothing went wrong.
pub fn has_reader_gone<'a>(mut causes: impl Iterator<Item = &'a (dyn Error + 'static)>) -> bool {
    let of_pipe = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    causes.any(|cause| cause.downcast_ref().is_some_and(of_pipe))
}

fn bytes(line: fmt::Arguments<'_>) -> Vec<u8> {
    let text = line.to_string();
    let mut bytes = shown(&text).into_owned().into_bytes();
    bytes.push(b'\n');
    bytes
}

/// Whether a stream takes a little without waiting for its reader, or does so in time. One that is broken does:
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
        assert_eq!(writer.write(&[0]).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert!(is_writable(&File::options().write(true).open("/dev/null").unwrap(), Duration::ZERO));
    }
}
