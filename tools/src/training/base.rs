//! Training a base: a checkpoint after every epoch, with charts beside it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use polyspot_text::say;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::charts;
use super::checkpoint::{About, Checkpoint, file_sha256};
use super::corpus::Corpus;
use super::dev::DevSet;
use super::history::Epoch;
use super::parametrisation::Parametrisation;
use super::recipe::Recipe;
use super::run::{Report, Run};
use super::sampler::Sampler;
use super::state::State;
use super::step::Objective;
use super::teacher::Descriptions;
use super::tutor::Tutor;
use super::windows::Windows;
use crate::network::Weights;
use crate::progress;

/// A base being trained.
pub(crate) struct BaseRun<'a> {
    corpus: &'a Corpus,
    /// What the base imitates.
    descriptions: Option<&'a Descriptions>,
    /// Whose posteriors it learns.
    tutor: Option<Tutor>,
    about: About,
    parametrisation: Parametrisation,
    state: State,
}

impl<'a> BaseRun<'a> {
    /// Starts from fresh weights, or from those of `init` with its heads where they are for the same words.
    pub(crate) fn new(
        mut recipe: Recipe,
        corpus: &'a Corpus,
        descriptions: Option<&'a Descriptions>,
        init: Option<&Checkpoint>,
    ) -> Result<Self> {
        if let Some(init) = init {
            recipe.network.clone_from(&init.about.recipe.network);
        }
        let mut about = About::new(recipe, corpus.vocabularies(), corpus.clips());
        about.imitated = descriptions.map_or(0, |descriptions| descriptions.dimensions);
        about.check()?;
        let mut rng = StdRng::seed_from_u64(about.recipe.seed);
        let weights = if let Some(init) = init {
            init.with_heads(&about.vocabularies, about.imitated, &mut rng).context("starting weights")?
        } else {
            let mut weights = Weights::new(&about.recipe.network, &about.heads(), &mut rng);
            set_input_scale(&about, corpus, &mut weights);
            weights
        };
        let parametrisation = Parametrisation::of_base(weights, &about.recipe);
        let state = State::new(parametrisation.initial(None, &mut rng));
        Ok(Self { corpus, descriptions, tutor: None, about, parametrisation, state })
    }

    /// Goes on from a checkpoint of the same data.
    pub(crate) fn resume(
        checkpoint: Checkpoint,
        corpus: &'a Corpus,
        descriptions: Option<&'a Descriptions>,
    ) -> Result<Self> {
        let Checkpoint { about, weights, running } = checkpoint;
        let state = running.context("the run of this checkpoint is finished")?;
        ensure!(
            about.vocabularies == corpus.vocabularies() && about.clips == corpus.clips(),
            "the checkpoint was made from other data: {} clips, now {}",
            about.clips,
            corpus.clips()
        );
        let imitated = descriptions.map_or(0, |descriptions| descriptions.dimensions);
        ensure!(
            about.imitated == imitated,
            "the checkpoint imitates a teacher of {} dimensions, expected --teacher with as many, found {imitated}",
            about.imitated
        );
        let parametrisation = Parametrisation::of_base(weights, &about.recipe);
        Ok(Self { corpus, descriptions, tutor: None, about, parametrisation, state })
    }

    /// The same run with the base of a file as its tutor, or with none.
    ///
    /// # Errors
    /// When that base cannot teach this one, or a run that goes on had another one.
    pub(crate) fn tutored_by(mut self, path: Option<&Path>) -> Result<Self> {
        self.tutor = path.map(|path| Tutor::open(path, &self.about)).transpose()?;
        let tutor_sha256 = path.map(file_sha256).transpose()?;
        let said =
            |sha256: Option<&String>| sha256.map_or("no tutor".into(), |sha256| format!("tutor {sha256}"));
        ensure!(
            self.state.optimiser.steps == 0 || self.about.tutor_sha256 == tutor_sha256,
            "the run began with {}, found {}",
            said(self.about.tutor_sha256.as_ref()),
            said(tutor_sha256.as_ref())
        );
        self.about.tutor_sha256 = tutor_sha256;
        Ok(self)
    }

    /// Trains to the end, or for `stop_after` more epochs.
    pub(crate) fn train(self, out: &Path, stop_after: Option<usize>) -> Result<()> {
        let Self { corpus, descriptions, tutor, mut about, parametrisation, state } = self;
        let dev = DevSet::new(corpus, &about.front_end)?;
        let (recipe, vocabularies) = (about.recipe.clone(), about.vocabularies.clone());
        let epoch_steps = (about.clips / recipe.batch).max(1) as u64;
        let steps = epoch_steps * recipe.epochs as u64;
        let first = state.optimiser.steps;
        let stop = stop_after.map_or(steps, |epochs| steps.min(first + epochs as u64 * epoch_steps));
        let bar = progress::bar(steps, first);
        let objective = Objective {
            recipe: &recipe,
            vocabularies: &vocabularies,
            parametrisation: &parametrisation,
            tutor: tutor.as_ref(),
        };
        let front_end = about.front_end.clone();
        let windows = Windows::with_teacher(&recipe, corpus, &front_end, descriptions);
        let mut run = Run { objective, windows: &windows, first_window: 0, steps, state };
        run.go(stop, epoch_steps, &bar, |state, report| {
            let hard = windows.hard_negatives();
            let weights = parametrisation.fused(&state.average)?;
            let checkpoint = Checkpoint { about: about.clone(), weights, running: Some(state.clone()) };
            about = end_epoch(checkpoint, report, &hard, &dev, out, &bar)?.about;
            Ok(())
        })?;
        bar.finish();
        if stop < steps {
            return Ok(());
        }
        Checkpoint { about, weights: parametrisation.fused(&run.state.average)?, running: None }.save(out)
    }
}

/// Judges a run's network, notes that in its history, and saves it.
fn end_epoch(
    mut checkpoint: Checkpoint,
    Report { loss, learning_rate }: Report,
    hard: &[usize],
    dev: &DevSet,
    out: &Path,
    bar: &ProgressBar,
) -> Result<Checkpoint> {
    let Checkpoint { about, weights, .. } = &mut checkpoint;
    let tables = dev.judge(&about.recipe.network, weights)?;
    let dev_accuracy = tables.iter().map(|table| table.accuracy().map(|a| a as f32)).collect();
    about.history.epochs.push(Epoch { loss, learning_rate, dev_accuracy });
    let counts: Vec<String> = hard.iter().map(usize::to_string).collect();
    let hard = if hard.is_empty() { String::new() } else { format!("  hard negatives {}", counts.join(" ")) };
    let message = format!("loss {loss:.3}  {}{hard}", last_accuracy(about));
    bar.set_message(message.clone());
    if bar.is_hidden() {
        say!("epoch {}/{}  {message}", about.history.epochs.len(), about.recipe.epochs);
    }
    charts::draw(about, &tables, out)?;
    checkpoint.save(out)?;
    Ok(checkpoint)
}

fn last_accuracy(about: &About) -> String {
    let Some(epoch) = about.history.epochs.last() else { return "dev –".into() };
    let languages = about.vocabularies.iter().zip(&epoch.dev_accuracy);
    let judged = languages.filter_map(|(v, a)| Some(format!("{} {:.2} %", v.language, (*a)? * 100.0)));
    judged.collect::<Vec<_>>().join("  ")
}

/// Sets the input's mean and scale from the first batches, so that each coefficient has mean 0 and deviation 1.
fn set_input_scale(about: &About, corpus: &Corpus, weights: &mut Weights) {
    let sampler = Sampler::new(&about.recipe, corpus, &about.front_end, None);
    let c = about.recipe.network.coefficients;
    let (mut count, mut sum, mut squares) = (0.0, vec![0.0; c], vec![0.0; c]);
    for step in 0..8 {
        for frame in sampler.step(step, &[]).iter().flat_map(|example| example.frames.chunks_exact(c)) {
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
