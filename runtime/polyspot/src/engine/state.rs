//! A network's running state in one stream, whatever runs it.

use std::sync::Arc;

use super::{EngineError, Program, kernel};
use crate::model::Model;

/// Frames run at once where so many are at hand: enough for the weights to be read seldom, few enough for the signals to
/// stay in the nearest cache.
const BATCH_FRAMES: usize = 32;

/// One stream's network: gathers frames and runs them.
///
/// A pulse of the manifest's length is what a live stream waits for. Where more frames come at once, more are run at once.
pub(crate) struct NetworkState {
    model: Arc<Model>,
    running: Running,
    /// Frames not run yet, `[n, coefficients]`.
    waiting: Vec<f32>,
    /// Most numbers in `waiting`.
    room: usize,
    frames: u64,
    steps_delivered: u64,
}

enum Running {
    Kernel(kernel::State),
    #[cfg(feature = "tract")]
    Tract(super::tract::State),
}

impl NetworkState {
    pub(crate) fn new(model: &Arc<Model>) -> Result<Self, EngineError> {
        let (coefficients, pulse) =
            (model.manifest().front_end.coefficients, model.manifest().network.pulse_frames);
        let most_frames = (BATCH_FRAMES / pulse).max(1) * pulse;
        Ok(Self {
            running: match model.program() {
                Program::Kernel(network) => Running::Kernel(kernel::State::new(network, most_frames)),
                #[cfg(feature = "tract")]
                Program::Tract(plan) => Running::Tract(super::tract::State::new(plan)?),
            },
            waiting: Vec::with_capacity(most_frames * coefficients),
            room: most_frames * coefficients,
            frames: 0,
            steps_delivered: 0,
            model: Arc::clone(model),
        })
    }

    /// Takes one frame; runs those that have gathered when there is no room for more.
    pub(crate) fn push(
        &mut self,
        frame: &[f32],
        on_posterior: impl FnMut(&[f32]),
    ) -> Result<(), EngineError> {
        self.waiting.extend_from_slice(frame);
        self.frames += 1;
        if self.waiting.len() < self.room { Ok(()) } else { self.settle(on_posterior) }
    }

    /// Runs every whole pulse that has gathered.
    pub(crate) fn settle(&mut self, on_posterior: impl FnMut(&[f32])) -> Result<(), EngineError> {
        let pulse = self.coefficients() * self.model.manifest().network.pulse_frames;
        self.run(self.waiting.len() / pulse * pulse, u64::MAX, on_posterior)
    }

    /// Delivers the posteriors of all frames so far that a run over the whole signal would have.
    pub(crate) fn flush(&mut self, mut on_posterior: impl FnMut(&[f32])) -> Result<(), EngineError> {
        self.settle(&mut on_posterior)?;
        let network = &self.model.manifest().network;
        let (stride, pulse) = (network.stride_frames, network.pulse_frames);
        let expected = self.frames / stride as u64;
        // An engine that has fallen behind by its delay is caught up with frames of zeros.
        while self.steps_delivered < expected {
            self.waiting.resize(self.coefficients() * pulse, 0.0);
            self.run(self.waiting.len(), expected, &mut on_posterior)?;
        }
        Ok(())
    }

    /// As before the stream.
    pub(crate) fn reset(&mut self) -> Result<(), EngineError> {
        match (&mut self.running, self.model.program()) {
            (Running::Kernel(state), _) => state.reset(),
            #[cfg(feature = "tract")]
            (Running::Tract(state), Program::Tract(plan)) => *state = super::tract::State::new(plan)?,
            #[cfg(feature = "tract")]
            (Running::Tract(_), Program::Kernel(_)) => unreachable!("a state is made for its program"),
        }
        self.waiting.clear();
        (self.frames, self.steps_delivered) = (0, 0);
        Ok(())
    }

    fn coefficients(&self) -> usize {
        self.model.manifest().front_end.coefficients
    }

    /// Runs the first so many numbers that wait and delivers their posteriors, up to a total of `most_steps`.
    fn run(
        &mut self,
        numbers: usize,
        most_steps: u64,
        mut on_posterior: impl FnMut(&[f32]),
    ) -> Result<(), EngineError> {
        let Self { waiting, model, running, steps_delivered, .. } = self;
        if numbers == 0 {
            return Ok(());
        }
        let deliver = |probabilities: &[f32]| {
            if *steps_delivered < most_steps {
                *steps_delivered += 1;
                on_posterior(probabilities);
            }
        };
        match (running, model.program()) {
            (Running::Kernel(state), Program::Kernel(network)) => {
                state.run(network, &waiting[..numbers], deliver);
            }
            #[cfg(feature = "tract")]
            (Running::Tract(state), _) => state.run(&waiting[..numbers], model.manifest(), deliver)?,
            #[cfg(feature = "tract")]
            (Running::Kernel(_), Program::Tract(_)) => unreachable!("a state is made for its program"),
        }
        waiting.drain(..numbers);
        Ok(())
    }
}
