//! FLAC, kinds of files, and everything that can be wrong with them.

use std::fs;
use std::path::Path;

use polyspot_audio::{AudioError, AudioFile, ChannelChoice, for_each_block, read_mono};

use crate::signal::{error_to_sine, fixture, written};

const FLAC: &str = "sine_440hz_left_880hz_right_44khz_24bit.flac";
const FLAC_FRAMES: u64 = 11_025;

/// Everything a file delivers before it ends or fails.
fn read_all(path: &Path) -> (Vec<f32>, Result<bool, AudioError>) {
    let mut samples = Vec::new();
    let outcome =
        for_each_block(path, 44_100, ChannelChoice::Only(0), |block| samples.extend_from_slice(block));
    (samples, outcome.map(|read| read.truncated))
}

#[test]
fn flac_is_exact_in_each_channel() {
    let file = AudioFile::open(&fixture(FLAC)).unwrap();
    assert_eq!((file.sample_rate_hz(), file.channels(), file.frames()), (44_100, 2, Some(FLAC_FRAMES)));
    for (channel, frequency_hz) in [440.0, 880.0].into_iter().enumerate() {
        let samples = read_mono(&fixture(FLAC), 44_100, ChannelChoice::Only(channel)).unwrap();
        assert_eq!(samples.len() as u64, FLAC_FRAMES);
        assert!(error_to_sine(&samples, 44_100, frequency_hz, 0.5, 0) < 2e-7);
    }
}

#[test]
fn a_file_is_resampled_and_summarised() {
    let mut samples = Vec::new();
    let read = for_each_block(&fixture(FLAC), 16_000, ChannelChoice::Only(0), |block| {
        samples.extend_from_slice(block);
    })
    .unwrap();
    assert_eq!((read.frames, read.sample_rate_hz, read.channels), (FLAC_FRAMES, 44_100, 2));
    assert!(!read.truncated);
    assert_eq!(read.seconds(), 0.25);
    assert_eq!(samples.len(), 4_000);
    assert!(error_to_sine(&samples, 16_000, 440.0, 0.5, 400) < 1e-3);
}

#[test]
fn a_channel_beyond_the_files_is_an_error() {
    let error = read_mono(&fixture(FLAC), 16_000, ChannelChoice::Only(2)).unwrap_err();
    assert!(matches!(error, AudioError::NoSuchChannel { channel: 2, channels: 2 }), "{error}");
}

#[test]
fn a_flac_cut_off_anywhere_delivers_sound_frames_or_an_error() {
    let bytes = fs::read(fixture(FLAC)).unwrap();
    let whole = read_mono(&fixture(FLAC), 44_100, ChannelChoice::Only(0)).unwrap();
    let mut longest = 0;
    for length in (1..bytes.len()).step_by(487) {
        let (_folder, path) = written(&bytes[..length]);
        let (samples, outcome) = read_all(&path);
        assert_eq!(samples, whole[..samples.len()], "cut to {length} bytes");
        assert!(!matches!(outcome, Ok(false)), "cut to {length} bytes, unnoticed");
        assert_eq!(outcome.is_ok(), !samples.is_empty(), "cut to {length} bytes: {outcome:?}");
        longest = longest.max(samples.len());
    }
    assert!(longest > 4_000, "{longest}");
}

#[test]
fn what_is_no_audio_file_is_refused_by_what_it_is() {
    assert!(matches!(AudioFile::open(Path::new("no/such/file.wav")), Err(AudioError::Io(_))));
    assert!(matches!(AudioFile::open(&fixture("")), Err(AudioError::Io(_))), "a folder");

    let (_folder, empty) = written(b"");
    assert!(matches!(AudioFile::open(&empty), Err(AudioError::Empty)));

    let (_folder, text) = written("<html>not found</html>".repeat(1_000).as_bytes());
    let error = AudioFile::open(&text).err().unwrap();
    assert!(error.to_string().contains(r#"found a file that begins with "<htm""#), "{error}");
}
