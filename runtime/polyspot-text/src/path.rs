//! Names of files, which may be any bytes.

use std::fmt::Write;
use std::path::Path;

use crate::shown::shown;

/// A path as text from which its bytes can be had again, for programs: on Unix a backslash is written as `\\`, and each byte of what
/// is no UTF-8, of a control character, or of one that separates lines or turns the direction of writing, as `\x` and two
/// hexadecimal digits. Two paths never give the same text. Joiners, which words of many languages have, stay.
///
/// Elsewhere a backslash is what separates folders, and stays.
pub fn lossless(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' if cfg!(unix) => text.push_str(r"\\"),
                c if c.is_control() || deceives(c) => {
                    escape(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                c => text.push(c),
            }
        }
        escape(&mut text, chunk.invalid());
    }
    text
}

/// A path for people at a terminal.
pub fn shown_path(path: &Path) -> String {
    shown(&lossless(path)).into_owned()
}

/// Whether a character separates lines or turns the direction of what follows.
fn deceives(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

fn escape(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\x{byte:02X}");
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    /// What a reader does: the inverse of [`lossless`].
    fn bytes_of(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, after @ ..] = rest {
            (rest, ()) = match (first, after) {
                (b'\\', [b'\\', after @ ..]) => (after, bytes.push(b'\\')),
                (b'\\', [b'x', high, low, after @ ..]) => {
                    let digits = [*high, *low];
                    let digits = str::from_utf8(&digits).unwrap();
                    (after, bytes.push(u8::from_str_radix(digits, 16).unwrap()))
                }
                _ => (after, bytes.push(*first)),
            };
        }
        bytes
    }

    #[test]
    fn every_name_is_another_and_can_be_had_again() {
        let names: [&[u8]; 10] = [
            b"caf\xe9.wav",
            b"caf\xe8.wav",
            br"caf\xE9.wav",
            b"a\x1b[2J\n.wav",
            "café.wav".as_bytes(),
            "\u{85}.wav".as_bytes(),
            b"\\",
            b"half \xe2\x80",
            "\u{202e}vaw.wav".as_bytes(),
            "می\u{200c}خواهم.wav".as_bytes(),
        ];
        let texts = names.map(|name| lossless(Path::new(OsStr::from_bytes(name))));
        assert_eq!(texts[0], r"caf\xE9.wav");
        assert_eq!(texts[2], r"caf\\xE9.wav");
        assert_eq!(texts[4], "café.wav");
        assert_eq!(texts[8], r"\xE2\x80\xAEvaw.wav");
        assert_eq!(texts[9], "می\u{200c}خواهم.wav");
        for (text, name) in texts.iter().zip(names) {
            assert_eq!(bytes_of(text), name, "{text}");
            assert!(!text.contains(char::is_control) && !text.contains('\u{202e}'));
        }
    }
}
