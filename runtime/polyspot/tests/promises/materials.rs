//! Models and signals to test with.

use std::path::PathBuf;
use std::sync::Arc;

use polyspot::stream::PosteriorStream;
use polyspot::{Detection, Model, Spotter};

pub(crate) const RATE_HZ: usize = 16_000;

/// Small networks with random weights, of different strides and pulses.
pub(crate) const RANDOM_MODELS: [&str; 3] = ["stride_1_pulse_5", "stride_4_pulse_4", "stride_6_pulse_12"];

/// A file in the repository.
pub(crate) fn path(in_repository: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(in_repository)
}

/// The file of a model in tests/data/models.
pub(crate) fn test_model_path(name: &str) -> PathBuf {
    path(&format!("tests/data/models/{name}.onnx"))
}

/// A model in tests/data/models.
pub(crate) fn test_model(name: &str) -> Arc<Model> {
    Arc::new(Model::from_path(test_model_path(name)).unwrap())
}

/// The shipped model of a language.
pub(crate) fn shipped(language: &str) -> Arc<Model> {
    Arc::new(Model::from_path(path(&format!("models/{language}.onnx"))).unwrap())
}

/// The shipped English model.
pub(crate) fn english() -> Arc<Model> {
    shipped("en")
}

/// Something like speech to a network: a buzz whose pitch and loudness wander, over noise; the same for the same
/// seed.
pub(crate) fn babble(samples: usize, seed: u32) -> Vec<f32> {
    let mut random = seed.wrapping_mul(2_654_435_761) | 1;
    let mut phase = 0.0f32;
    (0..samples)
        .map(|i| {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            let noise = random as f32 / u32::MAX as f32 - 0.5;
            let t = i as f32 / RATE_HZ as f32 + seed as f32;
            phase = (phase + (140.0 + 60.0 * (3.1 * t).sin()) / RATE_HZ as f32).fract();
            let loudness = (2.3 * t).sin().max(0.0);
            loudness * (0.6 * phase - 0.3) + 0.02 * noise
        })
        .collect()
}

/// Everything a stream says of a signal that comes in the given slices: each posterior with its end.
pub(crate) fn posteriors<'a>(
    stream: &mut PosteriorStream,
    slices: impl IntoIterator<Item = &'a [f32]>,
) -> Vec<(Vec<f32>, u64)> {
    let mut steps = Vec::new();
    for slice in slices {
        stream.push(slice, |p| steps.push((p.probabilities.to_vec(), p.end))).unwrap();
    }
    stream.flush(|p| steps.push((p.probabilities.to_vec(), p.end))).unwrap();
    steps
}

/// Everything a spotter detects in a signal that comes in the given slices.
pub(crate) fn detections<'a>(
    spotter: &mut Spotter,
    slices: impl IntoIterator<Item = &'a [f32]>,
) -> Vec<Detection> {
    let mut heard = Vec::new();
    for slice in slices {
        heard.extend(spotter.push(slice).unwrap());
    }
    heard.extend(spotter.flush().unwrap());
    heard
}

/// A synthetic voice saying a word: a clip of tests/data/keywords, 16 kHz.
pub(crate) fn spoken(word: &str) -> Vec<f32> {
    clip(&format!("keywords/{word}/en-us.wav"))
}

/// A clip of 16-bit samples in tests/data.
pub(crate) fn clip(file: &str) -> Vec<f32> {
    let mut wav = hound::WavReader::open(path("tests/data").join(file)).unwrap();
    wav.samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect()
}
