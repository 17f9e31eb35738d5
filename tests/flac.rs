//! FLAC files of samples as they are: every frame is written without compression.

use std::path::PathBuf;

/// Samples of a frame.
const FRAME: usize = 1_024;

/// Writes 16 kHz mono samples and gives the path.
pub(crate) fn flac_of(folder: &tempfile::TempDir, samples: &[i16]) -> PathBuf {
    let mut bytes = b"fLaC\x80\0\0\x22".to_vec();
    bytes.extend([FRAME as u16; 2].map(u16::to_be_bytes).concat());
    bytes.extend([0; 6]); // lengths of frames: not known
    // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
    bytes.extend((16_000 << 44 | 15 << 36 | samples.len() as u64).to_be_bytes());
    bytes.extend([0; 16]); // no checksum
    for (number, block) in samples.chunks(FRAME).enumerate() {
        bytes.extend(frame(u8::try_from(number).unwrap(), block));
    }
    let path = folder.path().join("words.flac");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn frame(number: u8, block: &[i16]) -> Vec<u8> {
    // A length in 16 bits, 16 kHz; one channel of 16 bits.
    let mut bytes = vec![0xFF, 0xF8, 0x75, 0x08];
    match number {
        0..0x80 => bytes.push(number),
        _ => bytes.extend([0xC0 | number >> 6, 0x80 | number & 0x3F]),
    }
    bytes.extend((block.len() as u16 - 1).to_be_bytes());
    bytes.push(crc(&bytes, 8, 0x07) as u8);
    bytes.push(0x02); // as it is
    bytes.extend(block.iter().flat_map(|sample| sample.to_be_bytes()));
    bytes.extend(crc(&bytes, 16, 0x8005).to_be_bytes());
    bytes
}

/// The remainder of so many bits.
fn crc(bytes: &[u8], bits: u32, polynomial: u16) -> u16 {
    let top = 1 << (bits - 1);
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << (bits - 8), |crc, _| {
            let shifted = crc << 1 ^ if crc & top == 0 { 0 } else { polynomial };
            shifted & (top | (top - 1))
        })
    })
}
