//! From the bytes of an ONNX file to a model: every check before it is accepted.

use std::path::Path;

use polyspot_core::simd::Instructions;
use polyspot_core::stream::{StreamModel, StreamSpec};
use polyspot_core::{Network, NetworkDescription};
use prost::bytes::Bytes;

use super::engine::Engine;
use super::error::{BaseError, ModelError};
use super::file::{AdapterLink, MAX_FILE_BYTES, copied, decode, read, sha256};
use super::loaded::Model;
use super::manifest::Manifest;
use super::onnx::{GraphProto, ModelProto, check, lower};
#[cfg(feature = "tract")]
use super::tract;

/// A network made ready for one engine.
pub(super) enum Program {
    Kernel(Network),
    #[cfg(feature = "tract")]
    Tract(tract::Plan),
}

impl Model {
    /// Largest model file accepted, in bytes: about twenty-five times the size of a shipped model.
    pub const MAX_FILE_BYTES: u64 = MAX_FILE_BYTES;

    /// Reads a model file.
    ///
    /// Takes about a millisecond for a model of the family, up to a hundred for another: not to be called where audio is processed.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Model::from_bytes`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::load(&read(path.as_ref())?, None)
    }

    /// Makes a model from the bytes of an ONNX file, for the fastest engine that can run it.
    ///
    /// # Errors
    /// When the bytes are too many or no ONNX file, the manifest is missing, of another version or out of
    /// range, the network is of another form or at odds with the manifest, or no engine can run it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        Self::load(&copied(bytes)?, None)
    }

    /// Makes a model from the bytes of an ONNX file, for one engine.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and when this engine cannot run it.
    pub fn for_engine(bytes: &[u8], engine: Engine) -> Result<Self, ModelError> {
        Self::load(&copied(bytes)?, Some(engine))
    }

    /// Makes a model from the bytes of an ONNX file, for the kernel with a set of vector instructions: to compare them.
    ///
    /// # Errors
    /// As [`Model::for_engine`].
    pub fn with_instructions(bytes: &[u8], instructions: Instructions) -> Result<Self, ModelError> {
        let kernel = |proto: ModelProto| packed(&proto.graph.unwrap_or_default(), instructions);
        Self::make(&copied(bytes)?, |proto, _| kernel(proto).map(Program::Kernel))
    }

    /// What a model file says of its stream and its network, once it has been checked: for programs that carry a model without its
    /// file, such as firmware, which needs no more than the crate `polyspot-core`.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and when the network is not of the kernel's family.
    pub fn describe(bytes: &[u8]) -> Result<(StreamSpec, NetworkDescription), ModelError> {
        let (proto, manifest) = decode_model(&copied(bytes)?)?;
        check(&proto, &manifest)?;
        let description = lower(&proto.graph.unwrap_or_default()).map_err(ModelError::NotOfTheFamily)?;
        Ok((manifest.stream_spec(), description))
    }

    /// For one engine, or for the fastest that can run it.
    pub(super) fn load(bytes: &Bytes, engine: Option<Engine>) -> Result<Self, ModelError> {
        Self::make(bytes, |proto, manifest| program(proto, manifest, engine))
    }

    fn make(
        bytes: &Bytes,
        program: impl FnOnce(ModelProto, &Manifest) -> Result<Program, ModelError>,
    ) -> Result<Self, ModelError> {
        let (proto, manifest) = decode_model(bytes)?;
        Self::assemble(proto, manifest, sha256(bytes), program)
    }

    /// Makes a model of a graph once it has been checked.
    pub(super) fn assemble(
        proto: ModelProto,
        manifest: Manifest,
        sha256: String,
        program: impl FnOnce(ModelProto, &Manifest) -> Result<Program, ModelError>,
    ) -> Result<Self, ModelError> {
        let extent = check(&proto, &manifest)?;
        let spec = manifest.stream_spec();
        let (engine, stream) = match program(proto, &manifest)? {
            Program::Kernel(network) => (Engine::Kernel, StreamModel::new(spec, network)?),
            #[cfg(feature = "tract")]
            Program::Tract(plan) => {
                let (context_frames, macs_per_frame) = (extent.context_frames, extent.macs_per_frame);
                let plan = Box::new(plan);
                (Engine::Tract, StreamModel::with_engine(spec, plan, context_frames, macs_per_frame)?)
            }
        };
        Ok(Self { manifest, sha256, parameters: extent.parameters, engine, stream })
    }
}

/// A model file, which is no adapter.
fn decode_model(bytes: &Bytes) -> Result<(ModelProto, Manifest), ModelError> {
    let (proto, manifest) = decode(bytes)?;
    match AdapterLink::of(&proto)? {
        None => Ok((proto, manifest)),
        Some(link) => Err(BaseError::IsAdapter { base_sha256: link.base_sha256 }.into()),
    }
}

/// A graph packed for the kernel.
pub(super) fn packed(graph: &GraphProto, instructions: Instructions) -> Result<Network, ModelError> {
    let network = lower(graph)
        .and_then(|description| Network::new(&description, instructions).map_err(|error| error.to_string()));
    network.map_err(ModelError::NotOfTheFamily)
}

/// The network, ready for the engine asked for, or for the first that can run it.
#[cfg_attr(
    not(feature = "tract"),
    expect(
        unused_variables,
        clippy::needless_pass_by_value,
        reason = "tract needs the manifest, and the graph as its own"
    )
)]
fn program(proto: ModelProto, manifest: &Manifest, engine: Option<Engine>) -> Result<Program, ModelError> {
    if engine == Some(Engine::Tract) {
        #[cfg(feature = "tract")]
        return Ok(Program::Tract(tract::Plan::new(proto, manifest)?));
        #[cfg(not(feature = "tract"))]
        return Err(ModelError::NoEngine(Engine::Tract));
    }
    let graph = proto.graph.as_ref().ok_or_else(|| ModelError::NotOfTheFamily("there is no graph".into()));
    match (graph.and_then(|graph| packed(graph, Instructions::best())), engine) {
        (Ok(network), _) => Ok(Program::Kernel(network)),
        #[cfg(feature = "tract")]
        (Err(_), None) => Ok(Program::Tract(tract::Plan::new(proto, manifest)?)),
        (Err(error), _) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check bounds what any engine needs, the kernel tells what it does itself: catching up after a swap must take the same time
    /// by either.
    #[test]
    fn a_shipped_network_costs_what_its_check_says() {
        for language in ["ar", "en", "zh"] {
            let path = format!("{}/../../models/{language}.onnx", env!("CARGO_MANIFEST_DIR"));
            let (proto, manifest) = decode(&read(Path::new(&path)).unwrap()).unwrap();
            let extent = check(&proto, &manifest).unwrap();
            let network = packed(&proto.graph.unwrap(), Instructions::best()).unwrap();
            assert_eq!(network.context_frames(), extent.context_frames, "{language}");
            assert_eq!(network.macs_per_frame(), extent.macs_per_frame, "{language}");
        }
    }
}
