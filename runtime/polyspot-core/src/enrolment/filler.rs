//! What a network's features are like where nobody says a new word.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::error::EnrolmentError;
use super::head::Parts;
use super::linear::{Triangle, dot, numbers};
use crate::kernel::NetworkDescription;
use crate::stream::StreamSpec;

/// Added to the covariance's diagonal, as a share of its mean: few takes tell nothing of directions in which features hardly move.
const RIDGE: f64 = 0.03;
/// The same, where the level is foretold from the features.
const LEVEL_RIDGE: f64 = 1e-3;

/// Mean and covariance of a network's features over speech and noise, and what the network's own words reach there.
///
/// The features are those of three moments: a step, and five and ten steps before it; each is the mean of as many steps as the model's
/// detector averages. They stand in for recordings: a new word is set against them, and its threshold follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct FillerStatistics {
    /// `[features]`.
    pub(super) mean: Vec<f64>,
    /// Cholesky factor of the covariance.
    pub(super) factor: Triangle,
    /// `[features]`: with the next, the level (the logarithm of the softmax's denominator) as a linear function of the features.
    pub(super) level: Vec<f64>,
    pub(super) level_bias: f64,
}

impl FillerStatistics {
    /// How many features they are of: those of all moments.
    pub fn features(&self) -> usize {
        self.mean.len()
    }

    /// The statistics as numbers, to be kept: mean, factor of the covariance (its lower triangle, row after row), level, level's bias.
    /// For `f` features they are `f (f + 1) / 2 + 2 f + 1`.
    pub fn to_numbers(&self) -> Vec<f32> {
        let parts = [&self.mean[..], &self.factor.values, &self.level, &[self.level_bias]];
        parts.into_iter().flatten().map(|&value| value as f32).collect()
    }

    /// Statistics of [numbers](Self::to_numbers) of so many features.
    ///
    /// # Errors
    /// When there are more or fewer numbers, one is not finite, or the factor's diagonal is not positive.
    pub fn from_numbers(features: usize, values: &[f32]) -> Result<Self, EnrolmentError> {
        let triangle = numbers(features);
        if values.len() != triangle + 2 * features + 1 {
            let found = format!("{} numbers for {features} features", values.len());
            return Err(EnrolmentError::Statistics { expected: "mean, factor and level", found });
        }
        if let Some(found) = values.iter().find(|value| !value.is_finite()) {
            return Err(EnrolmentError::Statistics { expected: "finite numbers", found: format!("{found}") });
        }
        let mut rest = values.iter().copied().map(f64::from);
        let mut take = |count: usize| -> Vec<f64> { rest.by_ref().take(count).collect() };
        let mean = take(features);
        let factor = Triangle { size: features, values: take(triangle) };
        let level = take(features);
        let level_bias = take(1)[0];
        if let Some(found) = (0..features).map(|i| factor.row(i)[i]).find(|&value| value <= 0.0) {
            let expected = "a factor with a positive diagonal";
            return Err(EnrolmentError::Statistics { expected, found: format!("{found}") });
        }
        Ok(Self { mean, factor, level, level_bias })
    }
}

/// Gathers [`FillerStatistics`] of a network.
pub struct FillerGatherer<'a> {
    network: Parts<'a>,
    /// Steps that a detector averages.
    smoothing: usize,
    /// Σ 1, of all sums by the weights of their pieces.
    steps: f64,
    /// Σ x.
    sum: Vec<f64>,
    /// Σ x xᵀ.
    squares: Triangle,
    /// Σ level, Σ level x.
    levels: (f64, Vec<f64>),
}

impl<'a> FillerGatherer<'a> {
    /// Has heard nothing yet.
    ///
    /// # Errors
    /// When a word cannot be added to the network.
    pub fn new(spec: &StreamSpec, network: &'a NetworkDescription) -> Result<Self, EnrolmentError> {
        let network = Parts::of(network)?;
        let features = network.features();
        Ok(Self {
            network,
            smoothing: spec.detector.smoothing_steps,
            steps: 0.0,
            sum: vec![0.0; features],
            squares: Triangle::zeros(features),
            levels: (0.0, vec![0.0; features]),
        })
    }

    /// Takes the frames `[n, coefficients]` of a piece of sound, which the network hears from its beginning. It counts as `weight`
    /// pieces like it.
    pub fn add(&mut self, frames: &[f32], weight: f64) {
        let heard = self.network.hear(frames, self.smoothing);
        // What the means of the steps between are of is in their neighbours, too.
        for step in heard.steps().step_by(self.smoothing.max(1)) {
            let (x, level) = (heard.moments(step), heard.level(step));
            self.steps += weight;
            self.sum.iter_mut().zip(&x).for_each(|(sum, x)| *sum += weight * x);
            self.squares.add_outer(&x, weight);
            self.levels.0 += weight * level;
            self.levels.1.iter_mut().zip(&x).for_each(|(sum, x)| *sum += weight * level * x);
        }
    }

    /// The statistics of all that was heard.
    ///
    /// # Errors
    /// When there was nothing, or always the same.
    pub fn finish(self) -> Result<FillerStatistics, EnrolmentError> {
        let nothing = || EnrolmentError::Statistics {
            expected: "of different sounds",
            found: format!("{} steps", self.steps),
        };
        let scale = if self.steps > 0.0 { 1.0 / self.steps } else { 0.0 };
        let mean: Vec<f64> = self.sum.iter().map(|sum| sum * scale).collect();
        let mut covariance = self.squares.clone();
        for value in &mut covariance.values {
            *value *= scale;
        }
        covariance.add_outer(&mean, -1.0);
        let spread = covariance.mean_diagonal();
        let mean_level = self.levels.0 * scale;
        let with_level: Vec<f64> =
            self.levels.1.iter().zip(&mean).map(|(sum, mean)| sum * scale - mean_level * mean).collect();
        let ridged = |share: f64| {
            let mut ridged = covariance.clone();
            ridged.add_to_diagonal(share * spread);
            ridged.factor().ok_or_else(nothing)
        };
        let exact = ridged(LEVEL_RIDGE)?;
        let level = exact.solve_upper(&exact.solve_lower(&with_level));
        let level_bias = mean_level - dot(&level, &mean);
        Ok(FillerStatistics { mean, factor: ridged(RIDGE)?, level, level_bias })
    }
}

impl fmt::Debug for FillerGatherer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FillerGatherer").field("steps", &self.steps).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics() -> FillerStatistics {
        let factor = Triangle { size: 2, values: vec![1.0, 0.5, 2.0] };
        FillerStatistics { mean: vec![0.25, -1.0], factor, level: vec![3.0, 4.0], level_bias: -5.0 }
    }

    #[test]
    fn statistics_are_the_same_after_they_were_numbers() {
        let numbers = statistics().to_numbers();
        assert_eq!(numbers, [0.25, -1.0, 1.0, 0.5, 2.0, 3.0, 4.0, -5.0]);
        assert_eq!(FillerStatistics::from_numbers(2, &numbers), Ok(statistics()));
    }

    #[test]
    fn numbers_that_are_no_statistics_are_refused() {
        let refused = |features, numbers: &[f32]| {
            FillerStatistics::from_numbers(features, numbers).expect_err("no statistics")
        };
        let numbers = statistics().to_numbers();
        let message = refused(3, &numbers);
        assert_eq!(
            alloc::string::ToString::to_string(&message),
            "the statistics must be mean, factor and level, found 8 numbers for 3 features"
        );
        for (index, value) in [(3, f32::NAN), (2, 0.0), (4, -1.0)] {
            let mut numbers = numbers.clone();
            numbers[index] = value;
            refused(2, &numbers);
        }
    }
}
