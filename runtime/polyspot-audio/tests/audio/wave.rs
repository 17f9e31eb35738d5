//! Every form of WAV.

use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use polyspot_audio::{AudioError, AudioFile, ChannelChoice, read_mono};
use tempfile::TempDir;

use crate::signal::written;

const VALUES: [f32; 6] = [0.0, 0.25, -0.75, 0.9, -1.0, 0.123_456_7];

/// A WAV file with a plain header in front of `data`.
struct Header {
    tag: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
    /// After the 16 bytes that every format chunk has.
    extension: Vec<u8>,
    riff_length: Option<u32>,
    data_length: Option<u32>,
}

impl Header {
    fn new(tag: u16, channels: u16, bits: u16) -> Self {
        Self { tag, channels, rate_hz: 16_000, bits, extension: vec![], riff_length: None, data_length: None }
    }

    fn file(&self, data: &[u8]) -> Vec<u8> {
        let block = self.channels * self.bits.div_ceil(8);
        let mut bytes = b"RIFF".to_vec();
        let length = 36 + self.extension.len() + data.len();
        bytes.extend(self.riff_length.unwrap_or(length as u32).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        bytes.extend((16 + self.extension.len() as u32).to_le_bytes());
        bytes.extend(self.tag.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.rate_hz.to_le_bytes());
        bytes.extend((self.rate_hz.wrapping_mul(block.into())).to_le_bytes());
        bytes.extend(block.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(&self.extension);
        bytes.extend(b"data");
        bytes.extend(self.data_length.unwrap_or(data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }
}

/// Everything the file delivers, interleaved, and whether it was truncated.
fn read(path: &Path) -> Result<(Vec<f32>, bool), AudioError> {
    let mut file = AudioFile::open(path)?;
    let mut samples = Vec::new();
    while let Some(block) = file.next_block()? {
        samples.extend_from_slice(block);
    }
    assert!(file.next_block()?.is_none(), "the end is the end");
    assert_eq!(file.frames_read() as usize * file.channels(), samples.len());
    Ok((samples, file.truncated()))
}

fn read_bytes(bytes: &[u8]) -> Result<(Vec<f32>, bool), AudioError> {
    let (_folder, path) = written(bytes);
    read(&path)
}

#[test]
fn every_linear_coding_comes_back_within_its_quantisation() {
    for (bits, sample_format) in [
        (8, SampleFormat::Int),
        (16, SampleFormat::Int),
        (24, SampleFormat::Int),
        (32, SampleFormat::Int),
        (32, SampleFormat::Float),
    ] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.wav");
        // More than two channels or 16 bits: hound writes WAVE_FORMAT_EXTENSIBLE.
        let spec = WavSpec { channels: 3, sample_rate: 22_050, bits_per_sample: bits, sample_format };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        let full_scale = f64::from(1_u32 << (bits - 1));
        for value in VALUES {
            match sample_format {
                SampleFormat::Float => writer.write_sample(value).unwrap(),
                SampleFormat::Int => {
                    let quantised = (f64::from(value) * full_scale).round().min(full_scale - 1.0);
                    writer.write_sample(quantised as i32).unwrap();
                }
            }
        }
        writer.finalize().unwrap();

        let file = AudioFile::open(&path).unwrap();
        assert_eq!((file.sample_rate_hz(), file.channels(), file.frames()), (22_050, 3, Some(2)));
        let (samples, truncated) = read(&path).unwrap();
        assert!(!truncated);
        let step = if sample_format == SampleFormat::Float { 0.0 } else { 1.0 / full_scale as f32 };
        for (found, expected) in samples.iter().zip(VALUES) {
            let half_step = (step * 0.501).max(1e-9);
            assert!((found - expected).abs() <= half_step, "{bits} bits: {found} for {expected}");
        }
    }
}

#[test]
fn a_64_bit_float_comes_back_and_what_is_no_number_is_silence() {
    let values = [0.5, -0.125, f64::NAN, f64::INFINITY, 1e300];
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let (_folder, path) = written(&Header::new(3, 1, 64).file(&data));
    assert_eq!(read_mono(&path, 16_000, ChannelChoice::Mix).unwrap(), [0.5, -0.125, 0.0, 0.0, 0.0]);
}

#[test]
fn extensible_and_extended_headers_are_read() {
    let mut header = Header::new(0xFFFE, 2, 16);
    header.extension = [22, 0, 16, 0, 3, 0, 0, 0, 1, 0].to_vec(); // extra bytes, valid bits, mask, linear
    header.extension.extend(*b"\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
    assert_eq!(read_bytes(&header.file(&[0, 0x40, 0, 0xC0])).unwrap().0, [0.5, -0.5]);

    let mut extended = Header::new(1, 1, 16);
    extended.extension = vec![0, 0];
    assert_eq!(read_bytes(&extended.file(&[0, 0x40])).unwrap().0, [0.5]);
}

#[test]
fn sixty_four_channels_and_odd_rates_are_read() {
    for rate_hz in [1_000, 11_127, 384_000] {
        let mut header = Header::new(1, 64, 8);
        header.rate_hz = rate_hz;
        let (_folder, path) = written(&header.file(&[192; 64 * 10]));
        let file = AudioFile::open(&path).unwrap();
        assert_eq!((file.channels(), file.sample_rate_hz()), (64, rate_hz));
        assert_eq!(read_mono(&path, rate_hz, ChannelChoice::Mix).unwrap(), [0.5; 10]);
    }
}

#[test]
fn other_chunks_and_their_padding_are_skipped() {
    let mut bytes = Header::new(1, 1, 16).file(&[0, 0x40]);
    bytes.splice(12..12, *b"LIST\x03\0\0\0abc\0");
    bytes.extend(*b"id3 \x04\0\0\0\x01\x02\x03\x04");
    assert_eq!(read_bytes(&bytes).unwrap(), (vec![0.5], false));
}

#[test]
fn rf64_has_its_length_in_its_own_chunk() {
    let mut header = Header::new(1, 1, 16);
    header.data_length = Some(u32::MAX);
    let mut bytes = header.file(&[0, 0x40, 0, 0x40, 9, 9]);
    let mut chunk = b"ds64\x1c\0\0\0".to_vec();
    chunk.extend([0, 4, 2, 0].map(u64::to_le_bytes).concat()[..28].iter());
    bytes.splice(12..12, chunk);
    for mark in [b"RF64", b"BW64"] {
        bytes[..4].copy_from_slice(mark);
        assert_eq!(read_bytes(&bytes).unwrap(), (vec![0.5, 0.5], false));
    }
}

#[test]
fn a_long_file_comes_in_blocks() {
    let data: Vec<u8> = (0..200_000_i32).flat_map(|n| ((n % 30_000) as i16).to_le_bytes()).collect();
    let (_folder, path) = written(&Header::new(1, 2, 16).file(&data));
    let mut file = AudioFile::open(&path).unwrap();
    let mut samples = Vec::new();
    let mut largest = 0;
    while let Some(block) = file.next_block().unwrap() {
        largest = largest.max(block.len());
        samples.extend(block.iter().map(|sample| (sample * 32_768.0) as i32));
    }
    assert!(samples.iter().copied().eq((0..200_000).map(|n| n % 30_000)));
    assert!(largest <= 1 << 15, "a block of {largest} samples");
}

#[test]
fn a_cut_off_file_delivers_its_whole_frames_and_says_so() {
    let mut header = Header::new(1, 2, 16);
    header.data_length = Some(4_000);
    let bytes = header.file(&[0, 0x40, 0, 0x40, 0, 0x20, 0, 0x20, 1, 2, 3]);
    assert_eq!(read_bytes(&bytes).unwrap(), (vec![0.5, 0.5, 0.25, 0.25], true));
}

#[test]
fn a_header_that_was_never_finished_means_until_the_end() {
    let placeholders = [
        (u32::MAX, u32::MAX),
        (0, 0),
        (36, 0),
        (0x8000_0024, 0x8000_0000), // arecord
        (0x7FFF_FFFF, 0x7FFF_FFFF),
        (0x7FFF_F024, 0x7FFF_F000), // sox
        (0x7FFF_FFFF, 0x7FFF_FFDB),
        (0xFFFF_FFFF, 0xFFFF_FFDB),
        (40, 0), // as long as it is, but for the data
    ];
    for (riff_length, data_length) in placeholders {
        let mut header = Header::new(1, 1, 16);
        (header.riff_length, header.data_length) = (Some(riff_length), Some(data_length));
        let bytes = header.file(&[0, 0x40, 0, 0x20]);
        assert_eq!(read_bytes(&bytes).unwrap(), (vec![0.5, 0.25], false), "{data_length:#x}");
    }
    // No placeholder, but a length.
    let mut header = Header::new(1, 1, 16);
    header.data_length = Some(0x4000_0000);
    assert_eq!(read_bytes(&header.file(&[0, 0x40])).unwrap(), (vec![0.5], true));
}

#[test]
fn an_empty_data_chunk_before_another_chunk_is_empty() {
    let mut bytes = Header::new(1, 1, 16).file(&[]);
    bytes.extend(*b"LIST\x04\0\0\0INFO");
    assert_eq!(read_bytes(&bytes).unwrap(), (vec![], false));
}

#[test]
fn lengths_of_frames_and_seconds_that_lie_change_nothing() {
    for (bits, data, expected) in
        [(16, &[0, 0x40, 0, 0x20][..], [0.5, 0.25]), (24, &[0, 0, 0x40, 0, 0, 0x20], [0.5, 0.25])]
    {
        for lie in [0, 1, 3, 4, 8, 0xFFFF] {
            let mut bytes = Header::new(1, 1, bits).file(data);
            bytes[28..32].fill(0);
            bytes[32..34].copy_from_slice(&u16::to_le_bytes(lie));
            assert_eq!(read_bytes(&bytes).unwrap(), (expected.to_vec(), false), "{bits} bits, {lie}");
        }
    }
}

#[test]
fn twenty_four_bits_in_four_bytes_are_read_where_block_and_rate_both_say_so() {
    let mut bytes = Header::new(1, 1, 24).file(&[0, 0, 0x40, 0, 0, 0, 0xE0, 0xFF]);
    bytes[28..32].copy_from_slice(&(4 * 16_000_u32).to_le_bytes());
    bytes[32..34].copy_from_slice(&4_u16.to_le_bytes());
    assert_eq!(read_bytes(&bytes).unwrap(), (vec![0.5, -0.25], false));
}

#[test]
fn the_logarithmic_codings_are_read() {
    // Nothing, the loudest of both signs; half a bit of A-law is 1/4096.
    assert_eq!(
        read_bytes(&Header::new(7, 1, 8).file(&[0xFF, 0x80, 0x00])).unwrap().0,
        [0.0, 0.980_346_7, -0.980_346_7]
    );
    assert_eq!(
        read_bytes(&Header::new(6, 1, 8).file(&[0xD5, 0xAA, 0x2A])).unwrap().0,
        [8.0 / 32_768.0, 0.984_375, -0.984_375]
    );
    // Some writers say 16 bits, which is what comes out.
    assert_eq!(read_bytes(&Header { bits: 16, ..Header::new(7, 1, 8) }.file(&[0xFF])).unwrap().0, [0.0]);
}

#[test]
fn big_endian_files_are_read() {
    let header = Header::new(1, 1, 16);
    let mut bytes = header.file(&[0x40, 0, 0x20, 0]);
    bytes[..4].copy_from_slice(b"RIFX");
    for number in [4..8, 16..20, 24..28, 28..32, 40..44, 20..22, 22..24, 32..34, 34..36] {
        bytes[number].reverse();
    }
    assert_eq!(read_bytes(&bytes).unwrap(), (vec![0.5, 0.25], false));
}

#[test]
fn a_wav_without_a_frame_is_a_recording_without_sound() {
    for data in [&[][..], &[1], &[1, 2, 3]] {
        assert_eq!(read_bytes(&Header::new(1, 2, 16).file(data)).unwrap(), (vec![], false), "{data:?}");
    }
    // Unless there should be some.
    let mut header = Header::new(1, 2, 16);
    header.data_length = Some(4_000);
    assert!(matches!(read_bytes(&header.file(&[])), Err(AudioError::Empty)));
}

#[test]
fn a_header_cut_off_anywhere_is_an_error() {
    let bytes = Header::new(1, 1, 16).file(&[0, 0x40]);
    for length in 4..44 {
        let error = read_bytes(&bytes[..length]).unwrap_err();
        assert!(matches!(error, AudioError::Malformed { .. }), "{length} bytes: {error}");
    }
}

#[test]
fn headers_out_of_range_say_what_was_expected() {
    let refused = |header: Header| read_bytes(&header.file(&[0; 64])).unwrap_err().to_string();
    let coding = |tag, bits| refused(Header::new(tag, 1, bits));
    assert!(
        coding(0x31, 0).contains("found WAV with GSM 6.10; this converts it: ffmpeg"),
        "{}",
        coding(0x31, 0)
    );
    assert!(coding(0x1234, 8).ends_with("found 8-bit of coding 4660"), "{}", coding(0x1234, 8));
    assert!(coding(1, 64).ends_with("found 64-bit of coding 1"), "{}", coding(1, 64));
    assert_eq!(refused(Header::new(1, 0, 16)), "expected 1 to 64 channels, found 0");
    assert_eq!(refused(Header::new(1, 65, 16)), "expected 1 to 64 channels, found 65");
    let slow = Header { rate_hz: 999, ..Header::new(1, 1, 16) };
    assert_eq!(refused(slow), "expected a sample rate of 1000 to 384000 Hz, found 999 Hz");

    let mut bytes = Header::new(1, 1, 16).file(&[0; 4]);
    bytes[8..12].copy_from_slice(b"ACON");
    assert!(read_bytes(&bytes).unwrap_err().to_string().ends_with(r#"found "ACON""#));
    bytes[8..12].copy_from_slice(b"AVI ");
    assert!(read_bytes(&bytes).unwrap_err().to_string().contains("found AVI; this converts it"));
    bytes[8..16].copy_from_slice(b"WAVEjunk");
    assert!(read_bytes(&bytes).unwrap_err().to_string().starts_with("expected a format chunk"));
}
