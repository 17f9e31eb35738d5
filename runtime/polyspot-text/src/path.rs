//! Names of files, which may be any bytes.

use std::fmt::Write;
use std::path::Path;

use crate::shown::shown;

/// A path as text from which its bytes can be had again, for programs: on Unix a backslash is written as `\\`, and each byte of a
/// control character, or of what is no UTF-8, as `\x` and two hexadecimal digits. Two paths never give the same text.
///
/// Elsewhere a backslash is what separates folders, and stays.
pub fn lossless(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' if cfg!(unix) => text.push_str(r"\\"),
                c if c.is_control() => escape(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes()),
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
            (rest, _) = match (first, after) {
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
        let names: [&[u8]; 8] = [
            b"caf\xe9.wav",
            b"caf\xe8.wav",
            br"caf\xE9.wav",
            b"a\x1b[2J\n.wav",
            "café.wav".as_bytes(),
            "\u{85}.wav".as_bytes(),
            b"\\",
            b"half \xe2\x80",
        ];
        let texts = names.map(|name| lossless(Path::new(OsStr::from_bytes(name))));
        assert_eq!(texts[0], r"caf\xE9.wav");
        assert_eq!(texts[2], r"caf\\xE9.wav");
        assert_eq!(texts[4], "café.wav");
        for (text, name) in texts.iter().zip(names) {
            assert_eq!(bytes_of(text), name, "{text}");
            assert!(!text.contains(char::is_control));
        }
    }
}
