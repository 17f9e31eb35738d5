//! WAV files of other codings than linear ones, and other containers of the same.

use polyspot_audio::{AudioError, AudioFile, ChannelChoice, read_mono};

use crate::signal::{error_to_sine, fixture, written};

#[test]
fn adpcm_keeps_its_sine_in_each_channel() {
    // The noise of four bits: sox decodes these files with the same error.
    for (coding, tolerance) in [("ima_adpcm", 0.04), ("ms_adpcm", 0.03)] {
        let mono = fixture(&format!("sine_440hz_16khz_{coding}.wav"));
        let file = AudioFile::open(&mono).unwrap();
        assert_eq!(
            (file.frames(), file.channels(), file.sample_rate_hz()),
            (Some(8_000), 1, 16_000),
            "{coding}"
        );
        let samples = read_mono(&mono, 16_000, ChannelChoice::Mix).unwrap();
        assert_eq!(samples.len(), 8_000, "{coding}: the last block is filled up");
        let error = error_to_sine(&samples, 16_000, 440.0, 0.5, 0);
        assert!(error < tolerance, "{coding}: {error}");

        let stereo = fixture(&format!("sine_440hz_and_inverse_16khz_{coding}.wav"));
        for (channel, amplitude) in [(0, 0.5), (1, -0.5)] {
            let samples = read_mono(&stereo, 16_000, ChannelChoice::Only(channel)).unwrap();
            // The encoder takes a while to follow.
            let error = error_to_sine(&samples[..8_000], 16_000, 440.0, amplitude, 200);
            assert!(error < tolerance, "{coding}, channel {channel}: {error}");
        }
    }
}

#[test]
fn adpcm_that_was_cut_off_is_heard_to_its_end() {
    for coding in ["ima_adpcm", "ms_adpcm"] {
        let bytes = std::fs::read(fixture(&format!("sine_440hz_16khz_{coding}.wav"))).unwrap();
        for length in (100..bytes.len()).step_by(97) {
            let (_folder, path) = written(&bytes[..length]);
            let mut file = AudioFile::open(&path).unwrap();
            let mut samples = Vec::new();
            while let Ok(Some(block)) = file.next_block() {
                samples.extend_from_slice(block);
            }
            assert!(file.truncated(), "{coding}, {length} bytes");
            // Two samples a byte, but for the headers of the file and of the blocks.
            assert!(
                samples.len() + 20 >= 19 * (length - 100) / 10,
                "{coding}, {length} bytes: {}",
                samples.len()
            );
            assert!(samples.is_empty() || error_to_sine(&samples, 16_000, 440.0, 0.5, 0) < 0.04);
        }
    }
}

#[test]
fn what_is_not_read_is_named_with_what_converts_it() {
    let error = AudioFile::open(&fixture("sine_440hz_8khz_gsm.wav")).err().unwrap();
    assert!(matches!(error, AudioError::Foreign { .. }), "{error}");
    for part in ["found WAV with GSM 6.10", "ffmpeg -i IN -ac 1 -ar 16000 OUT.wav"] {
        assert!(error.to_string().contains(part), "{part:?} in {error}");
    }
    let (_folder, path) = written(b"FORM\0\0\0\x20AIFFCOMM");
    let error = AudioFile::open(&path).err().unwrap().to_string();
    assert!(error.contains("found AIFF; this converts it"), "{error}");
}

/// A chunk of Wave64: its identifier, its length with that and itself, what is in it.
fn long_chunk(id: [u8; 4], rest_of_id: &[u8; 12], content: &[u8]) -> Vec<u8> {
    let length = 24 + content.len() as u64;
    let mut chunk = [&id[..], &rest_of_id[..], &length.to_le_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(8), 0);
    chunk
}

#[test]
fn wave64_is_read() {
    const REST: &[u8; 12] = b"\xF3\xAC\xD3\x11\x8C\xD1\x00\xC0\x4F\x8E\xDB\x8A";
    let mut bytes = b"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\x00\x00".to_vec();
    bytes.extend([0; 8]);
    bytes.extend(b"wave");
    bytes.extend(REST);
    let format = [1, 0, 1, 0, 0x80, 0x3E, 0, 0, 0, 0x7D, 0, 0, 2, 0, 16, 0];
    bytes.extend(long_chunk(*b"junk", REST, b"odd"));
    bytes.extend(long_chunk(*b"fmt ", REST, &format));
    bytes.extend(long_chunk(*b"data", REST, &[0, 0x40, 0, 0xC0, 0, 0x20]));
    let (_folder, path) = written(&bytes);
    assert_eq!(read_mono(&path, 16_000, ChannelChoice::Mix).unwrap(), [0.5, -0.5, 0.25]);
}
