//! A room: the same one for every recording.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Echoes per second.
const DENSITY: f32 = 1_500.0;

/// The sound itself and its echoes: exponentially decaying "velvet noise" (Järveläinen and Karjalainen 2007), one echo of
/// random sign at a random place in each of equal stretches. The echoes together have as much energy as the direct
/// sound, as at the critical distance of a room.
pub(crate) struct Reverberation {
    /// Delay in samples, and gain.
    echoes: Vec<(usize, f32)>,
}

impl Reverberation {
    /// A room whose echoes have decayed by 60 dB after so many seconds.
    pub(super) fn new(seconds: f32, sample_rate_hz: u32) -> Self {
        let mut rng = StdRng::seed_from_u64(60);
        let rate_hz = sample_rate_hz as f32;
        let count = (seconds * DENSITY).ceil().max(1.0) as usize;
        let mut echoes: Vec<(usize, f32)> = (0..count)
            .map(|echo| {
                let seconds_later = (echo as f32 + rng.random::<f32>()) / DENSITY;
                let gain = 10f32.powf(-3.0 * seconds_later / seconds);
                let delay = (seconds_later * rate_hz) as usize + 1;
                (delay, if rng.random() { gain } else { -gain })
            })
            .collect();
        let energy: f32 = echoes.iter().map(|(_, gain)| gain * gain).sum();
        for (_, gain) in &mut echoes {
            *gain /= energy.sqrt();
        }
        Self { echoes }
    }

    /// A recording as it is heard in the room, as long as it is.
    pub(super) fn play(&self, dry: &[f32]) -> Vec<f32> {
        let mut wet = dry.to_vec();
        for &(delay, gain) in self.echoes.iter().filter(|(delay, _)| *delay < dry.len()) {
            for (wet, dry) in wet[delay..].iter_mut().zip(dry) {
                *wet += gain * dry;
            }
        }
        wet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_decays_by_60_db_in_the_time_given() {
        let mut impulse = vec![0.0; 16_000];
        impulse[0] = 1.0;
        let heard = Reverberation::new(0.4, 16_000).play(&impulse);
        assert_eq!(heard[0], 1.0);
        let energy = |from: f32, to: f32| -> f32 {
            heard[(from * 16_000.0) as usize..(to * 16_000.0) as usize].iter().map(|s| s * s).sum()
        };
        assert!((energy(1e-4, 1.0) - 1.0).abs() < 1e-3, "as much in the echoes as in the sound itself");
        let fall_db = 10.0 * (energy(1e-4, 0.1) / energy(0.2, 0.3)).log10();
        assert!((fall_db - 30.0).abs() < 1.5, "{fall_db} dB in half the time");
        assert_eq!(energy(0.45, 1.0), 0.0);
    }
}
