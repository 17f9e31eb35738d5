//! One step's gradients: the batch split into shards, each on its own thread.

use std::ops::Range;
use std::slice::Chunks;

use anyhow::{Result, anyhow};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::example::{Besides, Example, Lesson};
use super::loss::Targets;
use super::made_up::MADE_UP;
use super::parametrisation::{Parametrisation, Rule};
use super::recipe::Recipe;
use super::sampler::generator;
use super::tutor::{Heard, Tutor};
use super::vocabulary::Vocabulary;
use crate::network::Weights;
use crate::network::forward::{FrameBatch, Output, WeightTensors, forward, head, numbers, tensors};

/// Name of the head that imitates a teacher, in the place of a language.
pub(crate) const IMITATION: &str = "imitation";

/// What gradients are taken of: how well a network made by given rules judges examples.
#[derive(Clone, Copy)]
pub(crate) struct Objective<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) vocabularies: &'a [Vocabulary],
    pub(crate) parametrisation: &'a Parametrisation,
    /// Whose posteriors are learnt, too.
    pub(crate) tutor: Option<&'a Tutor>,
}

/// Outcome of one step's forward and backward pass.
pub(crate) struct Gradients {
    /// Mean over the windows.
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
    Ok(Gradients::mean(each_shard(objective, |_| trained, examples, step)?))
}

/// The shards that a batch is split into.
pub(crate) fn shards<'e>(recipe: &Recipe, examples: &'e [Example]) -> Chunks<'e, Example> {
    examples.chunks(examples.len().div_ceil(recipe.shards.max(1)))
}

/// Loss, gradients and statistics of each shard of a batch, at the trained values that `place` gives for its number.
pub(crate) fn each_shard<'w>(
    objective: Objective<'_>,
    place: impl Fn(usize) -> &'w Weights,
    examples: &[Example],
    step: u64,
) -> Result<Vec<Gradients>> {
    // Not on the pool's own threads: there the tensor library would split its sums as other work happens to allow, and a run
    // would not repeat to the bit.
    let shards: Vec<Result<Gradients>> = std::thread::scope(|scope| {
        let running: Vec<_> = shards(objective.recipe, examples)
            .enumerate()
            .map(|(n, part)| {
                let trained = place(n);
                scope.spawn(move || shard_gradients(objective, trained, part, (step, n as u64)))
            })
            .collect();
        running
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|_| Err(anyhow!("a training thread failed"))))
            .collect()
    });
    shards.into_iter().collect()
}

impl Gradients {
    /// # Panics
    /// If there are no shards.
    pub(crate) fn mean(mut shards: Vec<Self>) -> Self {
        let mut mean = shards.remove(0);
        let scale = 1.0 / (shards.len() + 1) as f32;
        for other in &shards {
            mean.add(other);
        }
        mean.scale(scale);
        mean
    }

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
    let Objective { recipe, parametrisation, .. } = objective;
    let device = Device::flex().autodiff();
    let values = tensors(trained, &device, |slot| slot.role.is_trained());
    let mut rng = generator([recipe.seed, step, shard, u64::MAX]);
    let made = parametrisation.network(trained, &values, &device, &mut rng);
    let weights =
        WeightTensors::in_training(&parametrisation.base, made.tensors, batch_means(parametrisation));
    // Windows of one language side by side, those that imitate at the end: a head is a product with the columns that it judges.
    let mut examples: Vec<&Example> = examples.iter().collect();
    examples.sort_by_key(|example| example.lesson.language().unwrap_or(usize::MAX));
    let windows: Vec<&[f32]> = examples.iter().map(|example| example.frames.as_slice()).collect();
    let batch = FrameBatch::new(&recipe.network, &parametrisation.base, &windows);
    let output = forward(&recipe.network, &weights, &batch, &device);
    let tutor = objective.tutor.map(|tutor| tutor.hear(&windows));
    let lessons = lessons(objective, &weights, &examples, (&output, tutor.as_ref()))?;
    let loss = match made.penalty {
        Some(penalty) => lessons.clone() + penalty,
        None => lessons.clone(),
    };
    let mut gradients = loss.backward();
    let slots = values.iter().map(|tensor| tensor.grad_remove(&mut gradients).map(numbers).transpose());
    Ok(Gradients {
        slots: slots.collect::<Result<_>>()?,
        loss: numbers(lessons.reshape([1, 1]).without_autodiff())?[0],
        statistics: output
            .statistics
            .into_iter()
            .map(|(layer, mean, variance)| Ok((layer, numbers(mean)?, numbers(variance)?)))
            .collect::<Result<_>>()?,
    })
}

/// The mean loss of windows: those of one language side by side, those that imitate a teacher at the end.
fn lessons(
    Objective { recipe, vocabularies, .. }: Objective<'_>,
    weights: &WeightTensors<'_>,
    examples: &[&Example],
    (output, tutor): (&Output, Option<&Heard<'_>>),
) -> Result<Tensor<1>> {
    let steps = output.steps;
    let columns = |windows: &Range<usize>| windows.start * steps..windows.end * steps;
    let features = |windows: &Range<usize>| {
        output.features.clone().slice([0..recipe.network.features(), columns(windows)])
    };
    let before = |language| {
        examples.partition_point(|example| example.lesson.language().is_some_and(|own| own < language))
    };
    let imitating = before(usize::MAX);
    let mut lessons = Tensor::<1>::zeros([1], &output.features.device());
    for (language, vocabulary) in vocabularies.iter().enumerate() {
        let windows = if is_taught_by_others(vocabulary, recipe) {
            0..imitating
        } else {
            before(language)..before(language + 1)
        };
        if !windows.is_empty() {
            let examples = &examples[windows.clone()];
            let tutor =
                tutor.map(|t| t.log_posteriors(&vocabulary.language, columns(&windows))).transpose()?;
            let judged = Judged { features: features(&windows), steps, tutor };
            lessons = lessons + hear(weights, (language, vocabulary), examples, judged, recipe)?;
        }
    }
    let windows = imitating..examples.len();
    if !windows.is_empty() {
        let examples = &examples[windows.clone()];
        lessons = lessons + imitate(weights, examples, (features(&windows), steps), recipe.imitation_weight);
    }
    Ok(lessons / examples.len() as f32)
}

/// Slots of the running means that are gathered: their normalisations use the batch's statistics.
fn batch_means(parametrisation: &Parametrisation) -> Vec<usize> {
    let slots = parametrisation.base.slots.iter().zip(&parametrisation.rules).enumerate();
    slots
        .filter(|(_, (slot, rule))| slot.name.ends_with(".norm.mean") && matches!(rule, Rule::Free))
        .map(|(index, _)| index)
        .collect()
}

/// Whether windows of other languages teach a language what is none of its words. Made-up words are made of theirs, and nobody waits
/// for them.
fn is_taught_by_others(vocabulary: &Vocabulary, recipe: &Recipe) -> bool {
    recipe.teaches_every_language() && vocabulary.language != MADE_UP
}

/// Windows that a head judges.
struct Judged {
    /// `[features, windows * steps]`
    features: Tensor<2>,
    /// Steps of one window.
    steps: usize,
    /// `[classes, windows * steps]`: logarithms of the tutor's posteriors, if there is one.
    tutor: Option<Vec<f32>>,
}

/// The summed loss of windows in which words of one language are to be heard, and of others, which hold none of them.
fn hear(
    weights: &WeightTensors<'_>,
    (language, vocabulary): (usize, &Vocabulary),
    examples: &[&Example],
    Judged { features, steps, tutor }: Judged,
    recipe: &Recipe,
) -> Result<Tensor<1>> {
    let device = features.device();
    let log_posteriors = log_softmax(head(weights, &vocabulary.language, features), 0);
    let (classes, columns) = (vocabulary.classes(), examples.len() * steps);
    let seen = numbers(log_posteriors.clone().without_autodiff())?;
    let targets = Targets { vocabulary, log_posteriors: &seen, columns, smoothing: recipe.label_smoothing };
    let mut target = vec![0.0; classes * columns];
    for (window, example) in examples.iter().enumerate() {
        let Lesson::Hear { language: own, words, besides } = &example.lesson else { continue };
        let first = window * steps;
        if *own == language {
            targets.add_window(&mut target, (first, steps), words, *besides);
            if let Some(tutor) = &tutor {
                targets.add_posteriors(&mut target, (first, steps), tutor, recipe.distillation);
            }
        } else {
            let besides = if *besides == Besides::Silence { Besides::Silence } else { Besides::Speech };
            targets.add_window(&mut target, (first, steps), &[], besides);
            let of_window =
                target.chunks_exact_mut(columns).flat_map(|class| &mut class[first..first + steps]);
            of_window.for_each(|weight| *weight *= recipe.other_languages);
        }
    }
    Ok(-(log_posteriors * Tensor::<2>::from_data(TensorData::new(target, [classes, columns]), &device)).sum())
}

/// The summed squared distance of windows' descriptions to a teacher's, as a mean over steps and dimensions.
fn imitate(
    weights: &WeightTensors<'_>,
    examples: &[&Example],
    (features, steps): (Tensor<2>, usize),
    weight: f32,
) -> Tensor<1> {
    let device = features.device();
    let described = head(weights, IMITATION, features);
    let [dimensions, columns] = described.dims();
    let (mut target, mut mask) = (vec![0.0; dimensions * columns], vec![0.0; columns]);
    for (window, example) in examples.iter().enumerate() {
        let Lesson::Imitate { steps: known, description } = &example.lesson else { continue };
        for (step, values) in known.clone().zip(description.chunks_exact(dimensions)) {
            let column = window * steps + step;
            mask[column] = weight / (known.len() * dimensions) as f32;
            for (dimension, value) in values.iter().enumerate() {
                target[dimension * columns + column] = *value;
            }
        }
    }
    let tensor = |values, rows| Tensor::<2>::from_data(TensorData::new(values, [rows, columns]), &device);
    let error = described - tensor(target, dimensions);
    (error.clone() * error * tensor(mask, 1)).sum()
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
