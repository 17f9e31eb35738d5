//! From the bytes of an ONNX file to a model: every check before it is accepted.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, TractError, TractResult, TypedModel,
    TypedRunnableModel,
};
use tract_onnx::tract_core::plan::SimplePlan;
use tract_pulse::internal::{PulsedModel, PulsedModelExt, ToDim};

use super::{EngineError, Model, ModelError, graph, pool};
use crate::manifest::Manifest;

impl Model {
    /// Largest model file accepted, in bytes: about a hundred times the size of a shipped model.
    pub const MAX_FILE_BYTES: u64 = 32 << 20;

    /// Reads a model file.
    ///
    /// Takes some ten to a hundred milliseconds: not to be called where audio is processed.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Model::from_bytes`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let mut bytes = Vec::new();
        // One byte more than allowed tells a file that is too large, even if it grows while it is read.
        std::fs::File::open(path)?.take(Self::MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Self::from_bytes(&bytes)
    }

    /// Makes a model from the bytes of an ONNX file.
    ///
    /// # Errors
    /// When the bytes are too many or no ONNX file, the manifest is missing, of another version or out of
    /// range, the network is of another form or at odds with the manifest, or the engine cannot run it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() as u64 > Self::MAX_FILE_BYTES {
            return Err(ModelError::TooLarge { found: bytes.len() as u64, limit: Self::MAX_FILE_BYTES });
        }
        let proto = tract_onnx::onnx()
            .proto_model_for_read(&mut std::io::Cursor::new(bytes))
            .map_err(|e| ModelError::NotOnnx(format!("{e:#}")))?;
        let manifest = read_manifest(&proto)?;
        let parameters = graph::check(&proto, &manifest)?;
        let (plan, delay_steps) =
            stream_plan(&proto, &manifest).map_err(|e| ModelError::Engine(EngineError::engine(&e)))??;
        let sha256 = format!("{:x}", Sha256::digest(bytes));
        Ok(Self { manifest, sha256, parameters, plan, delay_steps })
    }
}

fn read_manifest(proto: &ModelProto) -> Result<Manifest, ModelError> {
    let entry = proto.metadata_props.iter().find(|entry| entry.key == Manifest::KEY);
    Ok(Manifest::from_json(&entry.ok_or(ModelError::NoManifest)?.value)?)
}

type Plan = std::sync::Arc<TypedRunnableModel>;

/// Turns the network into one that takes a pulse of frames at a time and keeps its state between pulses.
fn stream_plan(proto: &ModelProto, manifest: &Manifest) -> TractResult<Result<(Plan, usize), ModelError>> {
    let (coefficients, pulse) = (manifest.front_end.coefficients, manifest.network.pulse_frames);
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
    let optimised = streaming.into_optimized()?;
    let shape = optimised.output_fact(0)?.shape.as_concrete().map(<[usize]>::to_vec);
    let expected = vec![1, manifest.labels.len(), pulse / manifest.network.stride_frames];
    if shape.as_ref() != Some(&expected) {
        return Ok(Err(ModelError::Graph {
            part: "output for one pulse".into(),
            expected: format!("of shape {expected:?} [1, labels, posteriors] as its manifest says"),
            found: shape.map_or_else(|| "a shape that is not fixed".into(), |s| format!("{s:?}")),
        }));
    }
    Ok(Ok((SimplePlan::new(optimised)?, delay_steps)))
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
