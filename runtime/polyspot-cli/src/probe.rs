//! Whether models can hear at all.

use std::sync::Arc;

use polyspot::{EngineError, Model, Spotter};

/// What they hear, in samples: silence, then noise at full scale.
const SAMPLES: usize = 16_000;

/// Lets models hear a second of silence and a second of loud noise: weights that are all finite may still be so large that sums
/// overflow.
///
/// # Errors
/// When the models cannot listen together, or what comes out is no number.
pub(crate) fn probe(models: &[Arc<Model>]) -> Result<(), EngineError> {
    let mut spotter = Spotter::for_models(models)?;
    let mut random = 1u32;
    let noise = (0..SAMPLES).map(|_| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as f32 / 8_388_608.0 - 1.0
    });
    let samples: Vec<f32> = std::iter::repeat_n(0.0, SAMPLES).chain(noise).collect();
    spotter.push(&samples)?;
    Ok(())
}
