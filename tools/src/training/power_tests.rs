//! Roots of weights, in a network and in a step of its training.

use burn::tensor::Device;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::Recipe;
use super::optimiser::{Optimiser, Rates};
use super::parametrisation::Parametrisation;
use super::power::derivative;
use crate::network::forward::{numbers, tensors};
use crate::network::{Role, Weights};

const WEIGHTS: [f32; 4] = [0.5, -0.02, 0.0, -3.0];

fn powered(power: f32) -> (Parametrisation, Weights) {
    let mut network = Weights { slots: Vec::new(), values: Vec::new() };
    let mut values = WEIGHTS.into_iter();
    network.add("kernel", [2, 2], Role::Weight, || values.next().unwrap());
    let parametrisation = Parametrisation::of_base(network, &Recipe { power, ..Recipe::default() });
    let trained = parametrisation.initial(None, &mut StdRng::seed_from_u64(1));
    (parametrisation, trained)
}

#[test]
fn roots_make_the_weights_that_they_are_of() {
    for power in [1.0, 1.5, 2.0, 3.0] {
        let (parametrisation, trained) = powered(power);
        for (found, expected) in parametrisation.fused(&trained).unwrap().values.iter().zip(WEIGHTS) {
            assert!((found - expected).abs() <= 1e-6 * expected.abs(), "{power}: {found} {expected}");
        }
    }
}

/// The loss Σ w³ has, by finite differences in the root, the gradient of the weight times w′(θ).
#[test]
fn gradients_of_weights_times_derivatives_equal_finite_differences() {
    let (parametrisation, trained) = powered(1.5);
    let device = Device::flex().autodiff();
    let values = tensors(&trained, &device, |slot| slot.role.is_trained());
    let made = parametrisation.network(&trained, &values, &device, &mut StdRng::seed_from_u64(0));
    let mut gradients = made.tensors[0].clone().powi_scalar(3).sum().backward();
    let gradient = numbers(values[0].grad_remove(&mut gradients).unwrap()).unwrap();
    let loss = |at: usize, step: f32| {
        let mut moved = trained.clone();
        moved.values[at] += step;
        let fused = parametrisation.fused(&moved).unwrap();
        f64::from(fused.values[at]).powi(3)
    };
    for (at, gradient) in gradient.iter().enumerate() {
        let found = f64::from(gradient * derivative(trained.values[at], 1.5));
        let expected = (loss(at, 1e-3) - loss(at, -1e-3)) / 2e-3;
        assert!((found - expected).abs() <= 1e-3 * expected.abs().max(1e-3), "{at}: {found} {expected}");
    }
}

/// The first step of Adam goes by the sign of a gradient: here times w′(θ) = 2|θ|, and with decay of the root.
#[test]
fn a_step_goes_as_far_as_the_weight_depends_on_its_root() {
    let (_, mut trained) = powered(2.0);
    let before = trained.values.clone();
    let recipe = Recipe { learning_rate: 0.01, weight_decay: 0.1, warm_up: 0.0, ..Recipe::default() };
    let gradient = vec![Some(vec![0.3, -20.0, 5.0, -1e-4])];
    Optimiser::new(4).step(&mut trained, &gradient, Rates::at(&recipe, 1e-5));
    for ((after, before), sign) in trained.values.iter().zip(&before).zip([1.0, -1.0, 1.0, -1.0]) {
        let expected = before - 0.01 * (2.0 * before.abs() * sign + 0.1 * before);
        assert!((after - expected).abs() < 1e-5, "{after} {expected}");
    }
    assert_eq!(trained.values[2], 0.0);
}
