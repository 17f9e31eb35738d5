//! What a recording is, by its first bytes.

use std::ffi::OsStr;
use std::path::Path;

/// So many first bytes tell what a recording is.
pub(crate) const HEAD_BYTES: usize = 40;

/// The first twelve bytes of a Wave64 file, and the rest of that identifier.
const WAVE64: &[u8; 16] = b"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\x00\x00";

/// Endings of the names of files that are read, in lower case.
pub const ENDINGS: &[&str] = if cfg!(feature = "coded") {
    &["wav", "wave", "bwf", "rf64", "w64", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac"]
} else if cfg!(feature = "flac") {
    &["wav", "wave", "bwf", "rf64", "w64", "flac"]
} else {
    &["wav", "wave", "bwf", "rf64", "w64"]
};

/// Whether a file's name ends as those of recordings do.
pub fn has_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| ENDINGS.iter().any(|audio| ending.eq_ignore_ascii_case(audio)))
}

/// What begins with these bytes, if they are a mark that sound without a header does not begin with by chance.
pub fn recognised(head: &[u8]) -> Option<&'static str> {
    match Kind::of(head) {
        Kind::Wave => Some("WAV"),
        Kind::Wave64 => Some("Wave64"),
        Kind::Flac => Some("FLAC"),
        // Two bytes.
        Kind::Coded("MP3" | "AAC") | Kind::Unknown => None,
        Kind::Coded(name) | Kind::Foreign(name) => Some(name),
    }
}

/// The kinds of recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// RIFF and what was made of it for larger files and other processors.
    Wave,
    Wave64,
    Flac,
    /// What symphonia reads, by its name.
    Coded(&'static str),
    /// What is not read here, by its name.
    Foreign(&'static str),
    Unknown,
}

impl Kind {
    /// Of a recording that begins with these bytes, of which there may be fewer than [`HEAD_BYTES`].
    pub(crate) fn of(head: &[u8]) -> Self {
        let at = |place: usize, mark: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(mark));
        let begins = |marks: &[&[u8]]| marks.iter().any(|mark| at(0, mark));
        if begins(&[b"RIFF", b"RIFX", b"RF64", b"BW64"]) {
            return if at(8, b"AVI ") { Self::Foreign("AVI") } else { Self::Wave };
        }
        if at(0, WAVE64) {
            return Self::Wave64;
        }
        if at(0, b"fLaC") {
            return Self::Flac;
        }
        if at(0, b"OggS") {
            return Self::of_ogg(head.get(28..).unwrap_or_default());
        }
        if at(4, b"ftyp") || at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") {
            return Self::Coded("M4A");
        }
        if let [0xFF, second, ..] = head
            && second & 0xE0 == 0xE0
        {
            // The version and the layer of MPEG audio; no layer: AAC with ADTS headers, or, with version 3, perhaps a frame of FLAC.
            match (second >> 3 & 3, second >> 1 & 3) {
                (2, 0) => return Self::Coded("AAC"),
                (0 | 2 | 3, 1..=3) => return Self::Coded("MP3"),
                _ => {}
            }
        }
        FOREIGN
            .iter()
            .find(|(place, mark, _)| at(*place, mark))
            .map_or(Self::Unknown, |(_, _, name)| Self::Foreign(name))
    }

    /// What is in an Ogg file, by the first packet.
    fn of_ogg(packet: &[u8]) -> Self {
        match packet {
            [0x7F, b'F', b'L', b'A', b'C', ..] => Self::Coded("Ogg FLAC"),
            [b'O', b'p', b'u', b's', ..] => Self::Coded("Ogg Opus"),
            [b'S', b'p', b'e', b'e', b'x', ..] => Self::Foreign("Ogg Speex"),
            [1, b'v', b'o', b'r', ..] => Self::Coded("Ogg Vorbis"),
            _ => Self::Coded("Ogg"),
        }
    }
}

/// Recordings that are not read here: the place of their mark, the mark, their name.
const FOREIGN: &[(usize, &[u8], &str)] = &[
    (8, b"AIFF", "AIFF"),
    (8, b"AIFC", "AIFF-C"),
    (0, b".snd", "Sun audio (AU)"),
    (0, b"caff", "Core Audio Format (CAF)"),
    (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "Windows Media (WMA)"),
    (0, b"#!AMR", "AMR"),
    (0, b"\x1A\x45\xDF\xA3", "Matroska or WebM"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"wvpk", "WavPack"),
    (0, b"TTA1", "True Audio"),
    (0, b"MPCK", "Musepack"),
    (0, b"MP+", "Musepack"),
    (0, b"NIST_1A", "NIST SPHERE"),
    (0, b"DSD ", "DSD"),
    (0, b"FRM8", "DSDIFF"),
    (0, b"Creative Voice File", "Creative Voice (VOC)"),
    (0, b"FLV\x01", "Flash Video"),
    (0, b"MThd", "MIDI, which is notes and no sound"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_told_by_its_first_bytes() {
        let ogg = |packet: &[u8]| Kind::of(&[b"OggS\0\x02", &[0; 22][..], packet].concat());
        assert_eq!(Kind::of(b"RIFX\0\0\0\0WAVE"), Kind::Wave);
        assert_eq!(Kind::of(b"RIFF\0\0\0\0AVI "), Kind::Foreign("AVI"));
        assert_eq!(Kind::of(WAVE64), Kind::Wave64);
        assert_eq!(Kind::of(b"fLaC"), Kind::Flac);
        assert_eq!(ogg(b"OpusHead\x01"), Kind::Coded("Ogg Opus"));
        assert_eq!(ogg(b"\x7FFLAC"), Kind::Coded("Ogg FLAC"));
        assert_eq!(ogg(b"Speex   "), Kind::Foreign("Ogg Speex"));
        assert_eq!(Kind::of(b"\0\0\0\x20ftypM4A "), Kind::Coded("M4A"));
        assert_eq!(Kind::of(b"\xFF\xFB\x90\x64"), Kind::Coded("MP3"));
        assert_eq!(Kind::of(b"\xFF\xF1\x50\x80"), Kind::Coded("AAC"));
        assert_eq!(Kind::of(b"FORM\0\0\0\0AIFF"), Kind::Foreign("AIFF"));
        assert_eq!(Kind::of(b"<html>"), Kind::Unknown);
        assert_eq!(Kind::of(b""), Kind::Unknown);
        assert_eq!(
            Kind::of(b"\xFF\xFF\xFF\xFF"),
            Kind::Coded("MP3"),
            "silence of 8 bits is for symphonia to refuse"
        );
    }
}
