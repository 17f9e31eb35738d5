//! EXTRAP-SGD: steps that look ahead, for large batches (Lin, Kong, Stich, Jaggi 2020, arXiv 2006.05720).
//!
//! Each shard of a batch first goes on from the trained values along its own last gradient, and takes its next gradient there; the mean
//! of these gradients then moves the trained values themselves. The look ahead costs no gradient, since the last one is known, and needs
//! nothing from other shards, so that a batch may be spread over machines. Shards look from different places: what they find is the
//! gradient of a smoothed loss, by which large steps are steadier.
//!
//! The paper has it for plain gradient descent and for Adam. Here it is Adam's: the look ahead is in the optimiser's scale.
//!
//! Its claim, that batches may then be larger at equal accuracy, is not shown on our data: after 24 steps of 1,024 windows a look ahead of a
//! whole step has half as many clips again right, after 120 steps far fewer, and one of a fifth as many as none
//! (`experiments/2026-11-29-methods-in-streams.md`).

use super::optimiser::Optimiser;
use super::step::Gradients;
use crate::network::Weights;

/// What each shard found last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Extrapolation {
    /// A gradient of every trained value, by shard; none before the first step, or where nothing looks ahead.
    pub(crate) last: Vec<Vec<f32>>,
}

impl Extrapolation {
    /// Where each shard that has a last gradient takes its next one, `rate` ahead.
    pub(super) fn places(&self, trained: &Weights, optimiser: &Optimiser, rate: f32) -> Vec<Weights> {
        self.last.iter().map(|gradient| optimiser.moved(trained, gradient, rate)).collect()
    }

    /// Keeps what the shards of a step found.
    pub(super) fn remember(&mut self, trained: &Weights, shards: &[Gradients]) {
        self.last = shards.iter().map(|shard| flat(trained, &shard.slots)).collect();
    }
}

/// The gradients of all slots in one row; 0 where there are none.
fn flat(trained: &Weights, slots: &[Option<Vec<f32>>]) -> Vec<f32> {
    let mut flat = vec![0.0; trained.values.len()];
    for (slot, gradient) in trained.slots.iter().zip(slots) {
        if let Some(gradient) = gradient {
            flat[slot.range.clone()].copy_from_slice(gradient);
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Role;
    use crate::training::Recipe;
    use crate::training::optimiser::Rates;

    fn shard(gradient: [f32; 2]) -> Gradients {
        Gradients { loss: 0.0, slots: vec![Some(gradient.to_vec()), None], statistics: Vec::new() }
    }

    /// After one step of gradient g the mean squared gradient is g², which the optimiser's scale divides by.
    #[test]
    fn each_shard_looks_ahead_along_its_own_last_gradient() {
        let mut trained = Weights { slots: Vec::new(), values: Vec::new() };
        trained.add("kernel", [1, 2], Role::Weight, || 1.0);
        trained.add("mean", [1, 1], Role::Statistic, || 5.0);
        let mut optimiser = Optimiser::new(3);
        let mut extrapolation = Extrapolation::default();
        assert!(extrapolation.places(&trained, &optimiser, 0.1).is_empty());
        let shards = [shard([2.0, -4.0]), shard([6.0, 4.0])];
        extrapolation.remember(&trained, &shards);
        let mean = Gradients::mean(shards.into());
        assert_eq!(mean.slots[0], Some(vec![4.0, 0.0]));
        let recipe = Recipe { learning_rate: 0.0, ..Recipe::default() };
        optimiser.step(&mut trained, &[Some(vec![4.0, -8.0]), None], Rates::at(&recipe, 0.5));
        let places = extrapolation.places(&trained, &optimiser, 0.1);
        let expected = [[0.95, 1.05, 5.0], [0.85, 0.95, 5.0]];
        for (place, expected) in places.iter().zip(expected) {
            for (found, expected) in place.values.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
        assert_eq!(trained.values, [1.0, 1.0, 5.0]);
    }
}
