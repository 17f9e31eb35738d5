//! The bytes of a recording, from a file or a pipe.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::reading::read_available;

/// Bytes whose beginning can be looked at before they are read: so a pipe, which nobody can read twice, tells what it is.
pub(crate) struct Input {
    /// What was looked at and is still to be read.
    head: Vec<u8>,
    source: Bytes,
}

enum Bytes {
    /// A regular file, counted from this place.
    File {
        file: File,
        start: u64,
    },
    Pipe(Box<dyn Read + Send + Sync>),
}

impl Input {
    /// A file that was opened just now; what is no regular file is read as a pipe.
    pub(crate) fn of_file(file: File) -> io::Result<Self> {
        let is_file = file.metadata()?.is_file();
        let source = if is_file { Bytes::File { file, start: 0 } } else { Bytes::Pipe(Box::new(file)) };
        Ok(Self { head: Vec::new(), source })
    }

    pub(crate) fn of_pipe(reader: impl Read + Send + Sync + 'static) -> Self {
        Self { head: Vec::new(), source: Bytes::Pipe(Box::new(reader)) }
    }

    /// The next `length` bytes, which stay to be read; fewer where the input ends.
    pub(crate) fn head(&mut self, length: usize) -> io::Result<&[u8]> {
        let there = self.head.len();
        if there < length {
            self.head.resize(length, 0);
            let found = read_available(&mut self.source, &mut self.head[there..])?;
            self.head.truncate(there + found);
        }
        Ok(&self.head[..self.head.len().min(length)])
    }

    /// Leaves bytes out; what follows counts as the beginning.
    pub(crate) fn skip(&mut self, bytes: u64) -> io::Result<()> {
        match &mut self.source {
            Bytes::File { file, start } => {
                let position = file.stream_position()? - self.head.len() as u64;
                *start = position.saturating_add(bytes);
                file.seek(SeekFrom::Start(*start))?;
                self.head.clear();
            }
            Bytes::Pipe(_) => {
                io::copy(&mut self.take(bytes), &mut io::sink())?;
            }
        }
        Ok(())
    }

    /// How many bytes there are in all; `None` of a pipe.
    pub(crate) fn length(&self) -> Option<u64> {
        match &self.source {
            Bytes::File { file, start } => Some(file.metadata().ok()?.len().saturating_sub(*start)),
            Bytes::Pipe(_) => None,
        }
    }
}

impl Read for Bytes {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File { file, .. } => file.read(bytes),
            Self::Pipe(reader) => reader.read(bytes),
        }
    }
}

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() {
            return self.source.read(bytes);
        }
        let now = self.head.len().min(bytes.len());
        bytes[..now].copy_from_slice(&self.head[..now]);
        self.head.drain(..now);
        Ok(now)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let Bytes::File { file, start } = &mut self.source else {
            return Err(io::Error::from(io::ErrorKind::NotSeekable));
        };
        let to = match to {
            SeekFrom::Start(position) => SeekFrom::Start(start.saturating_add(position)),
            SeekFrom::Current(distance) => SeekFrom::Current(distance - self.head.len() as i64),
            SeekFrom::End(distance) => SeekFrom::End(distance),
        };
        self.head.clear();
        Ok(file.seek(to)?.saturating_sub(*start))
    }
}

#[cfg(feature = "coded")]
impl symphonia::core::io::MediaSource for Input {
    fn is_seekable(&self) -> bool {
        matches!(self.source, Bytes::File { .. })
    }

    fn byte_len(&self) -> Option<u64> {
        self.length()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A file and a pipe of the same bytes.
    fn inputs(bytes: &'static [u8]) -> [Input; 2] {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        [Input::of_file(file).unwrap(), Input::of_pipe(bytes)]
    }

    fn rest(input: &mut Input) -> String {
        let mut text = String::new();
        input.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn what_was_looked_at_is_still_read() {
        for mut input in inputs(b"0123456789") {
            assert_eq!(input.head(3).unwrap(), b"012");
            assert_eq!(input.head(5).unwrap(), b"01234");
            input.skip(2).unwrap();
            assert_eq!(input.head(2).unwrap(), b"23");
            assert_eq!(input.head(20).unwrap(), b"23456789");
            assert_eq!(rest(&mut input), "23456789");
            assert_eq!(input.head(1).unwrap(), b"");
        }
    }

    #[test]
    fn places_count_from_what_was_skipped() {
        let [mut file, mut pipe] = inputs(b"0123456789");
        assert!(pipe.seek(SeekFrom::Start(0)).is_err() && pipe.length().is_none());
        file.skip(4).unwrap();
        assert_eq!(file.head(2).unwrap(), b"45");
        assert_eq!((file.length(), file.seek(SeekFrom::Current(1)).unwrap()), (Some(6), 1));
        assert_eq!(rest(&mut file), "56789");
        assert_eq!(file.seek(SeekFrom::End(-2)).unwrap(), 4);
        assert_eq!((file.seek(SeekFrom::Start(0)).unwrap(), rest(&mut file)), (0, "456789".into()));
    }
}
