//! Our MFCCs are those of torchaudio and of librosa (`tests/scripts/make_golden_mfcc.py`).

use polyspot::front_end::{FrontEnd, FrontEndSpec};

use crate::materials::path;

const TOLERANCE: f32 = 1e-4;

/// The samples of a 16-bit WAV file as our scripts write them: a header of 44 bytes, then the samples.
fn samples(wav: &str) -> Vec<f32> {
    let bytes = std::fs::read(path(wav)).unwrap();
    assert_eq!(&bytes[36..40], b"data", "{wav} has another header");
    bytes[44..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect()
}

/// `[frames][40]` of a golden file.
fn golden(csv: &str) -> Vec<Vec<f32>> {
    let text = std::fs::read_to_string(path(csv)).unwrap_or_else(|e| panic!("{csv} is missing: {e}"));
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split(',').map(|value| value.parse().unwrap()).collect()).collect()
}

fn check(signal: &str, wav: &str) {
    let mut frames = Vec::new();
    let mut front_end = FrontEnd::new(&FrontEndSpec::default()).unwrap();
    front_end.push(&samples(wav), |frame| frames.push(frame.to_vec()));
    for tool in ["torchaudio", "librosa"] {
        let golden = golden(&format!("tests/data/golden/{signal}.{tool}.csv"));
        assert_eq!(frames.len(), golden.len(), "frames of {signal} by {tool}");
        for (i, (ours, theirs)) in frames.iter().zip(&golden).enumerate() {
            assert_eq!(ours.len(), theirs.len());
            let difference = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference <= TOLERANCE, "frame {i} of {signal} differs by {difference} from {tool}");
        }
    }
}

#[test]
fn for_synthetic_speech() {
    check("speech", "tests/data/keywords/yes/en-us.wav");
}

#[test]
fn for_a_chirp() {
    check("chirp", "tests/data/golden/chirp.wav");
}

#[test]
fn for_near_silence_with_clipping() {
    check("near_silence_with_clipping", "tests/data/golden/near_silence_with_clipping.wav");
}
