//! FLAC whatever stands before, between and behind its frames, and from wherever it comes.

use std::fs;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use polyspot_audio::{AudioError, AudioFile, Damage};

use crate::signal::{fixture, written};

/// Two channels, blocks of 4,096 frames.
const FLAC: &str = "sine_440hz_left_880hz_right_44khz_24bit.flac";
const FRAMES: usize = 11_025;

fn sound() -> Vec<u8> {
    fs::read(fixture(FLAC)).unwrap()
}

/// Everything that is delivered, interleaved, and what is said of it at the end.
struct Heard {
    samples: Vec<f32>,
    truncated: bool,
    damage: Option<Damage>,
}

fn hear(mut file: AudioFile) -> Result<Heard, AudioError> {
    let mut samples = Vec::new();
    while let Some(block) = file.next_block()? {
        samples.extend_from_slice(block);
    }
    Ok(Heard { samples, truncated: file.truncated(), damage: file.damage() })
}

fn hear_file(bytes: &[u8]) -> Result<Heard, AudioError> {
    let (_folder, path): (_, PathBuf) = written(bytes);
    hear(AudioFile::open(&path)?)
}

fn whole() -> Vec<f32> {
    hear_file(&sound()).unwrap().samples
}

#[track_caller]
fn is_whole(bytes: &[u8]) {
    let heard = hear_file(bytes).unwrap();
    assert_eq!((heard.truncated, heard.damage), (false, None));
    assert!(heard.samples == whole(), "{} samples", heard.samples.len());
}

#[test]
fn tags_before_and_behind_it_change_nothing() {
    let id3v1 = [b"TAG".as_slice(), &[b' '; 125]].concat();
    for behind in [&id3v1[..], &[0; 1_000], b"APETAGEX and so on", &[0xFF; 300], &id3v1.repeat(9)] {
        is_whole(&[&sound(), behind].concat());
    }
    // Two megabytes, the length in seven bits a byte.
    let mut id3v2 = b"ID3\x04\0\0\x01\0\0\0".to_vec();
    id3v2.resize(10 + (1 << 21), 0xFF);
    is_whole(&[id3v2, sound()].concat());
}

#[test]
fn a_header_that_says_odd_lengths_changes_nothing() {
    let mut bytes = sound();
    for (least, most) in [(0, 4_096), (0, 0), (16, 16), (4_096, 192)] {
        bytes[8..10].copy_from_slice(&u16::to_be_bytes(least));
        bytes[10..12].copy_from_slice(&u16::to_be_bytes(most));
        bytes[12..18].fill(0);
        is_whole(&bytes);
    }
    // No rate, no channels, no bits: the frames tell.
    bytes[18..22].fill(0);
    let heard = hear_file(&bytes).unwrap();
    assert!(heard.samples == whole());
}

#[test]
fn metadata_of_any_length_is_passed_over() {
    let bytes = sound();
    let (mut header, frames) = (bytes[..42].to_vec(), &bytes[frames_at(&bytes)..]);
    header[4] &= 0x7F;
    // Pictures, applications, and kinds that nobody knows, each as long as can be.
    let block = |kind: u8| [[kind, 0xFF, 0xFF, 0xFF].as_slice(), &vec![0xFF; 0xFF_FFFF]].concat();
    is_whole(&[header, block(6), block(2), block(0x80 | 0x63), frames.to_vec()].concat());
}

#[test]
fn a_damaged_frame_is_silent_and_takes_no_other_with_it() {
    let bytes = sound();
    let whole = whole();
    let place = bytes.len() / 2;
    for damage in [&[0x55; 200][..], &[0xFF; 40], &[]] {
        let mut damaged = bytes.clone();
        if damage.is_empty() {
            damaged.drain(place..place + 300);
        } else {
            damaged[place..place + damage.len()].copy_from_slice(damage);
        }
        let heard = hear_file(&damaged).unwrap();
        assert_eq!(heard.damage, Some(Damage { frame: 4_096, places: 1 }));
        assert!(!heard.truncated && heard.samples.len() == 2 * FRAMES, "{}", heard.samples.len());
        assert!(heard.samples[..2 * 4_096] == whole[..2 * 4_096], "before");
        assert!(heard.samples[2 * 4_096..2 * 8_192].iter().all(|sample| *sample == 0.0), "silence");
        assert!(heard.samples[2 * 8_192..] == whole[2 * 8_192..], "behind");
    }
}

#[test]
fn a_damaged_beginning_of_a_frame_takes_no_other_with_it() {
    let bytes = sound();
    let mark = &bytes[frames_at(&bytes)..][..4];
    let starts: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(mark)).collect();
    let whole = whole();
    for byte in 0..6 {
        let mut damaged = bytes.clone();
        damaged[starts[1] + byte] ^= 0x10;
        let heard = hear_file(&damaged).unwrap();
        assert_eq!(
            (heard.damage, heard.truncated),
            (Some(Damage { frame: 4_096, places: 1 }), false),
            "byte {byte}"
        );
        for (frame, (found, sound)) in heard.samples.chunks(8_192).zip(whole.chunks(8_192)).enumerate() {
            let is_as_expected = if frame == 1 { found.iter().all(|s| *s == 0.0) } else { found == sound };
            assert!(is_as_expected && found.len() == sound.len(), "byte {byte}, frame {frame}");
        }
    }
}

#[test]
fn a_stream_without_its_beginning_is_heard_from_its_next_frame_on() {
    let bytes = sound();
    let heard = hear_file(&bytes[frames_at(&bytes) + 100..]).unwrap();
    assert!(heard.samples == whole()[2 * 4_096..], "{}", heard.samples.len());
    assert_eq!(heard.damage, Some(Damage { frame: 0, places: 1 }));
    // Whole frames, with nothing that says what they are but themselves.
    let heard = hear_file(&bytes[frames_at(&bytes)..]).unwrap();
    assert!(heard.samples == whole(), "{}", heard.samples.len());
}

#[test]
fn a_file_of_which_nothing_is_sound_is_an_error() {
    let bytes = sound();
    let frames = frames_at(&bytes);
    let mut damaged = bytes.clone();
    damaged[frames..].fill(0x55);
    assert!(matches!(hear_file(&damaged), Err(AudioError::Empty)));
    assert!(matches!(hear_file(&bytes[..frames]), Err(AudioError::Empty)), "it announces audio");
    assert!(matches!(hear_file(&bytes[..30]), Err(AudioError::Malformed { .. })));
}

/// Gives a byte at a time.
struct Slow(Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = bytes.len().min(1);
        self.0.read(&mut bytes[..length])
    }
}

#[test]
fn a_pipe_gives_what_a_file_does() {
    for name in [FLAC, "../../../../tests/data/formats/24_bit.wav"] {
        let bytes = fs::read(fixture(name)).unwrap();
        let file = hear_file(&bytes).unwrap().samples;
        let pipe = AudioFile::from_reader(Slow(Cursor::new(bytes))).unwrap();
        assert!(hear(pipe).unwrap().samples == file, "{name}");
    }
}

/// Where the metadata end.
fn frames_at(bytes: &[u8]) -> usize {
    let mut at = 4;
    loop {
        let header = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        at += 4 + (header & 0xFF_FFFF) as usize;
        if header >> 31 == 1 {
            return at;
        }
    }
}
