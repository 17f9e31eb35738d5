//! The stages of an adaptation: ordinary training runs, one after the other, that can be interrupted anywhere.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use polyspot::front_end::FrontEndSpec;
use polyspot_text::say;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use crate::evaluation::accuracy_of_keywords;
use crate::evaluation::figures::Rate;
use crate::memory::watched;
use crate::network::Weights;
use crate::tensor_file::TensorFile;
use crate::training::Recipe;
use crate::training::corpus::Corpus;
use crate::training::dev::DevSet;
use crate::training::example::Example;
use crate::training::gates::Gates;
use crate::training::parametrisation::{GATES, Parametrisation};
use crate::training::run::Run;
use crate::training::state::State;
use crate::training::step::{Objective, each_shard, gradients, shards};
use crate::training::vocabulary::Vocabulary;
use crate::training::windows::Windows;

/// Key of the progress file's metadata entry.
const KEY: &str = "polyspot.adaptation";
/// Reports of a whole adaptation, each with a progress file: an interruption costs that part of the work.
const REPORTS: u64 = 20;

/// Reports of a stage in which a policy decides.
const POLICY_REPORTS: u64 = 20;

/// The stages of one adaptation.
pub(crate) struct Stages<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) front_end: &'a FrontEndSpec,
    pub(crate) vocabularies: Vec<Vocabulary>,
    windows: &'a Windows<'a>,
    /// Steps of all stages together, and those of the stages begun so far.
    steps: u64,
    steps_begun: u64,
    /// Stages begun so far.
    begun: usize,
    /// Results of finished stages.
    done: Vec<Weights>,
    records: Vec<Record>,
    /// Most bytes that a step of a stage takes.
    memory: usize,
    watch: Watch,
    saved: Option<(TensorFile, Saved)>,
}

/// Who looks on while stages run.
pub(crate) struct Watch {
    pub(crate) bar: ProgressBar,
    /// Clips to judge at each report.
    pub(crate) dev: Option<DevSet>,
    /// File that lets an interrupted adaptation go on, and what names this adaptation in it.
    pub(crate) progress: Option<(PathBuf, String)>,
    /// Whether to measure the memory of a step of each stage, before it begins.
    pub(crate) weighs: bool,
}

/// One stage.
pub(crate) struct Stage<'s> {
    /// What it does, in a word or two, for the progress bar.
    pub(crate) name: &'s str,
    /// Share of the adaptation's steps.
    pub(crate) share: f64,
    pub(crate) parametrisation: &'s Parametrisation,
    /// Weights to begin as near to as the parametrisation allows, instead of the base's.
    pub(crate) start: Option<&'s Weights>,
    /// Recordings to train on, instead of the language's.
    pub(crate) corpus: Option<&'s Corpus>,
}

impl<'s> Stage<'s> {
    /// A stage that starts from the base.
    pub(crate) fn new(name: &'s str, share: f64, parametrisation: &'s Parametrisation) -> Self {
        Self { name, share, parametrisation, start: None, corpus: None }
    }
}

/// What one report of a stage says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) stage: String,
    pub(crate) loss: f32,
    /// Of the keywords' dev clips, those judged right and all.
    pub(crate) dev_right: Option<(u64, u64)>,
    /// Probabilities of each layer's options, while a policy learns.
    pub(crate) policy: Option<Vec<Vec<f32>>>,
}

/// The metadata of the progress file.
#[derive(Serialize, Deserialize)]
struct Saved {
    /// The adaptation it belongs to.
    adaptation: String,
    /// Stages finished.
    finished: usize,
    /// Steps done of the stage after them.
    steps: u64,
    records: Vec<Record>,
}

impl<'a> Stages<'a> {
    pub(crate) fn new(
        recipe: &'a Recipe,
        front_end: &'a FrontEndSpec,
        corpus: &Corpus,
        windows: &'a Windows<'a>,
        watch: Watch,
    ) -> Self {
        Self {
            recipe,
            front_end,
            vocabularies: corpus.vocabularies(),
            windows,
            steps: steps(corpus, recipe),
            steps_begun: 0,
            begun: 0,
            done: Vec::new(),
            records: Vec::new(),
            memory: 0,
            watch,
            saved: None,
        }
    }

    /// Goes on from the progress file.
    ///
    /// # Errors
    /// When there is none, or it belongs to another adaptation.
    pub(crate) fn resume(&mut self) -> Result<()> {
        let (path, adaptation) = self.watch.progress.as_ref().context("this adaptation keeps no progress")?;
        let read = TensorFile::open::<Saved>(path, KEY);
        let (file, saved) = read.with_context(|| format!("nothing to resume in {}", path.display()))?;
        ensure!(
            saved.adaptation == *adaptation,
            "{} was made with other data or settings: {}, now {adaptation}",
            path.display(),
            saved.adaptation
        );
        self.records.clone_from(&saved.records);
        self.saved = Some((file, saved));
        Ok(())
    }

    /// Runs the next stage and gives its trained values.
    pub(crate) fn run(&mut self, stage: &Stage<'_>) -> Result<Weights> {
        let index = self.begun;
        self.begun += 1;
        let steps = ((self.steps as f64 * stage.share).round() as u64).max(4);
        let first_window = self.steps_begun;
        self.steps_begun += steps;
        let mut rng = StdRng::seed_from_u64(self.recipe.seed ^ ((index as u64 + 1) << 32));
        let trained = stage.parametrisation.initial(stage.start, &mut rng);
        let mut progress = State::new(trained);
        if let Some((file, saved)) = &self.saved {
            if index < saved.finished {
                file.fill_group(&format!("{index}/"), &mut progress.average)?;
                self.watch.bar.inc(steps);
                self.done.push(progress.average.clone());
                return Ok(progress.average);
            }
            progress = State::read(file, &progress.trained, saved.steps)?;
            self.watch.bar.inc(progress.optimiser.steps);
            self.saved = None;
        }
        let vocabularies = stage.corpus.map_or_else(|| self.vocabularies.clone(), Corpus::vocabularies);
        let others = stage.corpus.map(|corpus| Windows::new(self.recipe, corpus, self.front_end));
        let objective = Objective {
            recipe: self.recipe,
            vocabularies: &vocabularies,
            parametrisation: stage.parametrisation,
            tutor: None,
        };
        let windows = others.as_ref().unwrap_or(self.windows);
        if self.watch.weighs {
            self.memory = self.memory.max(memory_of_step(objective, &progress, &windows.step(first_window))?);
        }
        let mut run = Run { objective, windows, first_window, steps, state: progress };
        // A policy decides in few steps, and its way is drawn.
        let decides = matches!(stage.parametrisation.gates, Some(Gates::Policy(_)));
        let every = if decides { steps / POLICY_REPORTS } else { self.steps / REPORTS }.clamp(1, steps);
        let bar = self.watch.bar.clone();
        bar.set_message(stage.name.to_owned());
        run.go(steps, every, &bar, |progress, report| self.report(stage, progress, report.loss))?;
        let average = run.state.average;
        self.done.push(average.clone());
        Ok(average)
    }

    /// Sum over single examples of the squared gradient of each trained value, as they are before training.
    pub(crate) fn squared_gradients(
        &self,
        parametrisation: &Parametrisation,
        examples: usize,
    ) -> Result<Weights> {
        let trained = parametrisation.initial(None, &mut StdRng::seed_from_u64(self.recipe.seed));
        // An example is a shard, so that a batch has one for each thread. Not on the pool's own threads: all of them would wait for
        // products that the tensor library takes apart for the pool.
        let recipe = Recipe { shards: rayon::current_num_threads(), ..self.recipe.clone() };
        let objective =
            Objective { recipe: &recipe, vocabularies: &self.vocabularies, parametrisation, tutor: None };
        let mut sum = Weights { slots: trained.slots.clone(), values: vec![0.0; trained.values.len()] };
        for step in 0..examples.div_ceil(recipe.batch) as u64 {
            for batch in self.windows.step(step).chunks(recipe.shards) {
                for gradients in each_shard(objective, |_| &trained, batch, step)? {
                    for (slot, gradient) in sum.slots.iter().zip(&gradients.slots) {
                        let Some(gradient) = gradient else { continue };
                        let values = sum.values[slot.range.clone()].iter_mut();
                        values.zip(gradient).for_each(|(value, g)| *value += g * g);
                    }
                }
            }
        }
        Ok(sum)
    }

    fn report(&mut self, stage: &Stage<'_>, progress: &State, loss: f32) -> Result<()> {
        let dev_right = match (&self.watch.dev, &stage.parametrisation.gates) {
            // A policy draws a new network at every step: there is none to judge.
            (None, _) | (_, Some(Gates::Policy(_))) => None,
            (Some(dev), _) if dev.is_empty() || stage.corpus.is_some() => None,
            (Some(dev), _) => {
                let fused = stage.parametrisation.fused(&progress.average)?;
                let tables = dev.judge(&self.recipe.network, &fused)?;
                let keywords = self.vocabularies.first().map_or(0, |vocabulary| vocabulary.keywords);
                tables.first().map(|table| accuracy_of_keywords(table, keywords))
            }
        };
        let policy = match &stage.parametrisation.gates {
            Some(Gates::Policy(policy)) => Some(policy.probabilities(progress.average.get(GATES))),
            _ => None,
        };
        let share = |(right, clips)| 100.0 * Rate::new(right, clips).rate;
        let accuracy = dev_right.map(|dev| format!("  dev {:.2} %", share(dev))).unwrap_or_default();
        let message = format!("{}  loss {loss:.3}{accuracy}", stage.name);
        if self.watch.bar.is_hidden() && self.watch.progress.is_some() {
            say!("{message}");
        }
        self.watch.bar.set_message(message);
        self.records.push(Record { stage: stage.name.to_owned(), loss, dev_right, policy });
        self.save(progress)
    }

    fn save(&self, state: &State) -> Result<()> {
        let Some((path, adaptation)) = &self.watch.progress else { return Ok(()) };
        let mut file = TensorFile::default();
        for (index, done) in self.done.iter().enumerate() {
            file.add_group(&format!("{index}/"), done);
        }
        state.write(&mut file);
        let saved = Saved {
            adaptation: adaptation.clone(),
            finished: self.done.len(),
            steps: state.optimiser.steps,
            records: self.records.clone(),
        };
        file.save(path, KEY, &saved)
    }

    /// Ends the adaptation: its progress file goes. Gives what was reported, and the bytes that a step takes at most, if they were
    /// measured.
    pub(crate) fn finish(self) -> (Vec<Record>, usize) {
        self.watch.bar.finish();
        if let Some((path, _)) = &self.watch.progress {
            // An adaptation too short for a report has written none.
            let _ = std::fs::remove_file(path);
        }
        (self.records, self.memory)
    }
}

/// Bytes that a step takes when all its shards are at their most at once: what the forward pass leaves for the backward pass, gradients,
/// and what the run keeps of each trained value. One shard is weighed, alone: how far shards meet is chance.
fn memory_of_step(objective: Objective<'_>, state: &State, batch: &[Example]) -> Result<usize> {
    let mut shards = shards(objective.recipe, batch);
    let count = shards.len();
    let first = shards.next().unwrap_or_default();
    let recipe = Recipe { shards: 1, ..objective.recipe.clone() };
    let alone = Objective { recipe: &recipe, ..objective };
    let (gradients, passes) = watched(|| gradients(alone, &state.trained, first, 0));
    gradients?;
    // Value, average, mean gradient, mean squared gradient.
    Ok(passes * count + 4 * size_of_val(state.trained.values.as_slice()))
}

/// Steps of a whole adaptation.
pub(crate) fn steps(corpus: &Corpus, recipe: &Recipe) -> u64 {
    (corpus.clips() * recipe.epochs / recipe.batch).max(10) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitBy;
    use crate::network::NetworkShape;
    use crate::training::corpus::Language;
    use crate::training::parametrisation::Rule;
    use crate::training::vocabulary::Vocabulary;

    #[test]
    fn a_wide_network_is_weighed_and_does_not_wait_for_itself() {
        // Products so large that the tensor library takes them apart for the pool of threads, on which nothing may wait for them.
        let mut network = NetworkShape::default();
        network.blocks.truncate(2);
        network.blocks.iter_mut().for_each(|block| block.channels = 400);
        let vocabulary = Vocabulary { language: "xx".into(), words: vec!["a".into()], keywords: 1 };
        let head = vocabulary.head();
        let language = Language {
            vocabulary,
            speakers: 1,
            is_synthetic: false,
            split_by: SplitBy::Speaker,
            train: vec![vec![(0..16_000i16).map(|i| i % 400 * 20).collect()]],
            dev: Vec::new(),
        };
        let corpus = Corpus { languages: vec![language], ..Corpus::default() };
        let (recipe, front_end) = (Recipe { network, ..Recipe::default() }, FrontEndSpec::default());
        let windows = Windows::new(&recipe, &corpus, &front_end);
        let watch = Watch { bar: ProgressBar::hidden(), dev: None, progress: None, weighs: false };
        let stages = Stages::new(&recipe, &front_end, &corpus, &windows, watch);
        let weights = Weights::new(&recipe.network, &[head], &mut StdRng::seed_from_u64(1));
        let mut parametrisation = Parametrisation::frozen(weights);
        let kernel = parametrisation.base.slots.iter().position(|slot| slot.name == "blocks.1.pointwise");
        parametrisation.rules[kernel.unwrap()] = Rule::Difference(None);
        let squared = stages.squared_gradients(&parametrisation, 1).unwrap();
        assert!(squared.get("blocks.1.pointwise.difference").iter().any(|&value| value > 0.0));
    }
}
