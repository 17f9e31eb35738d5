//! Whether an Ogg file was cut off. Voice messages often lack the mark of the last page, and are whole.

use std::io::{self, Read, Seek, SeekFrom};

use crate::input::Input;

/// A page is no longer than this.
const LONGEST_PAGE: u64 = 27 + 255 + 255 * 255;
const HEADER_BYTES: usize = 27;

/// Whether the file ends within a page. Of a pipe nobody can tell beforehand.
pub(super) fn is_cut_off(input: &mut Input) -> io::Result<bool> {
    let Some(length) = input.length() else { return Ok(false) };
    input.seek(SeekFrom::Start(length.saturating_sub(LONGEST_PAGE)))?;
    let mut tail = Vec::new();
    input.by_ref().take(LONGEST_PAGE).read_to_end(&mut tail)?;
    input.seek(SeekFrom::Start(0))?;
    let pages = tail.windows(4).enumerate().filter(|(_, mark)| mark == b"OggS").map(|(at, _)| at);
    Ok(!pages.into_iter().any(|at| page_bytes(&tail[at..]) == Some(tail.len() - at)))
}

/// Length of the page that begins here, if its header is all there.
fn page_bytes(page: &[u8]) -> Option<usize> {
    let segments = usize::from(*page.get(HEADER_BYTES - 1)?);
    let lengths = page.get(HEADER_BYTES..HEADER_BYTES + segments)?;
    Some(HEADER_BYTES + segments + lengths.iter().map(|&length| usize::from(length)).sum::<usize>())
}
