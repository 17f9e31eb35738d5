//! The training loop: the same for a base and for every way to adapt it.

use std::sync::mpsc::sync_channel;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;

use super::optimiser::{Optimiser, Rates, update_average};
use super::sampler::Example;
use super::step::{Objective, gradients, update_statistics};
use super::windows::Windows;
use crate::network::Weights;

/// Batches made ahead of the step that uses them.
const BATCHES_AHEAD: usize = 4;

/// What a run changes.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) trained: Weights,
    /// Moving average of the trained values: the result.
    pub(crate) average: Weights,
    pub(crate) optimiser: Optimiser,
}

impl State {
    /// Before the first step.
    pub(crate) fn new(trained: Weights) -> Self {
        Self { average: trained.clone(), optimiser: Optimiser::new(trained.values.len()), trained }
    }
}

/// A run under way.
pub(crate) struct Run<'a> {
    pub(crate) objective: Objective<'a>,
    pub(crate) windows: &'a Windows<'a>,
    /// Step of the windows that the run's first step takes: where an earlier run left off.
    pub(crate) first_window: u64,
    /// Steps of the whole run.
    pub(crate) steps: u64,
    pub(crate) state: State,
}

/// What a run says of its last steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    /// Mean loss since the last report.
    pub(crate) loss: f32,
    pub(crate) learning_rate: f32,
}

impl Run<'_> {
    /// Trains on, up to step `stop`, and reports after every `every` steps.
    ///
    /// # Errors
    /// When training diverges, and what `report` gives.
    pub(crate) fn go(
        &mut self,
        stop: u64,
        every: u64,
        bar: &ProgressBar,
        mut report: impl FnMut(&State, Report) -> Result<()>,
    ) -> Result<()> {
        let (first, windows, offset) = (self.state.optimiser.steps, self.windows, self.first_window);
        std::thread::scope(|scope| {
            let (sender, batches) = sync_channel(BATCHES_AHEAD);
            scope.spawn(move || (first..stop).all(|step| sender.send(windows.step(offset + step)).is_ok()));
            let mut losses = 0.0;
            for step in first..stop {
                let batch = batches.recv().context("no batch: the sampler failed")?;
                let progress = step as f32 / self.steps.max(1) as f32;
                let rates = Rates::at(self.objective.recipe, progress);
                losses += self.step(&batch, step, rates)?;
                bar.inc(1);
                if (step + 1) % every == 0 {
                    let loss = losses / every as f32;
                    report(&self.state, Report { loss, learning_rate: rates.learning_rate })?;
                    losses = 0.0;
                }
            }
            Ok(())
        })
    }

    fn step(&mut self, batch: &[Example], step: u64, rates: Rates) -> Result<f32> {
        let State { trained, average, optimiser } = &mut self.state;
        let recipe = self.objective.recipe;
        let gradients = gradients(self.objective, trained, batch, step)?;
        ensure!(gradients.loss.is_finite(), "training diverged at step {step}: try a smaller learning rate");
        optimiser.step(trained, &gradients.slots, rates);
        update_statistics(trained, &gradients.statistics, recipe.statistics_momentum);
        update_average(&mut average.values, &trained.values, recipe.average_decay, step);
        Ok(gradients.loss)
    }
}
