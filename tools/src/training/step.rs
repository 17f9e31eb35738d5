//! One step's gradients: the batch split into shards, each on its own thread.

use anyhow::{Result, anyhow};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::recipe::Recipe;
use super::sampler::Example;
use super::vocabulary::Vocabulary;
use crate::network::forward::{FrameBatch, Mode, WeightTensors, forward, head};
use crate::network::{NetworkShape, Role, Weights};

/// Taken from the logits of the languages that are not asked.
const OTHER_LANGUAGE: f32 = -1e4;

/// Outcome of one step's forward and backward pass.
pub(crate) struct Gradients {
    /// Mean cross-entropy, label smoothing included.
    pub(crate) loss: f32,
    /// Gradient of each slot; `None` for those that are not trained.
    pub(crate) slots: Vec<Option<Vec<f32>>>,
    /// Mean and variance of each normalisation's input, in the network's order.
    pub(crate) statistics: Vec<(Vec<f32>, Vec<f32>)>,
}

/// Loss, gradients and statistics of a batch: the means over its shards.
pub(crate) fn gradients(
    recipe: &Recipe,
    vocabularies: &[Vocabulary],
    weights: &Weights,
    examples: &[Example],
) -> Result<Gradients> {
    let shard = examples.len().div_ceil(recipe.shards.max(1));
    let shards: Vec<Result<Gradients>> = std::thread::scope(|scope| {
        let running: Vec<_> = examples
            .chunks(shard)
            .map(|part| scope.spawn(move || shard_gradients(recipe, vocabularies, weights, part)))
            .collect();
        running
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|_| Err(anyhow!("a training thread failed"))))
            .collect()
    });
    let mut shards = shards.into_iter().collect::<Result<Vec<_>>>()?;
    let mut mean = shards.remove(0);
    let scale = 1.0 / (shards.len() + 1) as f32;
    for other in &shards {
        mean.add(other);
    }
    mean.scale(scale);
    Ok(mean)
}

impl Gradients {
    fn values(&mut self) -> impl Iterator<Item = &mut Vec<f32>> {
        let statistics = self.statistics.iter_mut().flat_map(|(mean, variance)| [mean, variance]);
        self.slots.iter_mut().flatten().chain(statistics)
    }

    fn add(&mut self, other: &Self) {
        self.loss += other.loss;
        let statistics = other.statistics.iter().flat_map(|(mean, variance)| [mean, variance]);
        let others = other.slots.iter().flatten().chain(statistics);
        for (mine, theirs) in self.values().zip(others) {
            mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
        }
    }

    fn scale(&mut self, by: f32) {
        self.loss *= by;
        self.values().flatten().for_each(|value| *value *= by);
    }
}

fn shard_gradients(
    recipe: &Recipe,
    vocabularies: &[Vocabulary],
    weights: &Weights,
    examples: &[Example],
) -> Result<Gradients> {
    let device = Device::flex().autodiff();
    let tensors =
        WeightTensors::new(weights, &device, |i| matches!(weights.slots[i].role, Role::Weight | Role::Bias));
    let windows: Vec<&[f32]> = examples.iter().map(|example| example.frames.as_slice()).collect();
    let batch = FrameBatch::new(&recipe.network, weights, &windows);
    let output = forward(&recipe.network, &tensors, &batch, Mode::Training, &device);
    let logits: Vec<Tensor<2>> =
        vocabularies.iter().map(|v| head(&tensors, &v.language, output.pooled.clone())).collect();
    let (mask, target) = targets(vocabularies, examples, recipe.label_smoothing);
    let size = [mask.len() / examples.len(), examples.len()];
    let tensor = |values| Tensor::<2>::from_data(TensorData::new(values, size), &device);
    let log_probabilities = log_softmax(Tensor::cat(logits, 0) + tensor(mask), 0);
    let loss = -(log_probabilities * tensor(target)).sum() / examples.len() as f32;
    let mut gradients = loss.backward();
    let slots =
        tensors.tensors.iter().map(|tensor| tensor.grad_remove(&mut gradients).map(numbers).transpose());
    Ok(Gradients {
        slots: slots.collect::<Result<_>>()?,
        loss: numbers(loss.reshape([1, 1]).without_autodiff())?[0],
        statistics: output
            .statistics
            .into_iter()
            .map(|(mean, variance)| Ok((numbers(mean)?, numbers(variance)?)))
            .collect::<Result<_>>()?,
    })
}

/// Mask and target `[classes of all languages, examples]`: each example is judged by its language's head.
fn targets(vocabularies: &[Vocabulary], examples: &[Example], smoothing: f32) -> (Vec<f32>, Vec<f32>) {
    let rows: usize = vocabularies.iter().map(Vocabulary::classes).sum();
    let columns = examples.len();
    let (mut mask, mut target) = (vec![OTHER_LANGUAGE; rows * columns], vec![0.0; rows * columns]);
    for (column, example) in examples.iter().enumerate() {
        let first: usize = vocabularies[..example.language].iter().map(Vocabulary::classes).sum();
        let classes = vocabularies[example.language].classes();
        for row in first..first + classes {
            mask[row * columns + column] = 0.0;
            target[row * columns + column] = smoothing / classes as f32;
        }
        target[(first + example.class) * columns + column] += 1.0 - smoothing;
    }
    (mask, target)
}

/// The values of a tensor.
pub(crate) fn numbers(tensor: Tensor<2>) -> Result<Vec<f32>> {
    let data = tensor.try_into_data().map_err(|e| anyhow!("reading a tensor: {e:?}"))?;
    data.convert::<f32>().try_into_vec::<f32>().map_err(|e| anyhow!("reading a tensor: {e:?}"))
}

/// Moves the running statistics towards a batch's.
pub(crate) fn update_statistics(
    shape: &NetworkShape,
    weights: &mut Weights,
    batch: &[(Vec<f32>, Vec<f32>)],
    momentum: f32,
) {
    let names =
        std::iter::once("stem".to_owned()).chain((0..shape.blocks.len()).map(|i| format!("blocks.{i}")));
    for (name, (mean, variance)) in names.zip(batch) {
        for (part, new) in [("mean", mean), ("variance", variance)] {
            let running = weights.get_mut(&format!("{name}.norm.{part}"));
            running.iter_mut().zip(new).for_each(|(old, new)| *old += momentum * (new - *old));
        }
    }
}
