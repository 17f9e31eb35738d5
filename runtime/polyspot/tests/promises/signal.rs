//! Test signals that need no file, and the model under test.

use std::sync::Arc;

use polyspot::Model;

pub(crate) const RATE_HZ: usize = 16_000;

/// The shipped English model.
pub(crate) fn model() -> Arc<Model> {
    Arc::new(Model::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/en.onnx")).unwrap())
}

/// Something like speech to the network: a buzz whose pitch and loudness wander, over noise; the same for the
/// same seed.
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
