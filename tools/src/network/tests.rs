//! The network against plain loops, and its gradients against finite differences.

use burn::tensor::Device;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::forward::{FrameBatch, NORM_EPSILON, WeightTensors, forward, head, numbers, tensors, trunk};
use super::shape::{ConvShape, NetworkShape};
use super::weights::{Weights, standard_normal};

fn small() -> NetworkShape {
    NetworkShape {
        coefficients: 3,
        stem: ConvShape { channels: 4, kernel: 5, stride: 2 },
        blocks: vec![
            ConvShape { channels: 6, kernel: 4, stride: 2 },
            ConvShape { channels: 6, kernel: 3, stride: 1 },
        ],
        pool_steps: 4,
        grafts: vec![0, 2],
        side: 3,
    }
}

/// Weights whose normalisations do something.
fn weights(shape: &NetworkShape, rng: &mut StdRng) -> Weights {
    let mut weights = Weights::new(shape, &[("xx".into(), 3)], rng);
    for slot in weights.slots.clone() {
        if slot.name.contains(".norm.") || slot.name.starts_with("input.") {
            weights.values[slot.range].fill_with(|| rng.random_range(0.5..1.5));
        } else if [".graft.widen", ".bias", "side.end"].iter().any(|part| slot.name.ends_with(part)) {
            weights.values[slot.range].fill_with(|| rng.random_range(-0.5..0.5));
        }
    }
    weights
}

fn window(frames: usize, rng: &mut StdRng) -> Vec<f32> {
    (0..frames * 3).map(|_| standard_normal(rng)).collect()
}

/// `[channels][steps]`, each output from the inputs up to `(j + 1) * stride - 1`.
fn causal(input: &[Vec<f32>], conv: &ConvShape, tap: impl Fn(usize, usize, usize) -> f32) -> Vec<Vec<f32>> {
    let steps = input[0].len() / conv.stride;
    let output = |o: usize, j: usize| {
        let mut sum = 0.0;
        for (i, channel) in input.iter().enumerate() {
            for k in 0..conv.kernel {
                let at = (j + 1) * conv.stride + k;
                if at >= conv.kernel {
                    sum += tap(o, i, k) * channel[at - conv.kernel];
                }
            }
        }
        sum
    };
    (0..conv.channels).map(|o| (0..steps).map(|j| output(o, j)).collect()).collect()
}

fn norm_relu(x: &mut [Vec<f32>], residual: Option<&[Vec<f32>]>, weights: &Weights, layer: &str) {
    let part = |part: &str| weights.get(&format!("{layer}.norm.{part}")).to_vec();
    let (scale, shift, mean, variance) = (part("scale"), part("shift"), part("mean"), part("variance"));
    for (c, channel) in x.iter_mut().enumerate() {
        for (j, value) in channel.iter_mut().enumerate() {
            let normal = (*value - mean[c]) / (variance[c] + NORM_EPSILON).sqrt() * scale[c] + shift[c];
            *value = (normal + residual.map_or(0.0, |r| r[c][j])).max(0.0);
        }
    }
}

/// A matrix times the channels at each step, and a function of the sums.
fn rows(matrix: &[f32], x: &[Vec<f32>], function: impl Fn(f32) -> f32) -> Vec<Vec<f32>> {
    let sum = |row: &[f32], j: usize| row.iter().zip(x).map(|(m, channel)| m * channel[j]).sum();
    matrix.chunks(x.len()).map(|row| (0..x[0].len()).map(|j| function(sum(row, j))).collect()).collect()
}

/// What a bottleneck beside a shortcut makes, step by step.
fn graft(x: &mut [Vec<f32>], weights: &Weights, block: &str) {
    let part = |part: &str| weights.get(&format!("{block}.graft.{part}"));
    let (down, bias, up, channels) = (part("narrow"), part("bias"), part("widen"), x.len());
    for j in 0..x[0].len() {
        let narrow: Vec<f32> = bias
            .iter()
            .enumerate()
            .map(|(n, bias)| {
                (bias + (0..channels).map(|c| down[n * channels + c] * x[c][j]).sum::<f32>()).max(0.0)
            })
            .collect();
        for (c, channel) in x.iter_mut().enumerate() {
            channel[j] += narrow.iter().enumerate().map(|(n, v)| up[c * narrow.len() + n] * v).sum::<f32>();
        }
    }
}

#[test]
fn the_network_equals_plain_loops() {
    let mut rng = StdRng::seed_from_u64(1);
    let shape = small();
    let weights = weights(&shape, &mut rng);
    let frames = window(27, &mut rng);

    let (mean, scale) = (weights.get("input.mean"), weights.get("input.scale"));
    let input: Vec<Vec<f32>> =
        (0..3).map(|c| frames.chunks(3).map(|frame| (frame[c] - mean[c]) * scale[c]).collect()).collect();
    let stem = weights.get("stem.weight");
    let mut x = causal(&input, &shape.stem, |o, i, k| stem[(o * 3 + i) * shape.stem.kernel + k]);
    norm_relu(&mut x, None, &weights, "stem");
    let mut side = Vec::new();
    for (index, (inputs, block)) in shape.blocks_with_inputs().enumerate() {
        let name = format!("blocks.{index}");
        let depthwise = weights.get(&format!("{name}.depthwise"));
        let pointwise = weights.get(&format!("{name}.pointwise"));
        let each = ConvShape { channels: inputs, ..*block };
        let y = causal(&x, &each, |o, i, k| if o == i { depthwise[o * block.kernel + k] } else { 0.0 });
        let one = ConvShape { channels: block.channels, kernel: 1, stride: 1 };
        let mut y = causal(&y, &one, |o, i, _| pointwise[o * inputs + i]);
        norm_relu(&mut y, block.is_residual(inputs).then_some(&x[..]), &weights, &name);
        x = y;
        if shape.graft(index) > 0 {
            graft(&mut x, &weights, &name);
        }
        if index == 0 {
            side = rows(weights.get("side.start"), &x, |sum| sum.max(0.0));
        } else {
            let part = |part: &str| weights.get(&format!("side.{index}.{part}"));
            let query = rows(part("query"), &side, |sum| sum);
            let found = rows(part("extract"), &x, |sum| sum.max(0.0));
            for (n, channel) in side.iter_mut().enumerate() {
                for (j, value) in channel.iter_mut().enumerate() {
                    *value += found[n][j] / (1.0 + (-query[n][j] - part("bias")[n]).exp());
                }
            }
        }
    }

    for (channel, more) in x.iter_mut().zip(rows(weights.get("side.end"), &side, |sum| sum)) {
        channel.iter_mut().zip(more).for_each(|(value, more)| *value += more);
    }

    let device = Device::flex();
    let tensors = WeightTensors::new(&weights, &device);
    // The same window twice: the second must not see the first.
    let batch = FrameBatch::new(&shape, &weights, &[&frames, &frames]);
    let (found, steps, _) = trunk(&shape, &tensors, &batch, &device);
    let found = numbers(found).unwrap();
    assert_eq!(steps, 6);
    for (row, expected) in found.chunks(2 * steps).zip(&x) {
        for (found, expected) in row.iter().zip(expected.iter().chain(expected)) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let mut rng = StdRng::seed_from_u64(2);
    let shape = small();
    let weights = weights(&shape, &mut rng);
    let windows: Vec<Vec<f32>> = (0..6).map(|_| window(24, &mut rng)).collect();
    let windows: Vec<&[f32]> = windows.iter().map(Vec::as_slice).collect();
    // A smooth function of all outputs.
    let loss = |weights: &Weights, device: &Device| {
        let trained = tensors(weights, device, |_| device.is_autodiff());
        let means = weights.slots.iter().enumerate().filter(|(_, slot)| slot.name.ends_with(".norm.mean"));
        let means = means.map(|(index, _)| index).collect();
        let tensors = WeightTensors::in_training(weights, trained.clone(), means);
        let batch = FrameBatch::new(&shape, weights, &windows);
        let pooled = forward(&shape, &tensors, &batch, device).features;
        let logits = head(&tensors, "xx", pooled);
        ((logits.clone() * logits).sum(), trained)
    };
    let (value, tensors) = loss(&weights, &Device::flex().autodiff());
    let mut gradients = value.backward();
    let plain = |weights: &Weights| {
        let (value, _) = loss(weights, &Device::flex());
        f64::from(numbers(value.reshape([1, 1])).unwrap()[0])
    };
    let mut checked = 0;
    for (slot, tensor) in weights.slots.iter().zip(&tensors) {
        let Some(gradient) = tensor.grad_remove(&mut gradients) else { continue };
        let gradient = numbers(gradient).unwrap();
        let along: Vec<f32> = gradient.iter().map(|g| g.signum()).collect();
        let expected: f64 = gradient.iter().map(|g| f64::from(g.abs())).sum();
        let moved = |step: f32| {
            let mut moved = weights.clone();
            moved.values[slot.range.clone()].iter_mut().zip(&along).for_each(|(w, a)| *w += step * a);
            plain(&moved)
        };
        let found = (moved(1e-3) - moved(-1e-3)) / 2e-3;
        assert!((found - expected).abs() <= 0.02 * expected.max(1.0), "{}: {found} {expected}", slot.name);
        checked += 1;
    }
    assert!(checked >= 10, "only {checked} parameters have gradients");
}
