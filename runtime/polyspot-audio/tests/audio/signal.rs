//! Test signals and what is measured of them.

use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A fixture, named by its property: sines of amplitude 0.5, written by libsndfile 1.2.2 or `tests/scripts/make_audio_fixtures.sh`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A file of these bytes; it is gone with the folder. No ending tells what it is.
pub(crate) fn written(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("audio");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

pub(crate) fn sine(rate_hz: u32, frequency_hz: f64, amplitude: f64, samples: usize) -> Vec<f32> {
    let step = TAU * frequency_hz / f64::from(rate_hz);
    (0..samples).map(|n| (amplitude * (step * n as f64).sin()) as f32).collect()
}

/// The largest difference to the sine of phase 0 at the first sample, leaving out `margin` samples at both ends.
pub(crate) fn error_to_sine(
    samples: &[f32],
    rate_hz: u32,
    frequency_hz: f64,
    amplitude: f64,
    margin: usize,
) -> f32 {
    let ideal = sine(rate_hz, frequency_hz, amplitude, samples.len());
    let inner = margin..samples.len() - margin;
    samples[inner.clone()].iter().zip(&ideal[inner]).fold(0.0, |worst, (a, b)| worst.max((a - b).abs()))
}
