//! Calls of animals and other voices that say nothing: the sounds that are most like words and are none.
//!
//! A source of pulses and breath goes through the resonances of a throat (Fant 1960), which opens or closes once in each call;
//! nothing is articulated. Barks, crows, cries, coughs and sneezes are of this kind.

use rand::Rng;

use super::synthesis::{resonance, white};

/// Calls with pauses between them.
pub(super) fn calls(length: usize, rate_hz: f32, rng: &mut impl Rng) -> Vec<f32> {
    let caller = Caller::new(rate_hz, rng);
    let mut samples = vec![0.0; length];
    let mut first = rng.random_range(0.0..0.5f32) * rate_hz;
    while (first as usize) < length {
        let call = caller.call(rng);
        for (slot, sample) in samples[first as usize..].iter_mut().zip(&call) {
            *slot += sample;
        }
        first += call.len() as f32 + rng.random_range(0.05..0.7) * rate_hz;
    }
    samples
}

/// What a caller's calls have in common.
struct Caller {
    rate_hz: f32,
    pitch_hz: f32,
    seconds: f32,
    /// Share of breath in the source.
    breath: f32,
    /// Resonances before and after the throat has moved: frequency and bandwidth.
    from: [(f32, f32); 3],
    to: [(f32, f32); 3],
}

impl Caller {
    fn new(rate_hz: f32, rng: &mut impl Rng) -> Self {
        let size = rng.random_range(0.7..1.6f32);
        let mut throat = || {
            [(300.0, 1_000.0), (800.0, 2_400.0), (2_200.0, 3_600.0)]
                .map(|(low, high)| (size * rng.random_range(low..high), rng.random_range(60.0..300.0)))
        };
        let (from, to) = (throat(), throat());
        Self {
            rate_hz,
            pitch_hz: 10f32.powf(rng.random_range(1.9..3.1)),
            seconds: 10f32.powf(rng.random_range(-1.2..-0.2)),
            breath: rng.random_range(0.02..0.7),
            from,
            to,
        }
    }

    fn call(&self, rng: &mut impl Rng) -> Vec<f32> {
        let seconds = self.seconds * rng.random_range(0.7..1.4);
        let length = (seconds * self.rate_hz) as usize;
        let source = self.source(length, rng);
        let (mut from, mut to) = (source.clone(), source);
        for (&(a, a_width), &(b, b_width)) in self.from.iter().zip(&self.to) {
            resonance(&mut from, a, a_width, self.rate_hz);
            resonance(&mut to, b, b_width, self.rate_hz);
        }
        for samples in [&mut from, &mut to] {
            let level = (samples.iter().map(|s| s * s).sum::<f32>() / length.max(1) as f32).sqrt();
            for sample in samples.iter_mut() {
                *sample /= level.max(1e-6);
            }
        }
        let attack = rng.random_range(0.003..0.06) * self.rate_hz;
        let release = rng.random_range(0.01..0.5) * length as f32;
        let loudness = rng.random_range(0.4..1.0f32);
        let moves_at = rng.random_range(0.1..0.9f32);
        (0..length)
            .map(|i| {
                let moved = ((i as f32 / length as f32 - moves_at) * 4.0 + 0.5).clamp(0.0, 1.0);
                let ends = ((length - i) as f32 / release).min(1.0);
                let gain = loudness * (i as f32 / attack).min(1.0) * ends;
                gain * (from[i] + moved * (to[i] - from[i]))
            })
            .collect()
    }

    /// Pulses whose pitch bends, with breath.
    fn source(&self, length: usize, rng: &mut impl Rng) -> Vec<f32> {
        let (bend, glide) = (rng.random_range(-0.6..0.9f32), rng.random_range(-1.0..0.6f32));
        let rough = rng.random_range(0.0..0.15f32);
        let mut white = white(rng);
        let (mut phase, mut step) = (0.0f32, 0.0);
        (0..length)
            .map(|i| {
                if i % 32 == 0 {
                    let t = i as f32 / length as f32;
                    let octaves = bend * 4.0 * t * (1.0 - t) + glide * t + rough * white();
                    step = (self.pitch_hz * 2f32.powf(octaves) / self.rate_hz).min(0.4);
                }
                phase += step;
                let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
                phase -= phase.floor();
                pulse * (1.0 - self.breath) + self.breath * 0.5 * white()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    const RATE_HZ: f32 = 16_000.0;

    fn of(seed: u64) -> Vec<f32> {
        calls(32_000, RATE_HZ, &mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn a_seed_repeats_them() {
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }

    #[test]
    fn between_calls_it_is_silent() {
        for seed in 0..50 {
            let samples = of(seed);
            assert!(samples.iter().all(|sample| sample.is_finite()), "{seed}");
            let loud = samples.iter().filter(|sample| sample.abs() > 0.01).count();
            assert!(loud > 500, "{seed}: {loud} loud samples");
            // The shortest pause is 50 ms.
            let longest = samples.split(|&sample| sample != 0.0).map(<[f32]>::len).max().unwrap_or(0);
            assert!(longest >= 800, "{seed}: {longest} silent samples");
        }
    }
}
