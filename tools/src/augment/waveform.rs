//! Augmentation of a word's waveform: speed, place in the window, room, gain.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::band::narrow;
use super::synthesis::white;

/// How strongly waveforms are changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaveformSettings {
    /// Speed (and pitch) is multiplied by 1 ± this.
    pub(crate) speed: f32,
    /// Share of windows with reverberation.
    pub(crate) reverb: f64,
    /// Share of windows whose upper half of frequencies is missing, as on a telephone.
    #[serde(default)]
    pub(crate) narrow: f64,
    /// Gain is drawn from ± this, in decibels.
    pub(crate) gain_db: f32,
}

impl Default for WaveformSettings {
    fn default() -> Self {
        Self { speed: 0.12, reverb: 0.35, narrow: 0.1, gain_db: 12.0 }
    }
}

/// A window of audio being put together.
pub(crate) struct Scene<'a> {
    settings: &'a WaveformSettings,
    rate_hz: f32,
    pub(crate) samples: Vec<f32>,
}

impl<'a> Scene<'a> {
    /// An empty window of `length` samples.
    pub(crate) fn new(settings: &'a WaveformSettings, rate_hz: u32, length: usize) -> Self {
        Self { settings, rate_hz: rate_hz as f32, samples: vec![0.0; length] }
    }

    /// A speed, and pitch, at random.
    pub(crate) fn draw_speed(&self, rng: &mut impl Rng) -> f32 {
        rng.random_range(1.0 - self.settings.speed..=1.0 + self.settings.speed)
    }

    /// Adds a clip whose first sample is at `first`, which may lie before the window; what does not fit into the window is
    /// left out. Its ends fade, lest a click tells the network where a clip begins.
    pub(crate) fn add(&mut self, clip: &[i16], first: isize, speed: f32, gain: f32) {
        let count = (clip.len() as f32 / speed) as isize - 1;
        let fade = 160.0f32;
        for i in (-first).max(0)..count.min(self.samples.len() as isize - first) {
            let Some(sample) = between(clip, i as f32 * speed) else { break };
            let ramp = ((i + 1) as f32 / fade).min((count - i) as f32 / fade).min(1.0);
            self.samples[(first + i) as usize] += gain * ramp * sample / 32_768.0;
        }
    }

    /// Puts the window into a random room, now and then: a sparse, exponentially decaying echo pattern
    /// ("velvet noise", Järveläinen and Karjalainen 2007) with 0.1 to 0.6 s reverberation time.
    pub(crate) fn reverberate(&mut self, rng: &mut impl Rng) {
        if !rng.random_bool(self.settings.reverb) {
            return;
        }
        let rt60 = rng.random_range(0.1..0.6) * self.rate_hz;
        let level = rng.random_range(0.1..0.5f32);
        let dry = self.samples.clone();
        let taps = 60;
        for tap in 0..taps {
            let delay = (tap as f32 + rng.random::<f32>()) / taps as f32 * rt60 * 0.7 + 20.0;
            let gain = level * 10f32.powf(-3.0 * delay / rt60) * if rng.random() { 1.0 } else { -1.0 };
            let delay = delay as usize;
            if delay < dry.len() {
                for (wet, &dry) in self.samples[delay..].iter_mut().zip(&dry) {
                    *wet += gain * dry;
                }
            }
        }
    }

    /// Adds a microphone's own noise to some windows, so that digital silence around a clip means nothing.
    pub(crate) fn add_floor(&mut self, rng: &mut impl Rng) {
        if rng.random_bool(0.6) {
            let level = 10f32.powf(rng.random_range(-80.0..-45.0) / 20.0);
            let mut white = white(rng);
            self.samples.iter_mut().for_each(|sample| *sample += level * white());
        }
    }

    /// Takes the upper half of frequencies away from some windows.
    pub(crate) fn narrow(&mut self, rng: &mut impl Rng) {
        if rng.random_bool(self.settings.narrow) {
            narrow(&mut self.samples, self.rate_hz as u32, rng);
        }
    }

    /// Changes the level at random; what exceeds full scale is clipped, as a microphone does.
    pub(crate) fn scale(&mut self, rng: &mut impl Rng) {
        let gain_db = rng.random_range(-self.settings.gain_db..=self.settings.gain_db);
        let gain = 10f32.powf(gain_db / 20.0);
        self.samples.iter_mut().for_each(|sample| *sample = (*sample * gain).clamp(-1.0, 1.0));
    }
}

/// A clip at another speed, and pitch.
pub(crate) fn at_speed(clip: &[i16], speed: f32) -> Vec<i16> {
    (0..).map_while(|i| between(clip, i as f32 * speed)).map(|sample| sample as i16).collect()
}

/// A clip's value between two samples, by linear interpolation; none after the last.
fn between(clip: &[i16], position: f32) -> Option<f32> {
    let index = position as usize;
    let &[a, b] = clip.get(index..index + 2)? else { return None };
    Some(f32::from(a) + (f32::from(b) - f32::from(a)) * (position - index as f32))
}

#[cfg(test)]
mod tests {
    use super::at_speed;

    #[test]
    fn another_speed_is_another_length_and_pitch() {
        let clip: Vec<i16> = (0..1_001).map(|i| i * 10).collect();
        assert_eq!(at_speed(&clip, 2.0), (0..500).map(|i| i * 20).collect::<Vec<i16>>());
        assert_eq!(at_speed(&clip, 0.5), (0..2_000).map(|i| i * 5).collect::<Vec<i16>>());
        assert!(at_speed(&clip[..1], 2.0).is_empty());
    }
}
