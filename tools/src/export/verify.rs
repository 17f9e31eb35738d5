//! A model file against the trainer that made it.

use std::sync::Arc;

use anyhow::{Result, ensure};
use burn::tensor::Device;
use burn::tensor::activation::softmax;
use polyspot::Model;
use polyspot::front_end::FrontEnd;
use polyspot::stream::PosteriorStream;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::network::forward::{FrameBatch, WeightTensors, forward, head, numbers};
use crate::network::{NetworkShape, Weights};
use crate::training::vocabulary::Vocabulary;

/// Largest difference allowed between the runtime's posteriors and the trainer's.
const TOLERANCE: f32 = 1e-4;

/// How well a model file and its trainer agree.
pub(crate) struct Agreement {
    /// Posteriors compared.
    pub(crate) steps: usize,
    /// Largest absolute difference of a probability.
    pub(crate) largest_difference: f32,
}

/// Runs the file of these bytes as a stream and the trainer's network over the whole signal, and compares.
pub(super) fn agree(
    file: &[u8],
    shape: &NetworkShape,
    weights: &Weights,
    vocabulary: &Vocabulary,
) -> Result<Agreement> {
    let model = Arc::new(Model::from_bytes(file)?);
    let signal = signal(model.manifest().front_end.sample_rate_hz);
    let mut stream = PosteriorStream::new(&model)?;
    let mut found = Vec::new();
    stream.push(&signal, |posterior| found.extend_from_slice(posterior.probabilities))?;
    stream.flush(|posterior| found.extend_from_slice(posterior.probabilities))?;

    let mut frames = Vec::new();
    FrontEnd::new(&model.manifest().front_end)?.push(&signal, |frame| frames.extend_from_slice(frame));
    let expected = whole_signal(shape, weights, vocabulary, &frames)?;
    let steps = expected.len() / vocabulary.labels();
    ensure!(
        found.len() == expected.len(),
        "the model gives {} posteriors, the trainer {steps}",
        found.len() / vocabulary.labels()
    );
    let largest_difference = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    ensure!(
        largest_difference <= TOLERANCE,
        "the model's posteriors differ from the trainer's by {largest_difference:e}, expected at most {TOLERANCE:e}"
    );
    Ok(Agreement { steps, largest_difference })
}

/// Posteriors `[steps, labels]` of the trainer's network over a whole signal.
fn whole_signal(
    shape: &NetworkShape,
    weights: &Weights,
    vocabulary: &Vocabulary,
    frames: &[f32],
) -> Result<Vec<f32>> {
    let device = Device::flex();
    let tensors = WeightTensors::new(weights, &device);
    let batch = FrameBatch::new(shape, weights, &[frames]);
    let features = forward(shape, &tensors, &batch, &device).features;
    let probabilities = softmax(head(&tensors, &vocabulary.language, features), 0);
    let rows = numbers(probabilities.transpose())?;
    Ok(rows.chunks_exact(vocabulary.classes()).flat_map(|row| vocabulary.fold(row)).collect())
}

/// Five seconds that visit the network's whole range: silence, noise, a chirp, clipped noise.
fn signal(rate_hz: u32) -> Vec<f32> {
    let mut rng = StdRng::seed_from_u64(0);
    let rate = rate_hz as f32;
    (0..5 * rate_hz)
        .map(|i| {
            let t = i as f32 / rate;
            let noise = rng.random_range(-1.0..1.0f32);
            match t as u32 {
                0 => 0.0,
                1 => 0.1 * noise,
                2 | 3 => 0.5 * (std::f32::consts::TAU * (200.0 + 400.0 * t) * t).sin() + 0.01 * noise,
                _ => (3.0 * noise).clamp(-1.0, 1.0),
            }
        })
        .collect()
}
