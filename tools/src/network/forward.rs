//! The network as a function of given weights, on burn tensors.
//!
//! Activations are `[channels, batch * time]`, so that a pointwise convolution is one matrix product. A
//! depthwise convolution is a batched product with one banded (Toeplitz) matrix per channel, made from its
//! kernel by a product with a constant 0/1 basis: causality and stride are in the basis, and forward and backward
//! passes are matrix products throughout, several times faster on a CPU than convolution loops.

use burn::tensor::{Device, Tensor, TensorData, activation::relu};

use super::shape::{ConvShape, NetworkShape};
use super::weights::Weights;

/// Added to variances before the square root.
pub(crate) const NORM_EPSILON: f32 = 1e-5;

/// The parameters as tensors, in the order of [`Weights::slots`].
pub(crate) struct WeightTensors<'a> {
    weights: &'a Weights,
    pub(crate) tensors: Vec<Tensor<2>>,
}

impl<'a> WeightTensors<'a> {
    /// Copies the parameters to a device; `trained` says which of them get gradients.
    pub(crate) fn new(weights: &'a Weights, device: &Device, trained: impl Fn(usize) -> bool) -> Self {
        let tensors = weights.slots.iter().enumerate().map(|(index, slot)| {
            let data = TensorData::new(weights.values[slot.range.clone()].to_vec(), slot.shape);
            let tensor = Tensor::from_data(data, device);
            if trained(index) { tensor.require_grad() } else { tensor }
        });
        Self { tensors: tensors.collect(), weights }
    }

    fn get(&self, name: &str) -> Tensor<2> {
        let index = self.weights.slots.iter().position(|slot| slot.name == name);
        let index = index.unwrap_or_else(|| panic!("the network has no parameter {name:?}"));
        self.tensors[index].clone()
    }
}

/// Whether normalisation uses the batch's statistics or the running ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Training,
    Inference,
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

/// Mean and variance of each normalisation's input over one batch, in the network's order.
pub(crate) type BatchStatistics = Vec<(Tensor<2>, Tensor<2>)>;

/// What the network makes of a batch.
pub(crate) struct Output {
    /// `[features, windows]`: mean over the pooling window at each window's end.
    pub(crate) pooled: Tensor<2>,
    pub(crate) statistics: BatchStatistics,
}

/// Runs the network without its head over a batch and pools the last steps of each window.
pub(crate) fn forward(
    shape: &NetworkShape,
    weights: &WeightTensors<'_>,
    batch: &FrameBatch,
    mode: Mode,
    device: &Device,
) -> Output {
    let (trunk, steps, statistics) = trunk(shape, weights, batch, mode, device);
    let pool = pool_column(steps, shape.pool_steps, device);
    let channels = shape.features();
    let pooled = trunk.reshape([channels * batch.windows, steps]).matmul(pool);
    Output { pooled: pooled.reshape([channels, batch.windows]), statistics }
}

/// Logits `[classes, windows]` of one language.
pub(crate) fn head(weights: &WeightTensors<'_>, language: &str, pooled: Tensor<2>) -> Tensor<2> {
    weights.get(&format!("heads.{language}.weight")).matmul(pooled)
        + weights.get(&format!("heads.{language}.bias"))
}

/// The layers before pooling: `[features, windows * steps]`.
pub(crate) fn trunk(
    shape: &NetworkShape,
    weights: &WeightTensors<'_>,
    batch: &FrameBatch,
    mode: Mode,
    device: &Device,
) -> (Tensor<2>, usize, BatchStatistics) {
    let mut statistics = Vec::new();
    let rows = shape.coefficients * shape.stem.kernel;
    let data = TensorData::new(batch.columns.clone(), [rows, batch.windows * batch.steps]);
    let columns = Tensor::<2>::from_data(data, device);
    let mut steps = batch.steps;
    let stem = weights.get("stem.weight").matmul(columns);
    let mut x = relu(normalise(stem, weights, "stem", mode, &mut statistics));
    for (index, (inputs, block)) in shape.blocks_with_inputs().enumerate() {
        let name = format!("blocks.{index}");
        let out_steps = steps / block.stride;
        let basis = toeplitz_basis(block, steps, device);
        let bands =
            weights.get(&format!("{name}.depthwise")).matmul(basis).reshape([inputs, steps, out_steps]);
        let y = x.clone().reshape([inputs, batch.windows, steps]).matmul(bands);
        let y = y.reshape([inputs, batch.windows * out_steps]);
        let y = weights.get(&format!("{name}.pointwise")).matmul(y);
        let y = normalise(y, weights, &name, mode, &mut statistics);
        x = relu(if block.is_residual(inputs) { y + x } else { y });
        steps = out_steps;
    }
    (x, steps, statistics)
}

/// Batch normalisation over the columns of `[channels, columns]` (Ioffe and Szegedy 2015, arXiv 1502.03167).
fn normalise(
    x: Tensor<2>,
    weights: &WeightTensors<'_>,
    name: &str,
    mode: Mode,
    statistics: &mut BatchStatistics,
) -> Tensor<2> {
    let part = |part: &str| weights.get(&format!("{name}.norm.{part}"));
    let (centred, variance) = match mode {
        Mode::Training => {
            let mean = x.clone().mean_dim(1);
            let centred = x - mean.clone();
            let variance = (centred.clone() * centred.clone()).mean_dim(1);
            statistics.push((mean.detach(), variance.clone().detach()));
            (centred, variance)
        }
        Mode::Inference => (x - part("mean"), part("variance")),
    };
    let scale = part("scale") / (variance + NORM_EPSILON).sqrt();
    centred * scale + part("shift")
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

/// `[steps, steps]`: column `o` is the mean over the `pool_steps` steps up to `o`.
pub(crate) fn mean_over_window(steps: usize, pool_steps: usize, device: &Device) -> Tensor<2> {
    let weight = |input: usize, output: usize| input <= output && output < input + pool_steps;
    let values: Vec<f32> = (0..steps * steps)
        .map(|i| f32::from(u8::from(weight(i / steps, i % steps))) / pool_steps as f32)
        .collect();
    Tensor::from_data(TensorData::new(values, [steps, steps]), device)
}

/// `[steps, 1]`: the mean over the last `pool_steps` steps; steps before the window's start count as zero, as
/// they do in the running network.
fn pool_column(steps: usize, pool_steps: usize, device: &Device) -> Tensor<2> {
    let first = steps.saturating_sub(pool_steps);
    let column: Vec<f32> =
        (0..steps).map(|step| if step < first { 0.0 } else { 1.0 / pool_steps as f32 }).collect();
    Tensor::from_data(TensorData::new(column, [steps, 1]), device)
}
