//! A recording's MFCCs and nothing else, in slices of 20 ms: what benches/compare measures other front ends beside.
//!
//! usage: `mfcc WAV` (16 kHz, mono, 16 bit, a header of 44 bytes)

use std::error::Error;
use std::hint::black_box;

use polyspot::front_end::{FrontEnd, FrontEndSpec};

/// Bytes before the samples.
const HEADER: usize = 44;
/// Samples handed over at once.
const SLICE: usize = 320;
/// Frames that a live stream of the shipped models gathers.
const PULSE: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let wav = std::env::args().nth(1).ok_or("usage: mfcc WAV")?;
    let bytes = std::fs::read(wav)?;
    let samples = bytes.get(HEADER..).ok_or("expected a header of 44 bytes")?;
    let mut front_end = FrontEnd::new(&FrontEndSpec::default())?;
    front_end.gather(PULSE);
    for slice in samples.as_chunks::<2>().0.chunks(SLICE) {
        let mut samples = [0.0; SLICE];
        for (sample, bytes) in samples.iter_mut().zip(slice) {
            *sample = f32::from(i16::from_le_bytes(*bytes)) / 32_768.0;
        }
        front_end.push(&samples[..slice.len()], |frame| _ = black_box(frame));
    }
    Ok(())
}
