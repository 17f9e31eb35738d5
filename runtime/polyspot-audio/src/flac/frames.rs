//! The frames of a FLAC stream, found by their checksums: whatever stands between, before or behind them is passed over.

use std::io;
use std::ops::Range;

use symphonia::core::checksum::Crc16Ansi;
use symphonia::core::io::Monitor;

use super::frame_header::{FrameHeader, LONGEST};
use super::stream_info::StreamInfo;
use crate::input::Input;
use crate::reading::read_once;

/// Most bytes read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// Behind a frame that is damaged stand others: after so many the frame is given up. In a sound frame next to no place looks like the
/// beginning of another.
const MOST_FOLLOWERS: usize = 4;

/// So many headers are tried when the first frame of a stream is looked for.
const MOST_TRIED: usize = 16;

/// Finds frame after frame.
pub(super) struct Frames {
    input: Input,
    buffer: Vec<u8>,
    /// What stands before this in the buffer is done with.
    at: usize,
    ended: bool,
    has_found_one: bool,
}

/// A frame of the stream.
pub(super) struct Frame {
    pub(super) header: FrameHeader,
    /// Where it is in [`Frames::bytes`]. At the end of the file there may be other bytes behind it.
    pub(super) bytes: Range<usize>,
    /// Whether bytes were passed over to find it.
    pub(super) is_behind_damage: bool,
    /// Whether no other follows. Then it may be the beginning of one in which the checksum is right by chance.
    pub(super) is_last: bool,
}

/// What comes next in a stream.
pub(super) enum Next {
    Frame(Frame),
    /// Nothing; whether the last frame was begun and is not all there.
    End {
        is_cut_off: bool,
    },
}

/// What begins at a place in the buffer.
enum Found {
    Nothing,
    Damaged,
    CutOff,
    /// A frame up to this place, where the next one begins or nothing more is.
    Frame {
        header: FrameHeader,
        end: usize,
        is_last: bool,
    },
}

impl Frames {
    pub(super) fn new(input: Input) -> Self {
        Self { input, buffer: Vec::new(), at: 0, ended: false, has_found_one: false }
    }

    /// The bytes that frames refer to, until the next one is asked for.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The next frame that can be of this stream.
    pub(super) fn next(&mut self, stream: &StreamInfo) -> io::Result<Next> {
        let (mut has_passed, mut is_cut_off) = (false, false);
        loop {
            if self.at > CHUNK_BYTES {
                self.buffer.drain(..std::mem::take(&mut self.at));
            }
            self.need(self.at + LONGEST)?;
            if self.at >= self.buffer.len() {
                is_cut_off |= has_passed && !self.has_found_one;
                return Ok(Next::End { is_cut_off });
            }
            match self.frame_at(self.at, stream)? {
                Found::Frame { header, end, is_last } => {
                    self.has_found_one = true;
                    let bytes = self.at..end;
                    self.at = end;
                    return Ok(Next::Frame(Frame { header, bytes, is_behind_damage: has_passed, is_last }));
                }
                Found::CutOff => is_cut_off = true,
                Found::Nothing | Found::Damaged => {}
            }
            has_passed = true;
            let rest = &self.buffer[self.at + 1..];
            self.at += 1 + rest.iter().position(|&byte| byte == 0xFF).unwrap_or(rest.len());
        }
    }

    /// The first header within so many bytes that tells what the stream is, and is the beginning of a whole frame.
    pub(super) fn find_stream(bytes: &[u8]) -> Option<StreamInfo> {
        let starts = (0..bytes.len()).filter(|&place| bytes[place] == 0xFF);
        let headers = starts.filter_map(|place| Some((place, FrameHeader::parse(&bytes[place..])?)));
        // A file of something else may be full of what looks like headers.
        let mut frames = headers.take(MOST_TRIED).filter_map(|(place, header)| {
            let stream = StreamInfo::of_frame(&header)?;
            let mut crc = Crc16Ansi::new(0);
            let most = bytes.len().min(place + stream.most_bytes(&header));
            let is_whole = (place..most).any(|end| {
                let is_next =
                    bytes[end] == 0xFF && end > place && crc.crc() == 0 && follows(&bytes[end..], &stream);
                crc.process_byte(bytes[end]);
                is_next
            });
            is_whole.then_some(stream)
        });
        frames.next()
    }

    /// Reads more; false when there is none.
    fn fill(&mut self) -> io::Result<bool> {
        if !self.ended {
            let there = self.buffer.len();
            self.buffer.resize(there + CHUNK_BYTES, 0);
            let found = read_once(&mut self.input, &mut self.buffer[there..])?;
            self.buffer.truncate(there + found);
            self.ended = found == 0;
        }
        Ok(!self.ended)
    }

    /// Reads until so many bytes are in the buffer, or all.
    fn need(&mut self, length: usize) -> io::Result<()> {
        while self.buffer.len() < length && self.fill()? {}
        Ok(())
    }

    /// What begins here. A frame reaches to where its checksum is right and the next one begins. If the next one's beginning is
    /// damaged, it reaches to where its checksum is right last before the one after that; the last one reaches to the end of the file,
    /// with whatever tags stand there.
    fn frame_at(&mut self, place: usize, stream: &StreamInfo) -> io::Result<Found> {
        let header = FrameHeader::parse(&self.buffer[place..]).filter(|header| stream.can_hold(header));
        let Some(header) = header else { return Ok(Found::Nothing) };
        let most = place + stream.most_bytes(&header);
        let mut crc = Crc16Ansi::new(0);
        crc.process_buf_bytes(&self.buffer[place..place + header.header_bytes]);
        let (mut end, mut followers, mut right) = (place + header.header_bytes, 0, None);
        loop {
            self.need(end + LONGEST)?;
            let is_over = end >= self.buffer.len();
            if is_over || end > most {
                right = right.or((crc.crc() == 0).then_some(end));
                return Ok(match (followers, is_over) {
                    (0, _) if right.is_some() => Found::Frame { header, end, is_last: true },
                    (0, true) => Found::CutOff,
                    _ => Found::Damaged,
                });
            }
            let is_right = crc.crc() == 0;
            if self.buffer[end] == 0xFF && follows(&self.buffer[end..], stream) {
                if is_right {
                    return Ok(Found::Frame { header, end, is_last: false });
                }
                if let Some(end) = right.filter(|_| followers == 0) {
                    return Ok(Found::Frame { header, end, is_last: false });
                }
                followers += 1;
                if followers == MOST_FOLLOWERS {
                    return Ok(Found::Damaged);
                }
            } else if is_right {
                right = Some(end);
            }
            crc.process_byte(self.buffer[end]);
            end += 1;
        }
    }
}

/// Whether a frame of the stream begins here.
fn follows(bytes: &[u8], stream: &StreamInfo) -> bool {
    FrameHeader::parse(bytes).is_some_and(|header| stream.can_hold(&header))
}
