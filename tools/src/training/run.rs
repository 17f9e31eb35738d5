//! The training loop.

use std::path::Path;
use std::sync::mpsc::sync_channel;

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::charts;
use super::checkpoint::{About, Checkpoint, Running};
use super::corpus::Corpus;
use super::dev::DevSet;
use super::history::Epoch;
use super::optimiser::{Optimiser, learning_rate, update_average};
use super::recipe::Recipe;
use super::sampler::{Example, Sampler};
use super::step::{gradients, update_statistics};
use crate::evaluation::Confusion;
use crate::network::Weights;

/// Batches made ahead of the step that uses them.
const BATCHES_AHEAD: usize = 4;

/// A run under way.
pub(crate) struct Run<'a> {
    corpus: &'a Corpus,
    about: About,
    weights: Weights,
    average: Weights,
    optimiser: Optimiser,
    steps_per_epoch: u64,
}

impl<'a> Run<'a> {
    /// Starts from fresh weights, or from those of `init` as far as their names agree.
    pub(crate) fn new(recipe: Recipe, corpus: &'a Corpus, init: Option<&Checkpoint>) -> Result<Self> {
        let vocabularies = corpus.languages.iter().map(|l| l.vocabulary.clone()).collect();
        let mut about = About::new(recipe, vocabularies, corpus.clips());
        let mut rng = StdRng::seed_from_u64(about.recipe.seed);
        if let Some(init) = init {
            about.recipe.network = init.about.recipe.network.clone();
        }
        let mut weights = Weights::new(&about.recipe.network, &about.heads(), &mut rng);
        match init {
            Some(init) => {
                weights.take_over(&init.weights).context("starting weights")?;
            }
            None => set_input_scale(&about, corpus, &mut weights),
        }
        let optimiser = Optimiser::new(weights.values.len());
        Ok(Self {
            average: weights.clone(),
            steps_per_epoch: steps_per_epoch(&about),
            corpus,
            about,
            weights,
            optimiser,
        })
    }

    /// Goes on from a checkpoint of the same data.
    pub(crate) fn resume(checkpoint: Checkpoint, corpus: &'a Corpus) -> Result<Self> {
        let Checkpoint { about, weights: average, running } = checkpoint;
        let Running { weights, optimiser } = running.context("the run of this checkpoint is finished")?;
        let found: Vec<_> = corpus.languages.iter().map(|l| l.vocabulary.clone()).collect();
        ensure!(
            about.vocabularies == found && about.clips == corpus.clips(),
            "the checkpoint was made from other data: {} clips, now {}",
            about.clips,
            corpus.clips()
        );
        Ok(Self { average, steps_per_epoch: steps_per_epoch(&about), corpus, about, weights, optimiser })
    }

    /// Trains to the end, or for `stop_after` more epochs, with a checkpoint after each epoch and charts beside it.
    pub(crate) fn train(mut self, out: &Path, stop_after: Option<usize>) -> Result<()> {
        let recipe = self.about.recipe.clone();
        let dev = DevSet::new(self.corpus, &self.about.front_end)?;
        let steps = self.steps_per_epoch * recipe.epochs as u64;
        let bar = progress_bar(steps, self.optimiser.steps);
        let first = self.optimiser.steps;
        let stop = stop_after.map_or(steps, |epochs| steps.min(first + epochs as u64 * self.steps_per_epoch));
        let sampler = Sampler::new(&recipe, self.corpus, &self.about.front_end);
        std::thread::scope(|scope| {
            let (sender, batches) = sync_channel::<Vec<Example>>(BATCHES_AHEAD);
            scope.spawn(move || (first..stop).all(|step| sender.send(sampler.step(step)).is_ok()));
            let mut loss_sum = 0.0;
            for step in first..stop {
                let batch = batches.recv().context("no batch: the sampler failed")?;
                loss_sum += self.step(&batch, step, steps)?;
                bar.inc(1);
                let in_epoch = step % self.steps_per_epoch + 1;
                bar.set_message(format!("loss {:.3}  {}", loss_sum / in_epoch as f32, self.last_accuracy()));
                if in_epoch == self.steps_per_epoch {
                    let rate = learning_rate(&recipe, step, steps);
                    self.end_epoch(loss_sum / in_epoch as f32, rate, &dev, out, &bar)?;
                    loss_sum = 0.0;
                }
            }
            anyhow::Ok(())
        })?;
        bar.finish();
        if stop < steps {
            return Ok(());
        }
        Checkpoint { about: self.about, weights: self.average, running: None }.save(out)
    }

    fn step(&mut self, batch: &[Example], step: u64, steps: u64) -> Result<f32> {
        let recipe = &self.about.recipe;
        let gradients = gradients(recipe, &self.about.vocabularies, &self.weights, batch)?;
        ensure!(gradients.loss.is_finite(), "training diverged at step {step}: try a smaller learning rate");
        let rate = learning_rate(recipe, step, steps);
        self.optimiser.step(&mut self.weights, &gradients.slots, rate, recipe.weight_decay);
        update_statistics(
            &recipe.network,
            &mut self.weights,
            &gradients.statistics,
            recipe.statistics_momentum,
        );
        update_average(&mut self.average.values, &self.weights.values, recipe.average_decay, step);
        Ok(gradients.loss)
    }

    fn end_epoch(&mut self, loss: f32, rate: f32, dev: &DevSet, out: &Path, bar: &ProgressBar) -> Result<()> {
        let tables = dev.judge(&self.about.recipe.network, &self.about.for_equal_priors(&self.average))?;
        let dev_accuracy = tables.iter().map(Confusion::accuracy).collect();
        self.about.history.epochs.push(Epoch { loss, learning_rate: rate, dev_accuracy });
        if bar.is_hidden() {
            let epoch = self.about.history.epochs.len();
            eprintln!("epoch {epoch}/{}  loss {loss:.3}  {}", self.about.recipe.epochs, self.last_accuracy());
        }
        charts::draw(&self.about, &tables, out)?;
        Checkpoint {
            about: self.about.clone(),
            weights: self.average.clone(),
            running: Some(Running { weights: self.weights.clone(), optimiser: self.optimiser.clone() }),
        }
        .save(out)
    }

    fn last_accuracy(&self) -> String {
        let Some(epoch) = self.about.history.epochs.last() else { return "dev –".into() };
        let languages = self.about.vocabularies.iter().zip(&epoch.dev_accuracy);
        languages.map(|(v, a)| format!("{} {:.2} %", v.language, a * 100.0)).collect::<Vec<_>>().join("  ")
    }
}

fn steps_per_epoch(about: &About) -> u64 {
    (about.clips / about.recipe.batch).max(1) as u64
}

/// Sets the input's mean and scale from the first batches, so that each coefficient has mean 0 and deviation 1.
fn set_input_scale(about: &About, corpus: &Corpus, weights: &mut Weights) {
    let sampler = Sampler::new(&about.recipe, corpus, &about.front_end);
    let c = about.recipe.network.coefficients;
    let (mut count, mut sum, mut squares) = (0.0, vec![0.0; c], vec![0.0; c]);
    for step in 0..8 {
        for frame in sampler.step(step).iter().flat_map(|example| example.frames.chunks_exact(c)) {
            count += 1.0;
            for (i, &x) in frame.iter().enumerate() {
                sum[i] += f64::from(x);
                squares[i] += f64::from(x) * f64::from(x);
            }
        }
    }
    for i in 0..c {
        let mean = sum[i] / count;
        weights.get_mut("input.mean")[i] = mean as f32;
        weights.get_mut("input.scale")[i] =
            (1.0 / (squares[i] / count - mean * mean).max(1e-6).sqrt()) as f32;
    }
}

fn progress_bar(steps: u64, done: u64) -> ProgressBar {
    let template = "{bar:24} {percent:>3} %  {msg}  {elapsed} gone, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps).with_style(style).with_position(done)
}
