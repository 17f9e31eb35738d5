//! Background noise: recordings, changed so that no two are alike, and synthetic sounds.

use std::f32::consts::TAU;
use std::sync::Arc;

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::calls::calls;
use super::synthesis::{resonance, white};

/// Samples between updates of a tone's pitch or a burst's level.
const CONTROL_SAMPLES: usize = 32;

/// Samples of one period of a tone.
const PERIOD_SAMPLES: usize = 1_024;

/// Time constants after which a burst is over.
const BURST_ENDS: f32 = 8.0;

/// How noise is made and mixed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoiseSettings {
    /// Share of words with noise behind them.
    pub(crate) share: f64,
    /// Range of the signal-to-noise ratio, in decibels.
    pub(crate) snr_db: (f32, f32),
    /// Share of synthetic sounds among the noises.
    pub(crate) synthetic: f64,
    /// Share of calls among synthetic sounds.
    #[serde(default = "calls_at_first")]
    pub(crate) calls: f64,
}

/// What recipes mean that were written before they said it.
fn calls_at_first() -> f64 {
    0.4
}

impl Default for NoiseSettings {
    fn default() -> Self {
        Self { share: 0.6, snr_db: (-2.0, 28.0), synthetic: 0.3, calls: calls_at_first() }
    }
}

/// Noise recordings and the ways to vary them.
pub(crate) struct NoiseBank {
    pub(crate) settings: NoiseSettings,
    rate_hz: f32,
    recordings: Vec<Arc<[i16]>>,
}

impl NoiseBank {
    /// A bank over recordings; with none of them all noise is synthetic.
    pub(crate) fn new(settings: NoiseSettings, rate_hz: u32, recordings: Vec<Arc<[i16]>>) -> Self {
        // A recording counts by its length, a very short one not at all.
        let recordings = recordings.into_iter().filter(|r| r.len() >= 1_000).collect();
        Self { settings, rate_hz: rate_hz as f32, recordings }
    }

    /// Adds noise at a random signal-to-noise ratio to some of the windows.
    pub(crate) fn mix_into(&self, samples: &mut [f32], rng: &mut impl Rng) {
        if !rng.random_bool(self.settings.share) {
            return;
        }
        let noise = self.draw(samples.len(), self.settings.synthetic, rng);
        let (low, high) = self.settings.snr_db;
        let ratio = 10f32.powf(rng.random_range(low..=high) / 20.0);
        let gain = active_level(samples) / (active_level(&noise).max(1e-6) * ratio);
        samples.iter_mut().zip(&noise).for_each(|(sample, noise)| *sample += gain * noise);
    }

    /// A window without speech, at any level from digital silence to loud.
    pub(crate) fn background(&self, length: usize, rng: &mut impl Rng) -> Vec<f32> {
        // What is no word has no bounds: sounds of the bank's own making are as frequent as recorded ones.
        let mut noise = self.draw(length, self.settings.synthetic.max(0.5), rng);
        if rng.random_bool(0.25) {
            let other = self.draw(length, self.settings.synthetic, rng);
            noise.iter_mut().zip(&other).for_each(|(a, b)| *a += b);
        }
        let level_db = match rng.random_range(0..10) {
            0 => return vec![0.0; length],
            1..=3 => rng.random_range(-75.0..-45.0),
            _ => rng.random_range(-45.0..-12.0),
        };
        let gain = 10f32.powf(level_db / 20.0) / active_level(&noise).max(1e-6);
        for sample in &mut noise {
            *sample = (*sample * gain).clamp(-1.0, 1.0);
        }
        noise
    }

    /// Calls of animals and the like, of arbitrary level.
    pub(crate) fn calls(&self, length: usize, rng: &mut impl Rng) -> Vec<f32> {
        calls(length, self.rate_hz, rng)
    }

    /// A stretch of noise of arbitrary level.
    fn draw(&self, length: usize, synthetic: f64, rng: &mut impl Rng) -> Vec<f32> {
        let mut noise = if self.recordings.is_empty() || rng.random_bool(synthetic) {
            self.synthetic(length, rng)
        } else {
            self.recorded(length, rng)
        };
        if rng.random_bool(0.4) {
            self.resonate(&mut noise, rng);
        }
        if rng.random_bool(0.45) {
            self.envelope(&mut noise, rng);
        }
        noise
    }

    /// A piece of a recording, at another speed now and then; a short recording repeats.
    fn recorded(&self, length: usize, rng: &mut impl Rng) -> Vec<f32> {
        let total: usize = self.recordings.iter().map(|r| r.len()).sum();
        let mut offset = rng.random_range(0..total);
        let recording = self
            .recordings
            .iter()
            .find(|r| offset.checked_sub(r.len()).map(|rest| offset = rest).is_none())
            .unwrap_or(&self.recordings[0]);
        let speed: f32 = if rng.random_bool(0.6) { 2f32.powf(rng.random_range(-1.3..1.3)) } else { 1.0 };
        let wrapped = |index: usize| if index < recording.len() { index } else { index - recording.len() };
        let at = |index: usize| f32::from(recording[wrapped(index)]) / 32_768.0;
        // Whole samples and the part of one, each by itself: a division per sample would cost more than all else here.
        let (mut index, mut part) = (offset, 0.0);
        std::iter::repeat_with(|| {
            let sample = at(index) + (at(index + 1) - at(index)) * part;
            part += speed;
            let whole = part as usize;
            part -= whole as f32;
            index = wrapped(index + whole);
            sample
        })
        .take(length)
        .collect()
    }

    /// Calls, coloured noise, or a wavering tone with harmonics: hums, whistles, beeps.
    fn synthetic(&self, length: usize, rng: &mut impl Rng) -> Vec<f32> {
        if rng.random_bool(self.settings.calls) {
            return self.calls(length, rng);
        }
        if rng.random_bool(0.45) {
            let pole: f32 = [0.0, 0.5, 0.9, 0.98][rng.random_range(0..4)];
            let mut white = white(rng);
            let mut last = 0.0;
            return std::iter::repeat_with(|| {
                last = pole * last + white();
                last
            })
            .take(length)
            .collect();
        }
        let base_hz = 10f32.powf(rng.random_range(1.9..3.5));
        let (glide, waver) = (rng.random_range(-1.2..1.2f32), rng.random_range(0.0..0.25f32));
        let waver_hz = rng.random_range(0.5..9.0f32);
        let period = self.period(base_hz, rng);
        let mut phase = rng.random_range(0.0..1.0f32);
        let mut step = 0.0;
        let mut white = white(rng);
        (0..length)
            .map(|i| {
                if i % CONTROL_SAMPLES == 0 {
                    let t = i as f32 / self.rate_hz;
                    step = base_hz * 2f32.powf(glide * t + waver * (TAU * waver_hz * t).sin()) / self.rate_hz;
                }
                phase += step;
                phase -= (phase as u32) as f32;
                period[(phase * period.len() as f32) as usize % period.len()] + 0.01 * white()
            })
            .collect()
    }

    /// One period of a tone with random harmonics, as many as stay below half the sample rate.
    fn period(&self, base_hz: f32, rng: &mut impl Rng) -> Vec<f32> {
        let tilt = rng.random_range(0.3..1.8f32);
        let audible = ((self.rate_hz / 3.0 / base_hz) as usize).clamp(1, 16);
        let harmonics: Vec<f32> =
            (1..=audible).map(|h| (h as f32).powf(-tilt) * rng.random_range(0.2..1.0f32)).collect();
        (0..PERIOD_SAMPLES)
            .map(|i| {
                let (sine, cosine) = (TAU * i as f32 / PERIOD_SAMPLES as f32).sin_cos();
                // Each harmonic's sine from the two before it.
                let (mut before, mut last, mut sum) = (0.0, sine, 0.0);
                for amplitude in &harmonics {
                    sum += amplitude * last;
                    (before, last) = (last, 2.0 * cosine * last - before);
                }
                sum
            })
            .collect()
    }

    /// One to three resonances, as of a body, a tube or a throat.
    fn resonate(&self, noise: &mut [f32], rng: &mut impl Rng) {
        for _ in 0..rng.random_range(1..=3) {
            let (hz, width) = (10f32.powf(rng.random_range(2.3..3.8)), rng.random_range(40.0..800.0));
            resonance(noise, hz, width, self.rate_hz);
        }
    }

    /// One to three bursts with their own attack and decay, or a train of equal ones.
    fn envelope(&self, noise: &mut [f32], rng: &mut impl Rng) {
        let floor = 10f32.powf(rng.random_range(-2.5..-0.7f32));
        let seconds = noise.len() as f32 / self.rate_hz;
        let [_, attack, hold, decay] = burst(0.0, rng);
        let bursts: Vec<[f32; 4]> = if decay < 0.15 {
            let period = attack + hold + 3.0 * decay;
            let count = (seconds / period) as usize + 1;
            (0..count).map(|i| [i as f32 * period, attack, hold, decay]).collect()
        } else {
            (0..rng.random_range(1..=3)).map(|_| burst(rng.random_range(-0.1..seconds), rng)).collect()
        };
        let block_seconds = CONTROL_SAMPLES as f32 / self.rate_hz;
        let mut gains = vec![0.0f32; noise.len().div_ceil(CONTROL_SAMPLES)];
        for [onset, attack, hold, decay] in bursts {
            let block = |t: f32| ((t / block_seconds) as usize).min(gains.len());
            let heard = block(onset - BURST_ENDS * attack)..block(onset + hold + BURST_ENDS * decay);
            for at in heard {
                let t = at as f32 * block_seconds;
                let gain = if t < onset {
                    (-(onset - t) / attack).exp()
                } else {
                    (-(t - onset - hold).max(0.0) / decay).exp()
                };
                gains[at] = gains[at].max(gain);
            }
        }
        for (gain, samples) in gains.iter().zip(noise.chunks_mut(CONTROL_SAMPLES)) {
            for sample in samples {
                *sample *= floor + gain;
            }
        }
    }
}

/// Onset, attack, hold and decay of a burst, in seconds.
fn burst(onset: f32, rng: &mut impl Rng) -> [f32; 4] {
    [onset, rng.random_range(0.003..0.1), rng.random_range(0.0..0.3), rng.random_range(0.02..0.4)]
}

/// Root mean square of what sounds: of the blocks of 20 ms (at 16 kHz) within 25 dB of the loudest.
pub(crate) fn active_level(samples: &[f32]) -> f32 {
    let energies: Vec<f32> = samples.chunks(320).map(|block| block.iter().map(|s| s * s).sum()).collect();
    let least = energies.iter().copied().fold(0.0, f32::max) * 10f32.powf(-2.5);
    let active: Vec<f32> = energies.into_iter().filter(|&energy| energy >= least).collect();
    (active.iter().sum::<f32>() / (320 * active.len().max(1)) as f32).sqrt()
}
