//! Telephones and voice messages: sound whose upper half is missing.

use std::f32::consts::{PI, TAU};

use rand::Rng;

/// Where the upper half begins to be missing, in hertz: from a telephone's 3.4 kHz to a frugal codec's.
const HIGHEST_HZ: std::ops::Range<f32> = 3_200.0..5_500.0;
/// Where a telephone's band begins, in hertz.
const LOWEST_HZ: std::ops::Range<f32> = 100.0..350.0;
/// Share of such sound that lacks its lowest part, too.
const TELEPHONE_SHARE: f64 = 0.4;
/// Coefficients of the filter: a transition of about 600 Hz at 16 kHz.
const TAPS: usize = 145;

/// Takes the upper half away, and the lowest part now and then.
pub(crate) fn narrow(samples: &mut [f32], rate_hz: u32, rng: &mut impl Rng) {
    let rate = rate_hz as f32;
    let highest = rng.random_range(HIGHEST_HZ) / rate;
    let lowest = rng.random_bool(TELEPHONE_SHARE).then(|| rng.random_range(LOWEST_HZ) / rate);
    let filter: Vec<f32> = low_pass(highest)
        .zip(low_pass(lowest.unwrap_or(0.0)))
        .map(|(upper, lower)| if lowest.is_some() { upper - lower } else { upper })
        .collect();
    let padded: Vec<f32> = [&[0.0; TAPS / 2], &*samples, &[0.0; TAPS / 2]].concat();
    // Tap by tap, so that samples are added up side by side.
    samples.fill(0.0);
    for (coefficient, shifted) in filter.iter().zip(padded.windows(samples.len())) {
        samples.iter_mut().zip(shifted).for_each(|(sum, sample)| *sum += coefficient * sample);
    }
}

/// A low-pass filter's coefficients: a sinc in a Blackman window; `cutoff` is a share of the sample rate.
fn low_pass(cutoff: f32) -> impl Iterator<Item = f32> {
    (0..TAPS).map(move |i| {
        let (t, x) = (i as f32 - (TAPS / 2) as f32, i as f32 / (TAPS - 1) as f32);
        let sinc = if t == 0.0 { 2.0 * cutoff } else { (TAU * cutoff * t).sin() / (PI * t) };
        sinc * (0.42 - 0.5 * (TAU * x).cos() + 0.08 * (2.0 * TAU * x).cos())
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    /// Root mean square of what is left of a tone of amplitude 1, away from its ends.
    fn left_of(hz: f32, seed: u64) -> f32 {
        let mut tone: Vec<f32> = (0..8_000).map(|i| (TAU * hz * i as f32 / 16_000.0).sin()).collect();
        narrow(&mut tone, 16_000, &mut StdRng::seed_from_u64(seed));
        let middle = &tone[2_000..6_000];
        (middle.iter().map(|s| s * s).sum::<f32>() / middle.len() as f32).sqrt()
    }

    #[test]
    fn speech_s_lower_half_is_kept_and_its_upper_half_is_not() {
        for seed in 0..20 {
            for hz in [800.0, 1_500.0, 2_500.0] {
                let left = left_of(hz, seed);
                assert!((left - 0.707).abs() < 0.01, "{left} of {hz} Hz");
            }
            for hz in [6_200.0, 7_500.0] {
                let left = left_of(hz, seed);
                assert!(left < 0.001, "{left} of {hz} Hz");
            }
        }
    }
}
