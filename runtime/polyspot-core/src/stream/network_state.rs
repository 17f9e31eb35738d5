//! The running state of networks in one stream, whatever runs them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::engine::GeneralStream;
use super::error::EngineError;
use super::model::StreamModel;
use crate::kernel;

/// Frames run at once where so many are at hand: enough for the weights to be read seldom, few enough for the signals to
/// stay in the nearest cache. Without an operating system audio comes as it is spoken, and memory is dear: a pulse then.
const BATCH_FRAMES: usize = if cfg!(target_os = "none") { 1 } else { 32 };

/// The networks of one stream: take frames of features, give posteriors.
///
/// A live stream waits for a pulse of the specification's length. Where more frames come at once, more are run at once; the posteriors
/// are the same. Of several networks, the steps that some have in common are run once.
pub struct NetworkState<M = StreamModel> {
    models: Vec<Arc<M>>,
    kernel: kernel::State,
    /// Those that another engine runs, with their models' indices.
    general: Vec<(usize, Box<dyn GeneralStream>)>,
    /// Frames not run yet, `[n, coefficients]`.
    waiting: Vec<f32>,
    coefficients: usize,
    /// Numbers in a pulse.
    pulse: usize,
    /// Most numbers in `waiting`.
    room: usize,
    frames: u64,
    /// Of each model.
    steps_delivered: Vec<u64>,
}

impl<M: AsRef<StreamModel>> NetworkState<M> {
    /// A stream that has heard nothing.
    ///
    /// # Errors
    /// When the engine cannot set up its state, there is no model, or the models have not the same front end, stride and pulse.
    pub fn new(models: &[Arc<M>]) -> Result<Self, EngineError> {
        let Some(first) = models.first().map(of) else { return Err(EngineError::NoModel) };
        for model in models {
            first.can_listen_with(of(model))?;
        }
        let (coefficients, pulse) = (first.spec().front_end.coefficients, first.spec().network.pulse_frames);
        let most_frames = (BATCH_FRAMES / pulse).max(1) * pulse;
        Ok(Self {
            kernel: kernel::State::new(&of_the_family(models), most_frames),
            general: general(models)?,
            waiting: Vec::with_capacity(most_frames * coefficients),
            coefficients,
            pulse: pulse * coefficients,
            room: most_frames * coefficients,
            frames: 0,
            steps_delivered: vec![0; models.len()],
            models: models.to_vec(),
        })
    }

    /// Which model's first steps, and how many, serve a model too, so that it runs only the others; `None` if it runs all.
    pub fn borrowed_steps(&self, model: usize) -> Option<(usize, usize)> {
        self.kernel.shared_prefix(model)
    }

    /// Takes one frame `[coefficients]`; when there is no room for more, runs those that have gathered, and calls
    /// `on_posterior` with each posterior `[labels]` that they complete and the index of its model.
    ///
    /// # Errors
    /// When the engine fails.
    ///
    /// # Panics
    /// If `frame.len()` != the front end's coefficients.
    pub fn push(
        &mut self,
        frame: &[f32],
        on_posterior: impl FnMut(usize, &[f32]),
    ) -> Result<(), EngineError> {
        assert_eq!(frame.len(), self.coefficients);
        self.waiting.extend_from_slice(frame);
        self.frames += 1;
        if self.waiting.len() < self.room { Ok(()) } else { self.settle(on_posterior) }
    }

    /// Runs every whole pulse that has gathered.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn settle(&mut self, on_posterior: impl FnMut(usize, &[f32])) -> Result<(), EngineError> {
        self.run(self.waiting.len() / self.pulse * self.pulse, u64::MAX, on_posterior)
    }

    /// Delivers the posteriors of all frames so far that a run over the whole signal would have.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn flush(&mut self, mut on_posterior: impl FnMut(usize, &[f32])) -> Result<(), EngineError> {
        self.settle(&mut on_posterior)?;
        let expected = self.frames / of(&self.models[0]).spec().network.stride_frames as u64;
        // An engine that has fallen behind by its delay is caught up with frames of zeros.
        while self.steps_delivered.iter().any(|&steps| steps < expected) {
            self.waiting.resize(self.pulse, 0.0);
            self.run(self.pulse, expected, &mut on_posterior)?;
        }
        Ok(())
    }

    /// As before the stream.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn reset(&mut self) -> Result<(), EngineError> {
        self.kernel.reset();
        self.general = general(&self.models)?;
        self.waiting.clear();
        self.frames = 0;
        self.steps_delivered.fill(0);
        Ok(())
    }

    /// As if so many more frames had been heard.
    #[cfg(test)]
    pub(crate) fn jump(&mut self, frames: u64) {
        self.frames += frames;
        let stride_frames = of(&self.models[0]).spec().network.stride_frames as u64;
        self.steps_delivered.iter_mut().for_each(|steps| *steps += frames / stride_frames);
    }

    /// Runs the first so many numbers that wait and delivers their posteriors, up to a total of `most_steps` each.
    fn run(
        &mut self,
        numbers: usize,
        most_steps: u64,
        mut on_posterior: impl FnMut(usize, &[f32]),
    ) -> Result<(), EngineError> {
        if numbers == 0 {
            return Ok(());
        }
        let frames = &self.waiting[..numbers];
        let steps_delivered = &mut self.steps_delivered;
        // Finite weights may still be so large that sums overflow.
        let mut are_numbers = true;
        let mut deliver = |model: usize, probabilities: &[f32]| {
            are_numbers &= probabilities.iter().all(|p| p.is_finite());
            if are_numbers && steps_delivered[model] < most_steps {
                steps_delivered[model] += 1;
                on_posterior(model, probabilities);
            }
        };
        self.kernel.run(|model| of(&self.models[model]).network(), frames, &mut deliver);
        for (model, stream) in &mut self.general {
            stream.run(frames, &mut |p| deliver(*model, p))?;
        }
        self.waiting.drain(..numbers);
        if are_numbers { Ok(()) } else { Err(EngineError::NotFinite) }
    }
}

impl<M: AsRef<StreamModel>> fmt::Debug for NetworkState<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<&StreamModel> = self.models.iter().map(of).collect();
        let state = &mut f.debug_struct("NetworkState");
        state.field("models", &models).field("frames", &self.frames).finish_non_exhaustive()
    }
}

/// The networks that the kernel runs, with their models' indices.
fn of_the_family<M: AsRef<StreamModel>>(models: &[Arc<M>]) -> Vec<(usize, &kernel::Network)> {
    models.iter().enumerate().filter_map(|(index, model)| Some((index, of(model).network()?))).collect()
}

/// New states of the networks that another engine runs, with their models' indices.
#[expect(clippy::type_complexity, reason = "a pair for each")]
fn general<M: AsRef<StreamModel>>(
    models: &[Arc<M>],
) -> Result<Vec<(usize, Box<dyn GeneralStream>)>, EngineError> {
    let engines = models.iter().enumerate().filter_map(|(index, model)| Some((index, of(model).engine()?)));
    engines.map(|(index, engine)| Ok((index, engine.start()?))).collect()
}

/// A model as streams see it.
pub(super) fn of<M: AsRef<StreamModel>>(model: &Arc<M>) -> &StreamModel {
    M::as_ref(model)
}
