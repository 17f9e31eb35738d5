//! tract's running state in one stream.

use tract_onnx::prelude::{IntoTensor, Tensor, TypedFact, TypedOp, tvec};
use tract_onnx::tract_core::plan::SimpleState;

use super::{Plan, error, guarded};
use crate::engine::EngineError;
use crate::manifest::Manifest;

/// One stream's network.
pub(crate) struct State {
    engine: SimpleState<TypedFact, Box<dyn TypedOp>>,
    /// Outputs still to be dropped: they belong to the time before the stream.
    to_skip: usize,
    /// One step's posteriors.
    step: Vec<f32>,
}

impl State {
    /// A stream that has heard nothing.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub(crate) fn new(plan: &Plan) -> Result<Self, EngineError> {
        let engine = guarded(|| plan.plan.spawn())?;
        Ok(Self { engine, to_skip: plan.delay_steps, step: Vec::new() })
    }

    /// Takes frames `[n, coefficients]`, n a multiple of the pulse, and delivers the posteriors that the engine has then.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn run(
        &mut self,
        frames: &[f32],
        manifest: &Manifest,
        mut on_posterior: impl FnMut(&[f32]),
    ) -> Result<(), EngineError> {
        let (coefficients, pulse) = (manifest.front_end.coefficients, manifest.network.pulse_frames);
        for frames in frames.chunks_exact(coefficients * pulse) {
            let outputs = guarded(|| self.run_pulse(frames, [coefficients, pulse]))?;
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

    fn run_pulse(
        &mut self,
        frames: &[f32],
        [coefficients, pulse]: [usize; 2],
    ) -> tract_onnx::prelude::TractResult<Tensor> {
        let mut columns: Vec<f32> = Vec::with_capacity(frames.len());
        for coefficient in 0..coefficients {
            columns.extend(frames[coefficient..].iter().step_by(coefficients));
        }
        let input = Tensor::from_shape(&[1, coefficients, pulse], &columns)?;
        let mut outputs = self.engine.run(tvec!(input.into()))?;
        Ok(outputs.remove(0).into_tensor())
    }
}
