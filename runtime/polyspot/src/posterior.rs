//! A stream of posteriors: front end and network, without decisions.

use std::sync::Arc;

use crate::engine::{EngineError, NetworkState};
use crate::front_end::FrontEnd;
use crate::model::Model;

/// What the network says of one window of audio.
#[derive(Clone, Copy, Debug)]
pub struct Posterior<'a> {
    /// One probability per label of the model, summing to 1.
    pub probabilities: &'a [f32],
    /// First sample after the audio this rests on, counted from the start of the stream.
    pub end: u64,
}

impl Posterior<'_> {
    /// The most probable label, by its index in the model's manifest; the first of equals.
    pub fn best(&self) -> usize {
        let highest = self.probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        self.probabilities.iter().position(|&p| p == highest).unwrap_or(0)
    }
}

/// One stream's way from samples to posteriors.
///
/// Whatever the lengths of the slices pushed, the posteriors are those of the network run once over the whole
/// signal.
pub struct PosteriorStream {
    front_end: FrontEnd,
    network: NetworkState,
    position: Position,
}

/// Where in the stream the posteriors are.
struct Position {
    step_samples: u64,
    /// Samples of overlap between a step's last frame and the next step's first.
    overhang_samples: u64,
    steps: u64,
}

impl Position {
    /// Counts one more posterior and gives the end of the audio it rests on.
    fn step(&mut self) -> u64 {
        self.steps += 1;
        self.steps * self.step_samples + self.overhang_samples
    }
}

impl PosteriorStream {
    /// Starts a stream.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn new(model: &Arc<Model>) -> Result<Self, EngineError> {
        let manifest = model.manifest();
        let spec = &manifest.front_end;
        Ok(Self {
            front_end: FrontEnd::new(spec).map_err(EngineError::new)?,
            network: NetworkState::new(model)?,
            position: Position {
                step_samples: manifest.step_samples() as u64,
                overhang_samples: (spec.frame_samples - spec.hop_samples) as u64,
                steps: 0,
            },
        })
    }

    /// Takes any number of samples (mono, at the model's rate, full scale ±1) and calls `on_posterior` with
    /// each posterior that they complete.
    ///
    /// # Errors
    /// When the engine fails; the stream is then to be [`reset`](Self::reset).
    pub fn push(
        &mut self,
        samples: &[f32],
        mut on_posterior: impl FnMut(Posterior<'_>),
    ) -> Result<(), EngineError> {
        let Self { front_end, network, position } = self;
        let mut outcome = Ok(());
        front_end.push(samples, |frame| {
            if outcome.is_ok() {
                outcome = network.push(frame, |probabilities| {
                    on_posterior(Posterior { probabilities, end: position.step() });
                });
            }
        });
        outcome?;
        network.settle(|probabilities| on_posterior(Posterior { probabilities, end: position.step() }))
    }

    /// Ends the stream: delivers the posteriors that were waiting for a full pulse, then starts anew.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn flush(&mut self, mut on_posterior: impl FnMut(Posterior<'_>)) -> Result<(), EngineError> {
        let position = &mut self.position;
        self.network.flush(|probabilities| {
            on_posterior(Posterior { probabilities, end: position.step() });
        })?;
        self.reset()
    }

    /// Forgets all audio heard: the next sample is the first of a new stream.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn reset(&mut self) -> Result<(), EngineError> {
        self.front_end.reset();
        self.position.steps = 0;
        self.network.reset()
    }
}
