//! The network as a function of given weights, on burn tensors.
//!
//! Activations are `[channels, batch * time]`, so that a pointwise convolution is one matrix product. A
//! depthwise convolution is a batched product with one banded (Toeplitz) matrix per channel, made from its
//! kernel by a product with a constant 0/1 basis: causality and stride are in the basis, and forward and backward
//! passes are matrix products throughout, several times faster on a CPU than convolution loops.

use anyhow::{Result, anyhow};
use burn::tensor::{Device, Tensor, TensorData, activation::relu};

use super::shape::{ConvShape, NetworkShape};
use super::side;
use super::weights::{Slot, Weights};

/// Added to variances before the square root.
pub(crate) const NORM_EPSILON: f32 = 1e-5;

/// The parameters as tensors on a device, in the order of [`Weights::slots`]; `trained` says which of them get
/// gradients.
pub(crate) fn tensors(weights: &Weights, device: &Device, trained: impl Fn(&Slot) -> bool) -> Vec<Tensor<2>> {
    let tensor = |slot: &Slot| {
        let data = TensorData::new(weights.values[slot.range.clone()].to_vec(), slot.shape);
        let tensor = Tensor::from_data(data, device);
        if trained(slot) { tensor.require_grad() } else { tensor }
    };
    weights.slots.iter().map(tensor).collect()
}

/// The values of a tensor.
pub(crate) fn numbers(tensor: Tensor<2>) -> Result<Vec<f32>> {
    let data = tensor.try_into_data().map_err(|e| anyhow!("reading a tensor: {e:?}"))?;
    data.convert::<f32>().try_into_vec::<f32>().map_err(|e| anyhow!("reading a tensor: {e:?}"))
}

/// The network's parameters as the forward pass takes them.
pub(crate) struct WeightTensors<'a> {
    /// Names and shapes; the values are in `tensors`.
    weights: &'a Weights,
    tensors: Vec<Tensor<2>>,
    /// Slots of running means whose normalisations use the batch's statistics instead.
    batch_means: Vec<usize>,
}

impl<'a> WeightTensors<'a> {
    /// For inference: all normalisations use the running statistics.
    pub(crate) fn new(weights: &'a Weights, device: &Device) -> Self {
        Self { tensors: tensors(weights, device, |_| false), weights, batch_means: Vec::new() }
    }

    /// For training: those normalisations use the batch's statistics whose running mean is among `batch_means`.
    pub(crate) fn in_training(
        weights: &'a Weights,
        tensors: Vec<Tensor<2>>,
        batch_means: Vec<usize>,
    ) -> Self {
        Self { weights, tensors, batch_means }
    }

    fn get(&self, name: &str) -> Tensor<2> {
        self.tensors[self.weights.index(name)].clone()
    }
}

/// A batch of windows of frames, laid out for the stem.
pub(crate) struct FrameBatch {
    /// `[coefficients * kernel, windows * steps]`: for each step of the stem the frames under its kernel.
    pub(crate) columns: Vec<f32>,
    pub(crate) windows: usize,
    /// Steps of one window after the stem.
    pub(crate) steps: usize,
}

impl FrameBatch {
    /// Lays out windows of `[T, coefficients]` frames, all of the same length.
    pub(crate) fn new(shape: &NetworkShape, weights: &Weights, windows: &[&[f32]]) -> Self {
        let ConvShape { kernel, stride, .. } = shape.stem;
        let c = shape.coefficients;
        let (mean, scale) = (weights.get("input.mean"), weights.get("input.scale"));
        let frames = windows.first().map_or(0, |w| w.len() / c);
        let steps = frames / stride;
        let width = windows.len() * steps;
        let mut columns = vec![0.0; c * kernel * width];
        for (w, window) in windows.iter().enumerate() {
            for step in 0..steps {
                for tap in 0..kernel {
                    let Some(frame) = (step * stride + stride + tap).checked_sub(kernel) else { continue };
                    for i in 0..c {
                        let normal = (window[frame * c + i] - mean[i]) * scale[i];
                        columns[(i * kernel + tap) * width + w * steps + step] = normal;
                    }
                }
            }
        }
        Self { columns, windows: windows.len(), steps }
    }
}

/// Layer, mean and variance of each normalisation's input over one batch, where the batch's are used.
pub(crate) type BatchStatistics = Vec<(String, Tensor<2>, Tensor<2>)>;

/// What the network makes of a batch.
pub(crate) struct Output {
    /// `[features, windows * steps]`: at each step the mean over the pooling window that ends there.
    pub(crate) features: Tensor<2>,
    /// Steps of one window.
    pub(crate) steps: usize,
    pub(crate) statistics: BatchStatistics,
}

/// Runs the network without its head over a batch.
pub(crate) fn forward(
    shape: &NetworkShape,
    weights: &WeightTensors<'_>,
    batch: &FrameBatch,
    device: &Device,
) -> Output {
    let (trunk, steps, statistics) = trunk(shape, weights, batch, device);
    if shape.pool_steps == 1 {
        return Output { features: trunk, steps, statistics };
    }
    let (channels, mean) = (shape.features(), mean_over_window(steps, shape.pool_steps, device));
    let pooled = trunk.reshape([channels * batch.windows, steps]).matmul(mean);
    Output { features: pooled.reshape([channels, batch.windows * steps]), steps, statistics }
}

/// Logits `[classes, columns]` of one language for features `[features, columns]`.
pub(crate) fn head(weights: &WeightTensors<'_>, language: &str, features: Tensor<2>) -> Tensor<2> {
    weights.get(&format!("heads.{language}.weight")).matmul(features)
        + weights.get(&format!("heads.{language}.bias"))
}

/// The layers before pooling: `[features, windows * steps]`.
pub(super) fn trunk(
    shape: &NetworkShape,
    weights: &WeightTensors<'_>,
    batch: &FrameBatch,
    device: &Device,
) -> (Tensor<2>, usize, BatchStatistics) {
    let mut statistics = Vec::new();
    let rows = shape.coefficients * shape.stem.kernel;
    let data = TensorData::new(batch.columns.clone(), [rows, batch.windows * batch.steps]);
    let columns = Tensor::<2>::from_data(data, device);
    let mut steps = batch.steps;
    let stem = weights.get("stem.weight").matmul(columns);
    let mut x = relu(normalise(stem, weights, "stem", &mut statistics));
    // From the one before the residual blocks on.
    let mut outputs = vec![x.clone()];
    for (index, (inputs, block)) in shape.blocks_with_inputs().enumerate() {
        let name = format!("blocks.{index}");
        let out_steps = steps / block.stride;
        let basis = toeplitz_basis(block, steps, device);
        let bands =
            weights.get(&format!("{name}.depthwise")).matmul(basis).reshape([inputs, steps, out_steps]);
        let y = x.clone().reshape([inputs, batch.windows, steps]).matmul(bands);
        let y = y.reshape([inputs, batch.windows * out_steps]);
        let y = weights.get(&format!("{name}.pointwise")).matmul(y);
        let y = normalise(y, weights, &name, &mut statistics);
        x = relu(if block.is_residual(inputs) { y + x } else { y });
        if shape.graft(index) > 0 {
            x = grafted(x, weights, &name);
        }
        steps = out_steps;
        if shape.side > 0 {
            if !shape.side_blocks().any(|beside| beside == index) {
                outputs.clear();
            }
            outputs.push(x.clone());
        }
    }
    if shape.side > 0 {
        x = side::beside(&outputs, shape, |name| weights.get(name));
    }
    (x, steps, statistics)
}

/// A bottleneck beside a shortcut.
fn grafted(x: Tensor<2>, weights: &WeightTensors<'_>, block: &str) -> Tensor<2> {
    let part = |part: &str| weights.get(&format!("{block}.graft.{part}"));
    let narrow = relu(part("narrow").matmul(x.clone()) + part("bias"));
    x + part("widen").matmul(narrow)
}

/// Batch normalisation over the columns of `[channels, columns]` (Ioffe and Szegedy 2015, arXiv 1502.03167).
fn normalise(
    x: Tensor<2>,
    weights: &WeightTensors<'_>,
    name: &str,
    statistics: &mut BatchStatistics,
) -> Tensor<2> {
    let part = |part: &str| weights.get(&format!("{name}.norm.{part}"));
    if weights.batch_means.contains(&weights.weights.index(&format!("{name}.norm.mean"))) {
        let mean = x.clone().mean_dim(1);
        let centred = x - mean.clone();
        let variance = (centred.clone() * centred.clone()).mean_dim(1);
        statistics.push((name.to_owned(), mean.detach(), variance.clone().detach()));
        let scale = part("scale") / (variance + NORM_EPSILON).sqrt();
        centred * scale + part("shift")
    } else {
        let scale = part("scale") / (part("variance") + NORM_EPSILON).sqrt();
        let shift = part("shift") - part("mean") * scale.clone();
        x * scale + shift
    }
}

/// `[kernel, steps * out_steps]`: 1 where tap `k` carries input step `i` to output step `o`.
fn toeplitz_basis(conv: &ConvShape, steps: usize, device: &Device) -> Tensor<2> {
    let out_steps = steps / conv.stride;
    let mut basis = vec![0.0f32; conv.kernel * steps * out_steps];
    for tap in 0..conv.kernel {
        for o in 0..out_steps {
            if let Some(i) = ((o + 1) * conv.stride + tap).checked_sub(conv.kernel) {
                basis[(tap * steps + i) * out_steps + o] = 1.0;
            }
        }
    }
    Tensor::from_data(TensorData::new(basis, [conv.kernel, steps * out_steps]), device)
}

/// `[steps, steps]`: column `o` is the mean over the `pool_steps` steps up to `o`; steps before the window's start count as zero, as
/// they do in the running network.
fn mean_over_window(steps: usize, pool_steps: usize, device: &Device) -> Tensor<2> {
    let weight = |input: usize, output: usize| input <= output && output < input + pool_steps;
    let values: Vec<f32> = (0..steps * steps)
        .map(|i| f32::from(u8::from(weight(i / steps, i % steps))) / pool_steps as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, [steps, steps]), device)
}
