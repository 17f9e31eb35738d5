//! Gradient descent over the flat list of parameters.

use super::power;
use super::recipe::Recipe;
use crate::network::{Role, Weights};

/// Decay per step of the mean gradient, and of the mean squared gradient.
const MOMENTUM: f32 = 0.9;
const SQUARES: f32 = 0.99;
/// Added to the root of the mean squared gradient.
const EPSILON: f32 = 1e-8;

/// What a gate's score moves in one step at the largest learning rate. Its gradient, a difference of losses, has no
/// scale of its own, so that only its direction is used.
const GATE_STEP: f32 = 0.1;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).
#[derive(Clone)]
pub(crate) struct Optimiser {
    pub(crate) steps: u64,
    /// Mean gradient of each parameter.
    pub(crate) momentum: Vec<f32>,
    /// Mean squared gradient of each parameter.
    pub(crate) squares: Vec<f32>,
}

impl Optimiser {
    pub(crate) fn new(parameters: usize) -> Self {
        Self { steps: 0, momentum: vec![0.0; parameters], squares: vec![0.0; parameters] }
    }

    /// Moves the weights against their gradient. A slot whose gradient is `None` stays as it is.
    pub(crate) fn step(
        &mut self,
        weights: &mut Weights,
        gradients: &[Option<Vec<f32>>],
        Rates { learning_rate, gate_step, weight_decay }: Rates,
    ) {
        self.steps += 1;
        // Young means are too small by these factors.
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let (young_mean, young_squares) = (1.0 - MOMENTUM.powi(steps), 1.0 - SQUARES.powi(steps));
        for (slot, gradient) in weights.slots.iter().zip(gradients) {
            let Some(gradient) = gradient else { continue };
            if slot.role == Role::Gate {
                let momentum = &mut self.momentum[slot.range.clone()];
                momentum.iter_mut().zip(gradient).for_each(|(m, g)| *m = MOMENTUM * *m + g);
                let norm = (momentum.iter().map(|m| m * m).sum::<f32>() / momentum.len() as f32).sqrt();
                let scores = weights.values[slot.range.clone()].iter_mut();
                scores.zip(momentum).for_each(|(score, m)| *score -= gate_step * *m / norm.max(1e-12));
                continue;
            }
            let decay = if slot.role.decays() { weight_decay } else { 0.0 };
            for (i, g) in slot.range.clone().zip(gradient) {
                let (w, m, s) = (&mut weights.values[i], &mut self.momentum[i], &mut self.squares[i]);
                *m = MOMENTUM * *m + (1.0 - MOMENTUM) * g;
                *s = SQUARES * *s + (1.0 - SQUARES) * g * g;
                let direction = *m / young_mean / ((*s / young_squares).sqrt() + EPSILON);
                *w -= learning_rate * (reach(slot.role, *w) * direction + decay * *w);
            }
        }
    }

    /// Weights that are moved against a gradient of each, in the optimiser's scale: `rate` times the gradient over the root of the
    /// mean squared gradient. Gates stay.
    pub(crate) fn moved(&self, weights: &Weights, gradient: &[f32], rate: f32) -> Weights {
        let mut moved = weights.clone();
        let young_squares = 1.0 - SQUARES.powi(i32::try_from(self.steps).unwrap_or(i32::MAX));
        for slot in weights.slots.iter().filter(|slot| slot.role != Role::Gate) {
            for i in slot.range.clone() {
                let direction = gradient[i] / ((self.squares[i] / young_squares).sqrt() + EPSILON);
                moved.values[i] -= rate * reach(slot.role, weights.values[i]) * direction;
            }
        }
        moved
    }
}

/// How much of a step a value takes: a root goes as far as its weight depends on it.
fn reach(role: Role, value: f32) -> f32 {
    match role {
        Role::Root(power) => power::derivative(value, power),
        _ => 1.0,
    }
}

/// How far one step goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) learning_rate: f32,
    gate_step: f32,
    weight_decay: f32,
}

impl Rates {
    /// The rates after a share of a run's steps: linear warm-up, then half a cosine, as far as the recipe goes along it.
    pub(crate) fn at(recipe: &Recipe, progress: f32) -> Self {
        let progress = recipe.course * progress;
        let warm_up = (progress / recipe.warm_up.max(1e-6)).min(1.0);
        let share = warm_up * 0.5 * (1.0 + (std::f32::consts::PI * progress).cos());
        Self {
            learning_rate: recipe.learning_rate * share,
            gate_step: GATE_STEP * share,
            weight_decay: recipe.weight_decay,
        }
    }
}

/// Moves the average towards the current weights; young averages forget faster.
pub(crate) fn update_average(average: &mut [f32], current: &[f32], decay: f32, step: u64) {
    let decay = decay.min((step as f32 + 1.0) / (step as f32 + 10.0));
    average.iter_mut().zip(current).for_each(|(a, c)| *a = decay * *a + (1.0 - decay) * c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_goes_as_far_along_its_cosine_as_the_recipe_says() {
        let at = |course, progress| {
            let recipe = Recipe { course, ..Recipe::default() };
            Rates::at(&recipe, progress).learning_rate / recipe.learning_rate
        };
        assert!(at(1.0, 1.0).abs() < 1e-6);
        assert!((at(0.5, 1.0) - 0.5).abs() < 1e-6);
        assert!((at(0.5, 0.8) - at(1.0, 0.4)).abs() < 1e-6);
    }
}
