//! tract's running state in one stream.

use std::sync::{Mutex, PoisonError};

use polyspot_core::stream::{EngineError, GeneralStream};
use tract_onnx::prelude::{IntoTensor, Tensor, TypedFact, TypedOp, tvec};
use tract_onnx::tract_core::plan::SimpleState;

use super::{Plan, error, guarded};

/// One stream's network.
pub(super) struct State {
    /// Used by one thread at a time, and never locked: it only makes the stream one that threads may share.
    engine: Mutex<SimpleState<TypedFact, Box<dyn TypedOp>>>,
    /// Outputs still to be dropped: they belong to the time before the stream.
    to_skip: usize,
    /// Numbers in a frame, and frames in a pulse.
    shape: [usize; 2],
    /// One step's posteriors.
    step: Vec<f32>,
}

impl State {
    /// A stream that has heard nothing.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub(super) fn new(plan: &Plan) -> Result<Self, EngineError> {
        let engine = guarded(|| plan.network.spawn())?;
        Ok(Self {
            engine: Mutex::new(engine),
            to_skip: plan.delay_steps,
            shape: plan.shape,
            step: Vec::new(),
        })
    }

    fn run_pulse(&mut self, frames: &[f32]) -> tract_onnx::prelude::TractResult<Tensor> {
        let [coefficients, pulse] = self.shape;
        let mut columns: Vec<f32> = Vec::with_capacity(frames.len());
        for coefficient in 0..coefficients {
            columns.extend(frames[coefficient..].iter().step_by(coefficients));
        }
        let input = Tensor::from_shape(&[1, coefficients, pulse], &columns)?;
        let mut outputs =
            self.engine.get_mut().unwrap_or_else(PoisonError::into_inner).run(tvec!(input.into()))?;
        Ok(outputs.remove(0).into_tensor())
    }
}

impl GeneralStream for State {
    fn run(&mut self, frames: &[f32], on_posterior: &mut dyn FnMut(&[f32])) -> Result<(), EngineError> {
        let [coefficients, pulse] = self.shape;
        for frames in frames.chunks_exact(coefficients * pulse) {
            let outputs = guarded(|| self.run_pulse(frames))?;
            let ram = outputs.try_as_plain_ram().map_err(|e| error(&e))?;
            let view = ram.to_array_view::<f32>().map_err(|e| error(&e))?;
            for column in view.index_axis(tract_onnx::prelude::tract_ndarray::Axis(0), 0).columns() {
                if self.to_skip > 0 {
                    self.to_skip -= 1;
                    continue;
                }
                self.step.clear();
                self.step.extend(column);
                on_posterior(&self.step);
            }
        }
        Ok(())
    }
}
