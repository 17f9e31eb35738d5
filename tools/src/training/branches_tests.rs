//! Branches and the kernels that they are folded into.

use burn::tensor::Device;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::parametrisation::{Parametrisation, Rule};
use crate::network::forward::{numbers, tensors};
use crate::network::{Layer, NetworkShape, Weights};

/// A network whose kernels are branches, and what is trained of it.
fn branched() -> (NetworkShape, Parametrisation, Weights) {
    let mut shape = NetworkShape::default();
    shape.blocks.truncate(2);
    let mut rng = StdRng::seed_from_u64(1);
    let weights = Weights::new(&shape, &[], &mut rng);
    let layers = Layer::all(&shape, &weights);
    let parametrisation = Parametrisation::frozen(weights).branched(&layers);
    let trained = parametrisation.initial(None, &mut rng);
    (shape, parametrisation, trained)
}

/// The same after a few steps that went anywhere.
fn trained() -> (NetworkShape, Parametrisation, Weights) {
    let (shape, parametrisation, mut trained) = branched();
    let mut rng = StdRng::seed_from_u64(2);
    trained.values.iter_mut().for_each(|value| *value += rng.random_range(-0.3..0.3));
    (shape, parametrisation, trained)
}

#[test]
fn branches_begin_where_the_kernels_are() {
    let (_, parametrisation, trained) = branched();
    assert_eq!(parametrisation.fused(&trained).unwrap(), parametrisation.base);
}

#[test]
fn a_layer_whose_output_has_its_inputs_shape_has_a_shortcut() {
    let (shape, parametrisation, _) = branched();
    let has_shortcut = |name: &str| {
        let rule = &parametrisation.rules[parametrisation.base.index(name)];
        matches!(rule, Rule::Branches { shortcut: Some(_) })
    };
    assert_ne!(shape.stem.channels, shape.blocks[0].channels);
    assert_eq!(shape.blocks[0].channels, shape.blocks[1].channels);
    let found =
        ["stem.weight", "blocks.0.depthwise", "blocks.0.pointwise", "blocks.1.pointwise"].map(has_shortcut);
    assert_eq!(found, [false, true, false, true]);
}

/// A layer's kernel and what it is given, channel by channel, to what it gives.
type Convolution = fn(&[f32], &[Vec<f32>]) -> Vec<Vec<f32>>;

/// What a causal convolution with one kernel for each channel gives, by its definition.
fn depthwise(kernel: &[f32], inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let taps = kernel.len() / inputs.len();
    let output = |(channel, input): (usize, &Vec<f32>)| {
        let kernel = &kernel[channel * taps..][..taps];
        let at = |step: usize| {
            let before = |tap: usize| (step + tap + 1).checked_sub(taps).map_or(0.0, |at| input[at]);
            (0..taps).map(|tap| kernel[tap] * before(tap)).sum()
        };
        (0..input.len()).map(at).collect()
    };
    inputs.iter().enumerate().map(output).collect()
}

/// What a product with a matrix gives at each step.
fn pointwise(kernel: &[f32], inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let row = |row: &[f32]| {
        let at = |step: usize| row.iter().zip(inputs).map(|(weight, input)| weight * input[step]).sum();
        (0..inputs[0].len()).map(at).collect()
    };
    kernel.chunks_exact(inputs.len()).map(row).collect()
}

#[test]
fn the_folded_kernel_gives_the_sum_of_what_the_branches_give() {
    let (shape, parametrisation, trained) = trained();
    let fused = parametrisation.fused(&trained).unwrap();
    let mut rng = StdRng::seed_from_u64(3);
    let channels = shape.blocks[0].channels;
    let inputs: Vec<Vec<f32>> =
        (0..channels).map(|_| (0..20).map(|_| rng.random_range(-1.0..1.0)).collect()).collect();
    for (name, layer) in [("blocks.1.depthwise", depthwise as Convolution), ("blocks.1.pointwise", pointwise)]
    {
        let part = |part: &str| trained.get(&format!("{name}.{part}"));
        let [first, second] = ["first", "second"].map(|branch| layer(part(branch), &inputs));
        let folded = layer(fused.get(name), &inputs);
        for channel in 0..channels {
            let [a, b, c] =
                ["first.factor", "second.factor", "shortcut.factor"].map(|name| part(name)[channel]);
            for step in 0..20 {
                let unfolded =
                    a * first[channel][step] + b * second[channel][step] + c * inputs[channel][step];
                let difference = (folded[channel][step] - unfolded).abs();
                assert!(difference <= 1e-5 * unfolded.abs().max(1.0), "{name}: {difference}");
            }
        }
    }
}

/// Of the loss Σ w² over a kernel.
#[test]
fn gradients_equal_finite_differences() {
    let (_, parametrisation, trained) = trained();
    let kernel = parametrisation.base.index("blocks.1.depthwise");
    let device = Device::flex().autodiff();
    let values = tensors(&trained, &device, |slot| slot.role.is_trained());
    let made = parametrisation.network(&trained, &values, &device, &mut StdRng::seed_from_u64(0));
    let mut gradients = made.tensors[kernel].clone().powi_scalar(2).sum().backward();
    let loss = |at: usize, step: f32| -> f64 {
        let mut moved = trained.clone();
        moved.values[at] += step;
        let fused = parametrisation.fused(&moved).unwrap();
        fused.at(kernel).iter().map(|&weight| f64::from(weight).powi(2)).sum()
    };
    for part in ["first", "first.factor", "second", "second.factor", "shortcut.factor"] {
        let slot = trained.index(&format!("blocks.1.depthwise.{part}"));
        let gradient = numbers(values[slot].grad_remove(&mut gradients).unwrap()).unwrap();
        for (number, gradient) in gradient.iter().enumerate().step_by(37) {
            let at = trained.slots[slot].range.start + number;
            let expected = (loss(at, 1e-2) - loss(at, -1e-2)) / 2e-2;
            let difference = (f64::from(*gradient) - expected).abs();
            assert!(difference <= 1e-3 * expected.abs().max(0.1), "{part} {number}: {gradient} {expected}");
        }
    }
}
