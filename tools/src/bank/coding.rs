//! Frames in 8 bits a coefficient, laid out so that they compress.

use anyhow::{Result, ensure};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// Deviations of a coefficient on either side of its mean that can be told apart; beyond is the end of the range.
const RANGE: f32 = 5.0;
/// Levels that are told apart in this range. More would cost space, and say less than one frame's difference to the next.
const LEVELS: u8 = 128;

/// What the levels of each coefficient mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Levels {
    /// Value of level 0.
    lowest: Vec<f32>,
    /// From one level to the next.
    step: Vec<f32>,
}

impl Levels {
    /// Levels for frames like these, `[T, coefficients]`.
    pub(super) fn of(frames: &[f32], coefficients: usize) -> Self {
        let count = (frames.len() / coefficients).max(1) as f64;
        let of = |i: usize| frames.iter().skip(i).step_by(coefficients).map(|&value| f64::from(value));
        let (lowest, step) = (0..coefficients)
            .map(|i| {
                let mean = of(i).sum::<f64>() / count;
                let deviation = (of(i).map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt() as f32;
                let half = RANGE * deviation.max(1e-3);
                (mean as f32 - half, 2.0 * half / f32::from(LEVELS - 1))
            })
            .unzip();
        Self { lowest, step }
    }

    /// # Errors
    /// When they are not of so many coefficients, or no numbers.
    pub(super) fn check(&self, coefficients: usize) -> Result<()> {
        for values in [&self.lowest, &self.step] {
            ensure!(
                values.len() == coefficients,
                "expected levels of {coefficients} coefficients, found {}",
                values.len()
            );
            // So large that a sum of squares overflows.
            ensure!(values.iter().all(|value| value.abs() < 1e6), "expected levels below a million");
        }
        Ok(())
    }

    /// The levels that frames are nearest to.
    pub(super) fn nearest(&self, frames: &[f32]) -> Vec<u8> {
        let level = |(i, value): (usize, &f32)| {
            let i = i % self.lowest.len();
            ((value - self.lowest[i]) / self.step[i]).round().clamp(0.0, f32::from(LEVELS - 1)) as u8
        };
        frames.iter().enumerate().map(level).collect()
    }

    /// Values of levels, each drawn from those that are nearest to it: a network could learn to tell levels from all else.
    pub(super) fn values(&self, levels: &[u8], seed: u64) -> Vec<f32> {
        let mut rng = SmallRng::seed_from_u64(seed);
        let value = |(i, &level): (usize, &u8)| {
            let i = i % self.lowest.len();
            self.lowest[i] + self.step[i] * (f32::from(level) + rng.random_range(-0.5..0.5f32))
        };
        levels.iter().enumerate().map(value).collect()
    }
}

/// Lays the levels of a piece `[T, coefficients]` out by coefficient, each as its difference to the frame before.
pub(super) fn pack(levels: &mut [u8], coefficients: usize) {
    let frames = levels.len() / coefficients;
    let before = |t: usize, i: usize| if t == 0 { 0 } else { levels[(t - 1) * coefficients + i] };
    let packed: Vec<u8> = (0..coefficients)
        .flat_map(|i| (0..frames).map(move |t| (t, i)))
        .map(|(t, i)| levels[t * coefficients + i].wrapping_sub(before(t, i)))
        .collect();
    levels.copy_from_slice(&packed);
}

/// Undoes [`pack`].
pub(super) fn unpack(packed: &mut [u8], coefficients: usize) {
    let frames = packed.len() / coefficients;
    let mut levels = vec![0u8; packed.len()];
    for i in 0..coefficients {
        let mut level = 0u8;
        for t in 0..frames {
            level = level.wrapping_add(packed[i * frames + t]);
            levels[t * coefficients + i] = level;
        }
    }
    packed.copy_from_slice(&levels);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> Vec<f32> {
        (0..600).map(|i| (i as f32 * 0.7).sin() * (i % 3 + 1) as f32).collect()
    }

    #[test]
    fn values_come_back_within_a_step() {
        let levels = Levels::of(&frames(), 3);
        let found = levels.values(&levels.nearest(&frames()), 1);
        for (i, (found, value)) in found.iter().zip(frames()).enumerate() {
            assert!((found - value).abs() <= 1.001 * levels.step[i % 3], "{i}: {found} for {value}");
        }
        // A hundredth of the range, which is ten deviations.
        assert!(levels.step[2] < 0.3);
    }

    #[test]
    fn what_is_out_of_range_is_its_end() {
        let levels = Levels::of(&frames(), 3);
        assert_eq!(levels.nearest(&[1e9, -1e9, f32::NAN]), [LEVELS - 1, 0, 0]);
    }

    #[test]
    fn unpacking_undoes_packing() {
        let levels: Vec<u8> = (0..70u32).map(|i| (i * i * 31 % 251) as u8).collect();
        let mut packed = levels.clone();
        pack(&mut packed, 7);
        assert_ne!(packed, levels);
        unpack(&mut packed, 7);
        assert_eq!(packed, levels);
    }
}
