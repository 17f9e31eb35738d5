//! The training loop: the same for a base and for every way to adapt it.

use std::sync::mpsc::sync_channel;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;

use super::example::Example;
use super::optimiser::{Rates, update_average};
use super::state::State;
use super::step::{Gradients, Objective, each_shard, update_statistics};
use super::windows::Windows;

/// Batches made ahead of the step that uses them.
const BATCHES_AHEAD: usize = 4;

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
    /// Trains on, up to step `stop`, and reports after every `every` steps. Before each of these parts but the run's very first, it
    /// mines hard negatives anew: whether a run was interrupted there makes no difference.
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
        let mut first = self.state.optimiser.steps;
        while first < stop {
            let last = (first + every - first % every).min(stop);
            if first > 0 {
                let Objective { recipe, vocabularies, parametrisation, .. } = self.objective;
                let weights = parametrisation.fused(&self.state.average)?;
                self.windows.mine(first / every, (&recipe.network, &weights), vocabularies)?;
            }
            let done = self.part(first..last, bar)?;
            if last.is_multiple_of(every) {
                report(&self.state, done)?;
            }
            first = last;
        }
        Ok(())
    }

    /// Trains through some steps.
    fn part(&mut self, steps: std::ops::Range<u64>, bar: &ProgressBar) -> Result<Report> {
        let (windows, offset, count) = (self.windows, self.first_window, steps.end - steps.start);
        std::thread::scope(|scope| {
            let (sender, batches) = sync_channel(BATCHES_AHEAD);
            let ahead = steps.clone();
            scope.spawn(move || {
                ahead.into_iter().all(|step| sender.send(windows.step(offset + step)).is_ok())
            });
            let mut report = Report { loss: 0.0, learning_rate: 0.0 };
            for step in steps {
                let batch = batches.recv().context("no batch: the sampler failed")?;
                let progress = step as f32 / self.steps.max(1) as f32;
                let rates = Rates::at(self.objective.recipe, progress);
                report.loss += self.step(&batch, step, rates)? / count as f32;
                report.learning_rate = rates.learning_rate;
                bar.inc(1);
            }
            Ok(report)
        })
    }

    fn step(&mut self, batch: &[Example], step: u64, rates: Rates) -> Result<f32> {
        let State { trained, average, optimiser, extrapolation } = &mut self.state;
        let recipe = self.objective.recipe;
        let places = extrapolation.places(trained, optimiser, recipe.extrapolation * rates.learning_rate);
        let place = |shard| places.get(shard).unwrap_or(&*trained);
        let shards = each_shard(self.objective, place, batch, step)?;
        if recipe.extrapolation > 0.0 {
            extrapolation.remember(trained, &shards);
        }
        let gradients = Gradients::mean(shards);
        ensure!(gradients.loss.is_finite(), "training diverged at step {step}: try a smaller learning rate");
        optimiser.step(trained, &gradients.slots, rates);
        update_statistics(trained, &gradients.statistics, recipe.statistics_momentum);
        update_average(&mut average.values, &trained.values, recipe.average_decay, step);
        Ok(gradients.loss)
    }
}
