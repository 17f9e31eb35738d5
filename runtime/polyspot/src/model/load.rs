//! From the bytes of an ONNX file to a model: every check before it is accepted.

use std::path::Path;

use polyspot_core::simd::Instructions;
use polyspot_core::stream::{StreamModel, StreamSpec};
use polyspot_core::{Network, NetworkDescription};
use prost::Message;
use prost::bytes::Bytes;

use super::engine::Engine;
use super::error::{BaseError, ModelError};
use super::file::{AdapterLink, MAX_FILE_BYTES, copied, decode, read, sha256};
use super::graph::{Graph, Shapes, lower};
use super::loaded::Model;
use super::manifest::Manifest;
use super::onnx;
#[cfg(feature = "tract")]
use super::tract;

impl Model {
    /// Largest model file accepted, in bytes: about seven times the size of a shipped model.
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
        let bytes = copied(bytes)?;
        let (graph, manifest) = decode_model(&bytes)?;
        Self::assemble(&graph, manifest, sha256(&bytes), |shapes, spec| {
            Ok(StreamModel::new(spec, packed(&graph, shapes, instructions)?)?)
        })
    }

    /// What a model file says of its stream and its network, once it has been checked: for programs that carry a model without its
    /// file, such as firmware, which needs no more than the crate `polyspot-core`.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and when the network is not of the kernel's family.
    pub fn describe(bytes: &[u8]) -> Result<(StreamSpec, NetworkDescription), ModelError> {
        let (graph, manifest) = decode_model(&copied(bytes)?)?;
        Ok((manifest.stream_spec(), described(&graph, &manifest)?))
    }

    /// A model file's bytes with another manifest: everything else in it stays.
    ///
    /// # Errors
    /// When the bytes are no model file, or the manifest cannot be written.
    pub fn replace_manifest(bytes: &[u8], manifest: &Manifest) -> Result<Vec<u8>, ModelError> {
        let (mut proto, _) = decode(&copied(bytes)?)?;
        proto.set_metadata(Manifest::KEY, manifest.to_json()?);
        Ok(proto.encode_to_vec())
    }

    /// For one engine, or for the fastest that can run it.
    pub(super) fn load(bytes: &Bytes, engine: Option<Engine>) -> Result<Self, ModelError> {
        let (graph, manifest) = decode_model(bytes)?;
        Self::assemble(&graph, manifest, sha256(bytes), |shapes, spec| run_by(&graph, shapes, spec, engine))
    }

    /// Makes a model of a graph once it has been checked.
    pub(super) fn assemble(
        graph: &Graph,
        manifest: Manifest,
        sha256: String,
        make: impl FnOnce(&Shapes, StreamSpec) -> Result<StreamModel, ModelError>,
    ) -> Result<Self, ModelError> {
        let shapes = graph.check(&manifest)?;
        let stream = make(&shapes, manifest.stream_spec())?;
        Ok(Self { manifest, sha256, parameters: graph.parameters(), stream })
    }
}

/// The network of a model file, which is no adapter, with its manifest.
fn decode_model(bytes: &Bytes) -> Result<(Graph, Manifest), ModelError> {
    let (proto, manifest) = decode(bytes)?;
    match AdapterLink::of(&proto)? {
        None => Ok((onnx::read(&proto)?, manifest)),
        Some(link) => Err(BaseError::IsAdapter { base_sha256: link.base_sha256 }.into()),
    }
}

/// The layers of a graph that has been checked against its manifest.
pub(super) fn described(graph: &Graph, manifest: &Manifest) -> Result<NetworkDescription, ModelError> {
    lower(graph, &graph.check(manifest)?).map_err(ModelError::NotOfTheFamily)
}

/// A graph packed for the kernel.
pub(super) fn packed(
    graph: &Graph,
    shapes: &Shapes,
    instructions: Instructions,
) -> Result<Network, ModelError> {
    let network = lower(graph, shapes)
        .and_then(|description| Network::new(&description, instructions).map_err(|error| error.to_string()));
    network.map_err(ModelError::NotOfTheFamily)
}

/// The network, ready for the engine asked for, or for the first that can run it.
fn run_by(
    graph: &Graph,
    shapes: &Shapes,
    spec: StreamSpec,
    engine: Option<Engine>,
) -> Result<StreamModel, ModelError> {
    if engine == Some(Engine::Tract) {
        return by_tract(graph, shapes, spec);
    }
    match packed(graph, shapes, Instructions::best()) {
        Ok(network) => Ok(StreamModel::new(spec, network)?),
        Err(_) if engine.is_none() && cfg!(feature = "tract") => by_tract(graph, shapes, spec),
        Err(error) => Err(error),
    }
}

#[cfg(feature = "tract")]
fn by_tract(graph: &Graph, shapes: &Shapes, spec: StreamSpec) -> Result<StreamModel, ModelError> {
    let plan = tract::Plan::new(graph, &spec)?;
    Ok(StreamModel::with_engine(spec, Box::new(plan), shapes.cost)?)
}

#[cfg(not(feature = "tract"))]
fn by_tract(_: &Graph, _: &Shapes, _: StreamSpec) -> Result<StreamModel, ModelError> {
    Err(ModelError::NoEngine(Engine::Tract))
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
            let (graph, manifest) = decode_model(&read(Path::new(&path)).unwrap()).unwrap();
            let shapes = graph.check(&manifest).unwrap();
            let network = packed(&graph, &shapes, Instructions::best()).unwrap();
            assert_eq!(network.cost(), shapes.cost, "{language}");
        }
    }
}
