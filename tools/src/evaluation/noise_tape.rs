//! Noise to lay behind keywords, played from its beginning to its end and over again.

use std::sync::Arc;

use anyhow::{Result, ensure};

use super::level::level;
use crate::data::{self, Audio};

/// Pieces quieter than this (-60 dBFS) are no noise: raised to a word's level they would be something else.
const QUIETEST: f32 = 1e-3;

/// Recordings of noise, one after the other.
#[derive(Clone)]
pub(crate) struct NoiseTape {
    samples: Arc<[f32]>,
    position: usize,
}

impl NoiseTape {
    /// # Errors
    /// When there is nothing louder than silence.
    pub(crate) fn new(recordings: &[Audio]) -> Result<Self> {
        Self::of_samples(recordings.iter().flat_map(|recording| data::as_f32(recording)).collect())
    }

    /// The same of samples that are joined already.
    pub(super) fn of_samples(samples: Vec<f32>) -> Result<Self> {
        let samples: Arc<[f32]> = samples.into();
        ensure!(
            samples.chunks(1_600).any(|piece| level(piece) >= QUIETEST),
            "the noise is silent: expected a piece above -60 dBFS"
        );
        Ok(Self { samples, position: 0 })
    }

    /// The next piece of `length` samples whose first `loud` ones are louder than silence.
    pub(super) fn next(&mut self, loud: usize, length: usize) -> Vec<f32> {
        // Somewhere a tenth of a second is loud enough: steps no longer than that find the loudest place there is.
        let turns = self.samples.len() / 1_600 + 1;
        let mut best = self.piece(self.position, length);
        for turn in 0..=turns {
            let piece = self.piece(self.position + turn * 1_600, length);
            if level(&piece[..loud]) >= QUIETEST {
                self.position = (self.position + turn * 1_600 + length) % self.samples.len();
                return piece;
            }
            if level(&piece[..loud]) > level(&best[..loud]) {
                best = piece;
            }
        }
        best
    }

    fn piece(&self, from: usize, length: usize) -> Vec<f32> {
        (from..from + length).map(|at| self.samples[at % self.samples.len()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_passed_over_and_the_tape_begins_again() {
        let recordings: [Audio; 2] = [vec![0; 5_000].into(), vec![3_276; 5_000].into()];
        let mut tape = NoiseTape::new(&recordings).unwrap();
        let first = tape.next(1_000, 2_000);
        assert!(level(&first[..1_000]) >= QUIETEST, "the silent beginning is passed over");
        for _ in 0..20 {
            assert!(level(&tape.next(1_000, 2_000)[..1_000]) >= QUIETEST);
        }
        assert!(NoiseTape::new(&[vec![0; 5_000].into()]).is_err());
    }
}
