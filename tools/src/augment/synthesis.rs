//! What synthetic sounds are made of.

use std::f32::consts::{PI, TAU};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// A resonance, with a tenth of what does not resonate.
pub(super) fn resonance(samples: &mut [f32], hz: f32, bandwidth_hz: f32, rate_hz: f32) {
    let radius = (-PI * bandwidth_hz / rate_hz).exp();
    let (a, b) = (2.0 * radius * (TAU * hz / rate_hz).cos(), radius * radius);
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        let out = *sample * (1.0 - radius) + a * last - b * before;
        (before, last) = (last, out);
        *sample = out + 0.1 * *sample;
    }
}

/// White noise of variance 1/3. Its distribution cannot be heard, and a uniform one is drawn fastest, from a generator that
/// need not be good.
pub(super) fn white<R: Rng>(rng: &mut R) -> impl FnMut() -> f32 + use<R> {
    let mut fast = SmallRng::seed_from_u64(rng.random());
    move || 2.0 * fast.random::<f32>() - 1.0
}
