//! What phones, messengers and training data come in.

use std::fs;
use std::io::Cursor;

use polyspot_audio::{AudioFile, ChannelChoice, read_mono};

use crate::signal::{fixture, sine, written};

/// Correlation with the sine, 1 when amplitude and place are kept, over the inner part.
fn likeness(samples: &[f32]) -> f32 {
    let ideal = sine(16_000, 440.0, 0.5, samples.len());
    let inner = 1_000..samples.len() - 1_000;
    let product: f32 = samples[inner.clone()].iter().zip(&ideal[inner.clone()]).map(|(a, b)| a * b).sum();
    product / ideal[inner].iter().map(|b| b * b).sum::<f32>()
}

#[test]
fn every_kind_keeps_its_sine_in_place() {
    for (name, rate_hz) in [
        ("sine_440hz_16khz.mp3", 16_000),
        ("sine_440hz_16khz.ogg", 16_000),
        ("sine_440hz_48khz.opus", 48_000),
        ("sine_440hz_16khz_flac.oga", 16_000),
        ("sine_440hz_16khz_alac.m4a", 16_000),
    ] {
        let file = AudioFile::open(&fixture(name)).unwrap();
        assert_eq!((file.sample_rate_hz(), file.channels()), (rate_hz, 1), "{name}");
        let samples = read_mono(&fixture(name), 16_000, ChannelChoice::Mix).unwrap();
        assert!(likeness(&samples) > 0.98, "{name}: {} of {} samples", likeness(&samples), samples.len());
        assert_eq!(samples.len(), 8_000, "{name}");
    }
}

#[test]
fn aac_is_heard_after_its_encoders_delay() {
    for name in ["sine_440hz_16khz.m4a", "sine_440hz_16khz.aac"] {
        let samples = read_mono(&fixture(name), 16_000, ChannelChoice::Mix).unwrap();
        let delay = samples.len() - 8_000;
        assert!(delay <= 2_048, "{name}: {}", samples.len());
        // The sine's phase at the beginning is that of 1,024 samples of lead, where nobody takes them away.
        let best = (0..=delay).map(|skip| likeness(&samples[skip..])).fold(0.0, f32::max);
        assert!(best > 0.95, "{name}: {best}");
    }
}

#[test]
fn opus_is_what_libopus_makes_of_it() {
    let ours = read_mono(&fixture("voice.opus"), 48_000, ChannelChoice::Mix).unwrap();
    let reference = read_mono(&fixture("voice_by_libopus.flac"), 48_000, ChannelChoice::Mix).unwrap();
    assert_eq!(ours.len(), reference.len());
    let worst = ours.iter().zip(&reference).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
    // The reference has 16 bits.
    assert!(worst < 1.0 / 32_768.0, "off by {worst}");
}

/// Takes the mark of the last page away, as voice messages lack it.
fn without_end(mut ogg: Vec<u8>) -> Vec<u8> {
    const LAST: u8 = 4;
    let page = (0..ogg.len() - 4).rev().find(|&at| ogg[at..].starts_with(b"OggS")).unwrap();
    ogg[page + 5] &= !LAST;
    ogg[page + 22..page + 26].fill(0);
    let checksum = ogg[page..].iter().fold(0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            crc << 1 ^ if crc >> 31 == 1 { 0x04C1_1DB7 } else { 0 }
        })
    });
    ogg[page + 22..page + 26].copy_from_slice(&checksum.to_le_bytes());
    ogg
}

#[test]
fn an_ogg_file_without_the_mark_of_its_end_is_whole_and_one_that_was_cut_off_is_not() {
    let read = |bytes: &[u8]| {
        let (_folder, path) = written(bytes);
        let mut file = AudioFile::open(&path).unwrap();
        while file.next_block().unwrap().is_some() {}
        (file.frames_read(), file.truncated())
    };
    for name in ["sine_440hz_48khz.opus", "sine_440hz_16khz.ogg", "voice.opus"] {
        let (frames, truncated) = read(&without_end(fs::read(fixture(name)).unwrap()));
        assert!(!truncated && frames > 7_000, "{name}: {frames} frames");
    }
    // A tenth of a second a page.
    let voice = fs::read(fixture("voice.opus")).unwrap();
    for length in [voice.len() - 1, voice.len() - 100, voice.len() - 250] {
        let (frames, truncated) = read(&voice[..length]);
        assert!(truncated && (10_000..24_000).contains(&frames), "{length} bytes: {frames} frames");
    }
}

#[test]
fn a_page_of_ogg_that_is_lost_is_silence_in_its_place() {
    let whole = fs::read(fixture("voice.opus")).unwrap();
    let pages: Vec<usize> = (0..whole.len() - 4).filter(|&at| whole[at..].starts_with(b"OggS")).collect();
    let read = |bytes: &[u8]| {
        let (_folder, path) = written(bytes);
        let mut file = AudioFile::open(&path).unwrap();
        let mut samples = Vec::new();
        while let Some(block) = file.next_block().unwrap() {
            samples.extend_from_slice(block);
        }
        (samples, file.damage())
    };
    let (sound, damage) = read(&whole);
    assert_eq!(damage, None);
    let mut flipped = whole.clone();
    flipped[pages[3] + 60] ^= 1;
    let missing = [&whole[..pages[3]], &whole[pages[4]..]].concat();
    for damaged in [flipped, missing] {
        let (samples, damage) = read(&damaged);
        assert_eq!((samples.len(), damage.map(|damage| damage.places)), (sound.len(), Some(1)));
        let fifth = sound.len() / 5;
        assert!(samples[..fifth / 2] == sound[..fifth / 2], "what comes before it is untouched");
        // The codec has lost what it predicts from, so that what follows is not the same; but it is in its place.
        let rest = |samples: &[f32]| samples[4 * fifth..].to_vec();
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (ours, theirs) = (rest(&samples), rest(&sound));
        let alike = product(&ours, &theirs) / (product(&ours, &ours) * product(&theirs, &theirs)).sqrt();
        assert!(alike > 0.6, "{alike}");
    }
}

#[test]
fn ogg_files_one_behind_the_other_are_heard_as_one() {
    let one = fs::read(fixture("sine_440hz_48khz.opus")).unwrap();
    let mut other = one.clone();
    // Another serial number, and the checksums with it, would be better; players take the same one too.
    other.extend_from_slice(&one);
    let (_folder, path) = written(&other);
    let samples = read_mono(&path, 16_000, ChannelChoice::Mix).unwrap();
    assert!(samples.len() >= 8_000, "{}", samples.len());
}

#[test]
fn a_pipe_gives_what_a_file_does() {
    for name in ["sine_440hz_16khz.mp3", "sine_440hz_16khz.ogg", "voice.opus", "sine_440hz_16khz.aac"] {
        let read = |mut file: AudioFile| {
            let mut samples = Vec::new();
            while let Some(block) = file.next_block().unwrap() {
                samples.extend_from_slice(block);
            }
            samples
        };
        let from_file = read(AudioFile::open(&fixture(name)).unwrap());
        let bytes = fs::read(fixture(name)).unwrap();
        assert!(read(AudioFile::from_reader(Cursor::new(bytes)).unwrap()) == from_file, "{name}");
    }
}

#[test]
fn a_tag_of_megabytes_in_front_of_an_mp3_is_passed_over() {
    let mut bytes = b"ID3\x04\0\0\x01\0\0\0".to_vec();
    bytes.resize(10 + (1 << 21), 0xFF);
    bytes.extend(fs::read(fixture("sine_440hz_16khz.mp3")).unwrap());
    let (_folder, path) = written(&bytes);
    assert_eq!(read_mono(&path, 16_000, ChannelChoice::Mix).unwrap().len(), 8_000);
}

#[test]
fn a_cover_of_megabytes_in_an_m4a_is_passed_over() {
    let plain = fs::read(fixture("sine_440hz_16khz.m4a")).unwrap();
    let movie = plain.windows(4).position(|name| name == b"moov").unwrap() - 4;
    let size = u32::from_be_bytes(plain[movie..movie + 4].try_into().unwrap()) as usize;
    assert_eq!(movie + size, plain.len(), "the fixture ends with its tables");
    let part =
        |name: &[u8], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], name, content].concat();
    let cover = part(b"covr", &part(b"data", &vec![7; 3 << 20]));
    let tags = part(b"udta", &part(b"meta", &[&[0; 4], &part(b"ilst", &cover)[..]].concat()));
    let tagged = [&plain[..movie], &part(b"moov", &[&plain[movie + 8..], &tags[..]].concat())[..]].concat();
    let (_folder, path) = written(&tagged);
    let read = |path| read_mono(path, 16_000, ChannelChoice::Mix).unwrap();
    assert_eq!(read(&path), read(&fixture("sine_440hz_16khz.m4a")));
}
