//! Standard output, whose reader may stop reading: whoever listens never waits for it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use polyspot_text::is_writable;

/// Bytes that may wait for a reader: thousands of detections.
const MOST_WAITING: usize = 1 << 20;

/// So much is written at once: a pipe that has room at all has room for it (`PIPE_BUF`).
const MOST_AT_ONCE: usize = 4_096;

/// At the end, the reader has so long for each part.
const PATIENCE: Duration = Duration::from_millis(250);

/// Lines on their way to a reader.
pub(crate) struct Outlet {
    out: File,
    waiting: VecDeque<u8>,
    /// Lines for which there was no room.
    left_out: u64,
}

impl Outlet {
    /// Standard output.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn standard() -> io::Result<Self> {
        #[cfg(unix)]
        let out = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
        #[cfg(windows)]
        let out = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
        Ok(Self::new(out.into()))
    }

    fn new(out: File) -> Self {
        Self { out, waiting: VecDeque::new(), left_out: 0 }
    }

    /// Whether lines wait that the reader has not taken.
    pub(super) fn is_behind(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes a line, and writes as much as the reader takes at once.
    ///
    /// # Errors
    /// When the output is broken or full.
    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        if self.waiting.len() + line.len() <= MOST_WAITING {
            self.waiting.extend(line);
        } else {
            self.left_out += 1;
        }
        self.pass_on()
    }

    /// Writes as much of what waits as the reader takes at once.
    ///
    /// # Errors
    /// As [`Outlet::line`].
    pub(super) fn pass_on(&mut self) -> io::Result<()> {
        self.write(Duration::ZERO)
    }

    /// Writes what waits, as long as the reader takes anything in time.
    ///
    /// # Errors
    /// As [`Outlet::line`], and when something is left.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.write(PATIENCE)?;
        if !self.is_behind() && self.left_out == 0 {
            return Ok(());
        }
        let lines = self.left_out + self.waiting.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let message = format!("nobody reads standard output: {lines} events could not be written");
        Err(io::Error::new(ErrorKind::TimedOut, message))
    }

    fn write(&mut self, patience: Duration) -> io::Result<()> {
        while !self.waiting.is_empty() && is_writable(&self.out, patience) {
            let (part, _) = self.waiting.as_slices();
            match self.out.write(&part[..part.len().min(MOST_AT_ONCE)]) {
                Ok(written) => drop(self.waiting.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{PipeReader, Read};
    use std::os::fd::OwnedFd;

    use super::*;

    fn pipe() -> (PipeReader, Outlet) {
        let (reader, writer) = io::pipe().unwrap();
        (reader, Outlet::new(OwnedFd::from(writer).into()))
    }

    #[test]
    fn a_reader_that_stops_holds_nothing_up_and_gets_it_all_later() {
        let (mut reader, mut outlet) = pipe();
        let line = [b'x'; 999].iter().chain(b"\n").copied().collect::<Vec<u8>>();
        for _ in 0..300 {
            outlet.line(&line).unwrap();
        }
        assert!(outlet.is_behind(), "a pipe holds less than 300,000 bytes");
        let read = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            all
        });
        outlet.end().unwrap();
        drop(outlet);
        assert_eq!(read.join().unwrap(), line.repeat(300));
    }

    #[test]
    fn what_nobody_reads_is_bounded_and_told_of() {
        let (reader, mut outlet) = pipe();
        let line = [&*vec![b'x'; 99_999], b"\n"].concat();
        for _ in 0..100 {
            outlet.line(&line).unwrap();
        }
        assert!(outlet.waiting.len() <= MOST_WAITING);
        let error = outlet.end().unwrap_err();
        assert!(error.to_string().starts_with("nobody reads standard output: "), "{error}");
        drop(reader);
        assert_eq!(outlet.line(b"\n").unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}
