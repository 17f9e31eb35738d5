//! Reading pieces of known length from what may end at any byte.

use std::io::{self, ErrorKind, Read};

use crate::error::AudioError;

/// Fills as much of `bytes` as there is.
pub(crate) fn read_available(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut found = 0;
    while found < bytes.len() {
        match read_once(reader, &mut bytes[found..])? {
            0 => break,
            more => found += more,
        }
    }
    Ok(found)
}

/// Reads what is there at once: a live pipe gives its sound as it comes.
pub(crate) fn read_once(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// Reads so many bytes of a header; `expected` names what they should be.
pub(crate) fn read_array<const N: usize>(
    reader: &mut impl Read,
    expected: &str,
) -> Result<[u8; N], AudioError> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map_err(|error| cut_off(error, expected))?;
    Ok(bytes)
}

pub(crate) fn cut_off(error: io::Error, expected: &str) -> AudioError {
    match error.kind() {
        ErrorKind::UnexpectedEof => AudioError::malformed(expected, "the end of the file"),
        _ => error.into(),
    }
}

/// Reads past bytes, as far as there are any.
pub(crate) fn pass(reader: &mut impl Read, bytes: u64) -> io::Result<()> {
    io::copy(&mut reader.take(bytes), &mut io::sink())?;
    Ok(())
}
