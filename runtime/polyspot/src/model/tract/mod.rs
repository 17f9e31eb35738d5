//! The general engine: any causal temporal network, turned into a stream by tract.

mod pool;
mod state;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use prost::Message;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, TractError, TractResult, TypedModel,
    TypedRunnableModel,
};
use tract_onnx::tract_core::plan::SimplePlan;
use tract_pulse::internal::{PulsedModel, PulsedModelExt, ToDim};

use polyspot_core::stream::{EngineError, GeneralEngine, GeneralStream, StreamSpec};

use super::error::ModelError;
use super::graph::{Graph, unsupported};
use super::onnx;

/// Most frames that a network may look ahead: the end of a stream is waited for so long.
const MAX_DELAY_FRAMES: usize = 1_000;

/// A network that takes a pulse of frames at a time.
pub(super) struct Plan {
    network: std::sync::Arc<TypedRunnableModel>,
    /// Posteriors that the engine delivers before the first one of the stream.
    delay_steps: usize,
    /// Numbers in a frame, and frames in a pulse.
    shape: [usize; 2],
}

impl GeneralEngine for Plan {
    fn start(&self) -> Result<Box<dyn GeneralStream>, EngineError> {
        Ok(Box::new(state::State::new(self)?))
    }
}

impl Plan {
    /// Turns a network that has been checked into one that keeps its state between pulses.
    ///
    /// tract is given what has been checked, not the file, which may hold more.
    ///
    /// # Errors
    /// When the engine cannot run it as a stream, or does not make of a pulse what the manifest says.
    pub(super) fn new(graph: &Graph, spec: &StreamSpec) -> Result<Self, ModelError> {
        let bytes = onnx::write(graph).encode_to_vec();
        guarded(|| {
            let proto = tract_onnx::onnx().proto_model_for_read(&mut Cursor::new(bytes))?;
            stream(&proto, spec)
        })
        .map_err(ModelError::Engine)?
    }
}

/// Runs something of tract, which panics on some graphs: that is an error like another.
///
/// Where panics abort, nothing can be caught: a program that is built so and opens strange models leaves tract out.
fn guarded<T>(run: impl FnOnce() -> TractResult<T>) -> Result<T, EngineError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(outcome) => outcome.map_err(|e| error(&e)),
        Err(_) => Err(EngineError::General("it panicked on this graph".into())),
    }
}

fn stream(proto: &ModelProto, spec: &StreamSpec) -> TractResult<Result<Plan, ModelError>> {
    let (coefficients, pulse) = (spec.front_end.coefficients, spec.network.pulse_frames);
    let mut model = tract_onnx::onnx().parse(proto, None)?.model;
    let time = model.symbols.sym("T");
    let input =
        InferenceFact::dt_shape(f32::datum_type(), [1.to_dim(), coefficients.to_dim(), time.to_dim()]);
    model.set_input_fact(0, input)?;
    model.set_output_fact(0, InferenceFact::default())?;
    let mut typed = model.into_typed()?.into_decluttered()?;
    pool::pad_apart(&mut typed)?;
    let streaming = PulsedModel::new(&typed, time, &pulse.to_dim())?.into_typed()?;
    let delay_steps = delay_steps(&streaming)?;
    if delay_steps.saturating_mul(spec.network.stride_frames) > MAX_DELAY_FRAMES {
        let expected = format!("at most {MAX_DELAY_FRAMES} frames");
        return Ok(Err(unsupported("delay", expected, format!("{delay_steps} steps")).into()));
    }
    let optimised = streaming.into_optimized()?;
    let shape = optimised.output_fact(0)?.shape.as_concrete().map(<[usize]>::to_vec);
    let expected = vec![1, spec.labels.len(), pulse / spec.network.stride_frames];
    if shape.as_ref() != Some(&expected) {
        let expected = format!("of shape {expected:?} [1, labels, posteriors] as its manifest says");
        let found = shape.map_or_else(|| "a shape that is not fixed".into(), |s| format!("{s:?}"));
        return Ok(Err(unsupported("output for one pulse", expected, found).into()));
    }
    Ok(Ok(Plan { network: SimplePlan::new(optimised)?, delay_steps, shape: [coefficients, pulse] }))
}

/// Posteriors that the engine delivers before the first one of the stream.
fn delay_steps(streaming: &TypedModel) -> TractResult<usize> {
    let delays = streaming
        .properties
        .get("pulse.delay")
        .ok_or_else(|| TractError::msg("the engine does not tell its delay"))?;
    let delays = delays.try_as_plain_ram()?;
    Ok(usize::try_from(delays.as_slice::<i64>()?[0])?)
}

/// From the engine's own error type, whose message with causes is kept but not its type.
fn error(error: &TractError) -> EngineError {
    EngineError::General(format!("{error:#}").into())
}
