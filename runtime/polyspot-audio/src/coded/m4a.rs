//! What is not sound in an M4A file, kept from the reader: it would hold a cover of any size in memory.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use crate::error::AudioError;
use crate::input::Input;
use crate::reading::read_available;

/// Most bytes of the tables that say where the samples are: some days of sound.
const MOST_TABLES: u64 = 64 << 20;
/// Boxes in a file that are looked at; one that has more is refused.
const MOST_BOXES: usize = 10_000;
/// Boxes in which others lie.
const HOLDERS: [[u8; 4]; 2] = [*b"moov", *b"trak"];
/// Boxes of titles, pictures and the like.
const TAGS: [[u8; 4]; 2] = [*b"udta", *b"meta"];
/// The name of a box that readers pass over.
const FREE: [u8; 4] = *b"free";

/// A file in which the boxes of tags are called free space.
pub(super) struct Tagless {
    input: Input,
    position: u64,
    /// Where the names of the boxes of tags are, from first to last.
    names: Vec<u64>,
}

impl Tagless {
    /// Looks where a file's tags are. A pipe is read as it is: of one, an M4A file's sound cannot be found.
    pub(super) fn new(mut input: Input) -> Result<Self, AudioError> {
        let mut names = Vec::new();
        if let Some(length) = input.length() {
            let tables = find_tags(&mut input, length, &mut names)?;
            if tables > MOST_TABLES {
                let most = format!("at most {} MB of tables in M4A", MOST_TABLES >> 20);
                return Err(AudioError::malformed(most, format!("{} MB", tables >> 20)));
            }
            input.seek(SeekFrom::Start(0))?;
        }
        Ok(Self { input, position: 0, names })
    }
}

/// Finds the names of the boxes of tags; gives how many bytes the other boxes take that do not hold sound.
fn find_tags(input: &mut Input, length: u64, names: &mut Vec<u64>) -> Result<u64, AudioError> {
    let (mut tables, mut boxes) = (0, 0);
    let mut parts = vec![(0, length)];
    while let Some((mut at, part_end)) = parts.pop() {
        while at + 8 <= part_end {
            boxes += 1;
            if boxes > MOST_BOXES {
                return Err(AudioError::malformed(format!("at most {MOST_BOXES} boxes in M4A"), "more"));
            }
            input.seek(SeekFrom::Start(at))?;
            let mut head = [0; 16];
            let found = read_available(input, &mut head)?;
            let [s0, s1, s2, s3, n0, n1, n2, n3, long @ ..] = head;
            let (bytes, name, header) = match (u32::from_be_bytes([s0, s1, s2, s3]), [n0, n1, n2, n3]) {
                (0, name) => (part_end - at, name, 8),
                (1, name) if found == 16 => (u64::from_be_bytes(long), name, 16),
                (bytes, name) => (bytes.into(), name, 8),
            };
            // What lies about its length is the reader's to refuse.
            if bytes < header {
                break;
            }
            let end = at.saturating_add(bytes).min(part_end);
            if HOLDERS.contains(&name) {
                parts.push((at + header, end));
            } else if TAGS.contains(&name) {
                names.push(at + 4);
            } else if name != *b"mdat" && name != FREE {
                tables += end - at;
            }
            at = end;
        }
    }
    names.sort_unstable();
    Ok(tables)
}

impl Read for Tagless {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(bytes)?;
        let end = self.position + count as u64;
        let first = self.names.partition_point(|name| name + 4 <= self.position);
        for &name in self.names[first..].iter().take_while(|&&name| name < end) {
            for (at, letter) in (name..).zip(FREE) {
                if (self.position..end).contains(&at) {
                    bytes[(at - self.position) as usize] = letter;
                }
            }
        }
        self.position = end;
        Ok(count)
    }
}

impl Seek for Tagless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.input.seek(to)?;
        Ok(self.position)
    }
}

impl MediaSource for Tagless {
    fn is_seekable(&self) -> bool {
        self.input.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.input.byte_len()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn part(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], &name, content].concat()
    }

    /// A file with tags in three places.
    fn file() -> Vec<u8> {
        let track = part(*b"trak", &[part(*b"tkhd", b"1234"), part(*b"udta", b"udta")].concat());
        let movie = part(*b"moov", &[part(*b"udta", b"a cover"), track].concat());
        [part(*b"ftyp", b"M4A "), movie, part(*b"mdat", b"udta"), part(*b"meta", b"meta")].concat()
    }

    fn input(bytes: &[u8]) -> Input {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        Input::of_file(file).unwrap()
    }

    #[test]
    fn tags_are_free_space_however_the_file_is_read() {
        let track = part(*b"trak", &[part(*b"tkhd", b"1234"), part(*b"free", b"udta")].concat());
        let movie = part(*b"moov", &[part(*b"free", b"a cover"), track].concat());
        let expected =
            [part(*b"ftyp", b"M4A "), movie, part(*b"mdat", b"udta"), part(*b"free", b"meta")].concat();
        for step in 1..20 {
            let mut tagless = Tagless::new(input(&file())).unwrap();
            let mut found = Vec::new();
            let mut bytes = vec![0; step];
            while let count @ 1.. = tagless.read(&mut bytes).unwrap() {
                found.extend_from_slice(&bytes[..count]);
            }
            assert_eq!(found, expected, "{step} bytes at once");
            let place = expected.len() as u64 - 6;
            assert_eq!(tagless.seek(SeekFrom::Start(place)).unwrap(), place);
            found.clear();
            tagless.read_to_end(&mut found).unwrap();
            assert_eq!(found, b"eemeta");
        }
    }

    #[test]
    fn tables_and_boxes_without_end_are_refused() {
        let refused = |bytes: &[u8]| Tagless::new(input(bytes)).err().map(|error| error.to_string());
        let many = part(*b"free", b"").repeat(MOST_BOXES + 1);
        assert_eq!(refused(&many), Some("expected at most 10000 boxes in M4A, found more".into()));
        // A file with holes: 65 MB of a table take no room on the disk.
        let file = tempfile::tempfile().unwrap();
        let mut handle = file.try_clone().unwrap();
        handle.write_all(&[&(65u32 << 20).to_be_bytes()[..], b"stsz"].concat()).unwrap();
        file.set_len(65 << 20).unwrap();
        let large = Tagless::new(Input::of_file(file).unwrap()).err().map(|error| error.to_string());
        assert_eq!(large, Some("expected at most 64 MB of tables in M4A, found 65 MB".into()));
        assert_eq!(refused(&part(*b"moov", &[0, 0, 0, 3, 1, 1, 1, 1])), None, "a length that cannot be");
    }
}
