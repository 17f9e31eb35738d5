//! Events out of a stream of bytes that may stop, stall or lie.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::event::Event;
use super::header::{Header, MAX_HEADER, parse, parse_data};

/// So much is read at once, in bytes.
const BUFFER: usize = 16 << 10;
/// Of a large payload's memory so much is kept for the next, in bytes.
const KEPT: usize = 64 << 10;

/// Why no event comes any more.
#[derive(Debug)]
pub(crate) enum Broken {
    /// What came is no event; or it took too long.
    Refused(anyhow::Error),
    /// The connection is gone.
    Gone(std::io::Error),
}

/// Reads events. However much one announces, memory is taken for what has come of it, and within its limits.
pub(crate) struct EventReader<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    data: Vec<u8>,
    payload: Vec<u8>,
    /// When the first byte of an event came that is not there as a whole.
    begun: Option<Instant>,
}

impl<R: Read> EventReader<R> {
    pub(crate) fn new(input: R) -> Self {
        let input = BufReader::with_capacity(BUFFER, input);
        Self { input, line: Vec::new(), data: Vec::new(), payload: Vec::new(), begun: None }
    }

    /// What the bytes come from.
    pub(crate) fn get_ref(&self) -> &R {
        self.input.get_ref()
    }

    /// The next event; none when the stream has ended between two. Whenever bytes have come, or none within the source's own time-out,
    /// `may_wait` is asked, and told for how long an event has been coming.
    ///
    /// # Errors
    /// When the stream breaks, what comes is no event, or `may_wait` refuses.
    pub(crate) fn next(
        &mut self,
        mut may_wait: impl FnMut(Option<Duration>) -> anyhow::Result<()>,
    ) -> Result<Option<Event<'_>>, Broken> {
        self.begun = None;
        self.payload.clear();
        self.payload.shrink_to(KEPT);
        if !self.read_line(&mut may_wait)? {
            return Ok(None);
        }
        let Header { kind, mut data, data_length, payload_length } =
            parse(&self.line).map_err(Broken::Refused)?;
        let (mut bytes, mut payload) = (std::mem::take(&mut self.data), std::mem::take(&mut self.payload));
        let read = self
            .read_exactly(data_length, &mut bytes, &mut may_wait)
            .and_then(|()| self.read_exactly(payload_length, &mut payload, &mut may_wait));
        (self.data, self.payload) = (bytes, payload);
        read?;
        if data_length > 0 {
            data.extend(parse_data(&self.data).map_err(Broken::Refused)?);
        }
        Ok(Some(Event { kind, data, payload: &self.payload }))
    }

    /// Reads a line, without its end; false at the end of the stream.
    fn read_line(
        &mut self,
        may_wait: &mut impl FnMut(Option<Duration>) -> anyhow::Result<()>,
    ) -> Result<bool, Broken> {
        self.line.clear();
        loop {
            let available = fill(&mut self.input, &mut self.begun, may_wait)?;
            if available.is_empty() {
                return if self.line.is_empty() { Ok(false) } else { Err(cut()) };
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            if self.line.len() + part.len() > MAX_HEADER {
                let error =
                    anyhow!("expected a header of at most {MAX_HEADER} bytes, found no end of the line");
                return Err(Broken::Refused(error));
            }
            self.line.extend_from_slice(part);
            let taken = part.len() + usize::from(end.is_some());
            self.input.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    /// Replaces what is in `bytes` with the next so many.
    fn read_exactly(
        &mut self,
        length: usize,
        bytes: &mut Vec<u8>,
        may_wait: &mut impl FnMut(Option<Duration>) -> anyhow::Result<()>,
    ) -> Result<(), Broken> {
        bytes.clear();
        while bytes.len() < length {
            let available = fill(&mut self.input, &mut self.begun, may_wait)?;
            if available.is_empty() {
                return Err(cut());
            }
            let taken = available.len().min(length - bytes.len());
            bytes.extend_from_slice(&available[..taken]);
            self.input.consume(taken);
        }
        Ok(())
    }
}

/// What has come; nothing at the end of the stream.
fn fill<'a, R: Read>(
    input: &'a mut BufReader<R>,
    begun: &mut Option<Instant>,
    may_wait: &mut impl FnMut(Option<Duration>) -> anyhow::Result<()>,
) -> Result<&'a [u8], Broken> {
    loop {
        may_wait(begun.map(|begun| begun.elapsed())).map_err(Broken::Refused)?;
        match input.fill_buf() {
            Ok([]) => return Ok(&[]),
            Ok(_) => break,
            // The source's time-out.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) => {}
            Err(error) => return Err(Broken::Gone(error)),
        }
    }
    begun.get_or_insert_with(Instant::now);
    Ok(input.buffer())
}

fn cut() -> Broken {
    Broken::Refused(anyhow!("the connection ended within an event"))
}

#[cfg(test)]
mod tests;
