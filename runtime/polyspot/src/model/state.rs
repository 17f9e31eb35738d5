//! The network's running state in one stream.

use std::sync::Arc;

use tract_onnx::prelude::{IntoTensor, Tensor, TypedFact, TypedOp, tvec};
use tract_onnx::tract_core::plan::SimpleState;

use super::{EngineError, Model};

/// One stream's network: gathers frames into pulses and runs them.
pub(crate) struct NetworkState {
    model: Arc<Model>,
    state: SimpleState<TypedFact, Box<dyn TypedOp>>,
    /// `[coefficients, pulse_frames]`, filled frame by frame, that is column by column.
    pulse: Vec<f32>,
    frames_in_pulse: usize,
    frames: u64,
    steps_delivered: u64,
    /// Outputs of the engine still to be dropped: they belong to the time before the stream.
    to_skip: usize,
    step: Vec<f32>,
}

impl NetworkState {
    pub(crate) fn new(model: &Arc<Model>) -> Result<Self, EngineError> {
        let manifest = model.manifest();
        Ok(Self {
            state: model.plan.spawn().map_err(|e| EngineError::engine(&e))?,
            pulse: vec![0.0; manifest.front_end.coefficients * manifest.network.pulse_frames],
            frames_in_pulse: 0,
            frames: 0,
            steps_delivered: 0,
            to_skip: model.delay_steps,
            step: vec![0.0; manifest.labels.len()],
            model: Arc::clone(model),
        })
    }

    /// Takes one frame and delivers the posteriors it completes.
    pub(crate) fn push(
        &mut self,
        frame: &[f32],
        on_posterior: impl FnMut(&[f32]),
    ) -> Result<(), EngineError> {
        let pulse_frames = self.model.manifest().network.pulse_frames;
        for (row, &coefficient) in self.pulse.chunks_exact_mut(pulse_frames).zip(frame) {
            row[self.frames_in_pulse] = coefficient;
        }
        self.frames_in_pulse += 1;
        self.frames += 1;
        if self.frames_in_pulse == pulse_frames { self.run(u64::MAX, on_posterior) } else { Ok(()) }
    }

    /// Delivers the posteriors of all frames so far that a run over the whole signal would have.
    pub(crate) fn flush(&mut self, mut on_posterior: impl FnMut(&[f32])) -> Result<(), EngineError> {
        let network = &self.model.manifest().network;
        let (pulse_frames, expected) = (network.pulse_frames, self.frames / network.stride_frames as u64);
        while self.steps_delivered < expected {
            for row in self.pulse.chunks_exact_mut(pulse_frames) {
                row[self.frames_in_pulse..].fill(0.0);
            }
            self.run(expected, &mut on_posterior)?;
        }
        Ok(())
    }

    pub(crate) fn reset(&mut self) -> Result<(), EngineError> {
        self.state = self.model.plan.spawn().map_err(|e| EngineError::engine(&e))?;
        self.frames_in_pulse = 0;
        self.frames = 0;
        self.steps_delivered = 0;
        self.to_skip = self.model.delay_steps;
        Ok(())
    }

    /// Runs one pulse and delivers its posteriors, up to a total of `most_steps`.
    fn run(&mut self, most_steps: u64, mut on_posterior: impl FnMut(&[f32])) -> Result<(), EngineError> {
        self.frames_in_pulse = 0;
        let outputs = self.run_pulse().map_err(|e| EngineError::engine(&e))?;
        let view =
            outputs.try_as_plain_ram().and_then(|ram| ram.to_array_view::<f32>().map(|v| v.to_owned()));
        let outputs = view.map_err(|e| EngineError::engine(&e))?;
        for column in outputs.index_axis(tract_onnx::prelude::tract_ndarray::Axis(0), 0).columns() {
            if self.to_skip > 0 {
                self.to_skip -= 1;
            } else if self.steps_delivered < most_steps {
                for (slot, &probability) in self.step.iter_mut().zip(column) {
                    *slot = probability;
                }
                self.steps_delivered += 1;
                on_posterior(&self.step);
            }
        }
        Ok(())
    }

    fn run_pulse(&mut self) -> tract_onnx::prelude::TractResult<Tensor> {
        let manifest = self.model.manifest();
        let shape = [1, manifest.front_end.coefficients, manifest.network.pulse_frames];
        let input = Tensor::from_shape(&shape, &self.pulse)?;
        let mut outputs = self.state.run(tvec!(input.into()))?;
        Ok(outputs.remove(0).into_tensor())
    }
}
