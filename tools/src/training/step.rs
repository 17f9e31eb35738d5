//! One step's gradients: the batch split into shards, each on its own thread.

use anyhow::{Result, anyhow};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::parametrisation::{Parametrisation, Rule};
use super::recipe::Recipe;
use super::sampler::{Example, generator};
use super::vocabulary::Vocabulary;
use crate::network::forward::{FrameBatch, WeightTensors, forward, head, numbers, tensors};
use crate::network::{Role, Weights};

/// Taken from the logits of the languages that are not asked.
const OTHER_LANGUAGE: f32 = -1e4;

/// What an example weighs at least in the focal loss, so that a batch that is all right has a gradient.
const LEAST_WEIGHT: f32 = 0.02;

/// What gradients are taken of: how well a network made by given rules judges examples.
#[derive(Clone, Copy)]
pub(crate) struct Objective<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) vocabularies: &'a [Vocabulary],
    pub(crate) parametrisation: &'a Parametrisation,
}

/// Outcome of one step's forward and backward pass.
pub(crate) struct Gradients {
    /// Mean cross-entropy, label smoothing included.
    pub(crate) loss: f32,
    /// Gradient of each trained slot; `None` for those that are gathered instead.
    pub(crate) slots: Vec<Option<Vec<f32>>>,
    /// Layer, mean and variance of the input of each normalisation that used them.
    pub(crate) statistics: Vec<(String, Vec<f32>, Vec<f32>)>,
}

/// Loss, gradients and statistics of a batch: the means over its shards.
pub(crate) fn gradients(
    objective: Objective<'_>,
    trained: &Weights,
    examples: &[Example],
    step: u64,
) -> Result<Gradients> {
    let shard = examples.len().div_ceil(objective.recipe.shards.max(1));
    // Not on the pool's own threads: there the tensor library would split its sums as other work happens to allow, and a run
    // would not repeat to the bit.
    let shards: Vec<Result<Gradients>> = std::thread::scope(|scope| {
        let running: Vec<_> = examples
            .chunks(shard)
            .enumerate()
            .map(|(n, part)| scope.spawn(move || shard_gradients(objective, trained, part, (step, n as u64))))
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
        let statistics = self.statistics.iter_mut().flat_map(|(_, mean, variance)| [mean, variance]);
        self.slots.iter_mut().flatten().chain(statistics)
    }

    fn add(&mut self, other: &Self) {
        self.loss += other.loss;
        let statistics = other.statistics.iter().flat_map(|(_, mean, variance)| [mean, variance]);
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
    objective: Objective<'_>,
    trained: &Weights,
    examples: &[Example],
    (step, shard): (u64, u64),
) -> Result<Gradients> {
    let Objective { recipe, vocabularies, parametrisation } = objective;
    let device = Device::flex().autodiff();
    let values =
        tensors(trained, &device, |slot| matches!(slot.role, Role::Weight | Role::Bias | Role::Gate));
    let mut rng = generator([recipe.seed, step, shard, u64::MAX]);
    let made = parametrisation.network(trained, &values, &device, &mut rng);
    let weights =
        WeightTensors::in_training(&parametrisation.base, made.tensors, batch_means(parametrisation));
    let windows: Vec<&[f32]> = examples.iter().map(|example| example.frames.as_slice()).collect();
    let batch = FrameBatch::new(&recipe.network, &parametrisation.base, &windows);
    let output = forward(&recipe.network, &weights, &batch, &device);
    let (mask, target) = targets(vocabularies, examples, recipe.label_smoothing);
    let size = [mask.len() / examples.len(), examples.len()];
    let tensor = |values| Tensor::<2>::from_data(TensorData::new(values, size), &device);
    let logits = logits(&weights, vocabularies, &output.pooled) + tensor(mask);
    let log_posteriors = log_softmax(logits, 0);
    let entropy = if recipe.focus > 0.0 {
        focal(log_posteriors, tensor(target), tensor(targets(vocabularies, examples, 0.0).1), recipe.focus)
    } else {
        -(log_posteriors * tensor(target)).sum() / examples.len() as f32
    };
    let loss = match made.penalty {
        Some(penalty) => entropy.clone() + penalty,
        None => entropy.clone(),
    };
    let mut gradients = loss.backward();
    let slots = values.iter().map(|tensor| tensor.grad_remove(&mut gradients).map(numbers).transpose());
    Ok(Gradients {
        slots: slots.collect::<Result<_>>()?,
        loss: numbers(entropy.reshape([1, 1]).without_autodiff())?[0],
        statistics: output
            .statistics
            .into_iter()
            .map(|(layer, mean, variance)| Ok((layer, numbers(mean)?, numbers(variance)?)))
            .collect::<Result<_>>()?,
    })
}

/// Slots of the running means that are gathered: their normalisations use the batch's statistics.
fn batch_means(parametrisation: &Parametrisation) -> Vec<usize> {
    let slots = parametrisation.base.slots.iter().zip(&parametrisation.rules).enumerate();
    slots
        .filter(|(_, (slot, rule))| slot.name.ends_with(".norm.mean") && matches!(rule, Rule::Free))
        .map(|(index, _)| index)
        .collect()
}

/// Logits `[classes of all languages, windows]`.
fn logits(weights: &WeightTensors<'_>, vocabularies: &[Vocabulary], pooled: &Tensor<2>) -> Tensor<2> {
    Tensor::cat(vocabularies.iter().map(|v| head(weights, &v.language, pooled.clone())).collect(), 0)
}

/// Cross-entropy of logarithms of posteriors `[classes, examples]` with targets, as a mean in which each example weighs (1 − p)^γ, p
/// being the posterior of its label.
fn focal(log_posteriors: Tensor<2>, targets: Tensor<2>, labels: Tensor<2>, focus: f32) -> Tensor<1> {
    let right = (log_posteriors.clone().detach().exp() * labels).sum_dim(0);
    let weights = (right * -1.0 + 1.0).powf_scalar(focus) + LEAST_WEIGHT;
    let sum = weights.clone().sum().reshape([1, 1]);
    -((log_posteriors * targets).sum_dim(0) * weights / sum).sum()
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

/// Moves the running statistics towards a batch's.
pub(crate) fn update_statistics(
    trained: &mut Weights,
    batch: &[(String, Vec<f32>, Vec<f32>)],
    momentum: f32,
) {
    for (layer, mean, variance) in batch {
        for (part, new) in [("mean", mean), ("variance", variance)] {
            let running = trained.get_mut(&format!("{layer}.norm.{part}"));
            running.iter_mut().zip(new).for_each(|(old, new)| *old += momentum * (new - *old));
        }
    }
}
