//! Several people talking at once.

use anyhow::{Result, ensure};

use super::level::level;
use super::noise_tape::NoiseTape;
use crate::data::{Audio, as_f32};

/// Voices heard at a time.
const VOICES: usize = 4;

/// The level to which each recording is brought, so that none drowns the others.
const LEVEL: f32 = 0.05;

/// The first quarter of the recordings with the second, third and fourth laid over it.
///
/// # Errors
/// When there are fewer recordings than voices, or all are silent.
pub(crate) fn tape(recordings: &[Audio]) -> Result<NoiseTape> {
    ensure!(
        recordings.len() >= VOICES,
        "expected at least {VOICES} recordings of speech to mix babble of, found {}",
        recordings.len()
    );
    let samples: usize = recordings.iter().map(|recording| recording.len()).sum();
    let length = samples / VOICES;
    let (mut mixed, mut position) = (vec![0.0; length], 0);
    for recording in recordings {
        let recording = as_f32(recording);
        let gain = LEVEL / level(&recording).max(1e-6);
        for sample in recording {
            // The few samples beyond the last whole quarter are laid over its beginning.
            mixed[position % length.max(1)] += gain * sample;
            position += 1;
        }
    }
    NoiseTape::of_samples(mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_voices_speak_at_once_and_equally_loud() {
        // Each recording is a constant, so that a sum tells who is heard.
        let recordings: Vec<Audio> =
            [1_000i16, 2_000, -4_000, 8_000].iter().map(|&level| vec![level; 4_000].into()).collect();
        let piece = tape(&recordings).unwrap().next(100, 4_000);
        assert!(piece.iter().all(|&sample| (sample - (3.0 - 1.0) * LEVEL).abs() < 1e-5), "{:?}", piece[0]);
        let refusal = tape(&recordings[..3]).err().unwrap().to_string();
        assert!(refusal.ends_with("found 3"), "{refusal}");
    }
}
