//! From the bytes of an ONNX file to a model: every check before it is accepted.

use std::io::ErrorKind;
use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Model, ModelError};
use crate::base::{AdapterLink, Base};
use crate::engine::{Engine, Program, kernel};
use crate::instructions::Instructions;
use crate::manifest::Manifest;
use crate::onnx::census::parts;
use crate::onnx::check::{Extent, check};
use crate::onnx::proto::ModelProto;
use crate::quote::shortened;

/// Most fields of all messages in a file: twenty times those of a shipped model.
const MAX_PARTS: usize = 20_000;

impl Model {
    /// Largest model file accepted, in bytes: about twenty-five times the size of a shipped model.
    pub const MAX_FILE_BYTES: u64 = 8 << 20;

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
        Self::make(&copied(bytes)?, |proto, _| {
            let network = kernel::Network::new(&proto.graph.unwrap_or_default(), instructions);
            network.map(Program::Kernel).map_err(ModelError::NotOfTheFamily)
        })
    }

    /// For one engine, or for the fastest that can run it.
    pub(crate) fn load(bytes: &Bytes, engine: Option<Engine>) -> Result<Self, ModelError> {
        Self::make(bytes, |proto, manifest| program(proto, manifest, engine))
    }

    fn make(
        bytes: &Bytes,
        program: impl FnOnce(ModelProto, &Manifest) -> Result<Program, ModelError>,
    ) -> Result<Self, ModelError> {
        let (proto, manifest) = decode(bytes)?;
        if let Some(link) = AdapterLink::of(&proto)? {
            return Err(ModelError::IsAdapter { base_sha256: link.base_sha256 });
        }
        Self::assemble(proto, manifest, sha256(bytes), program)
    }

    /// Makes a model of a graph once it has been checked.
    pub(crate) fn assemble(
        proto: ModelProto,
        manifest: Manifest,
        sha256: String,
        program: impl FnOnce(ModelProto, &Manifest) -> Result<Program, ModelError>,
    ) -> Result<Self, ModelError> {
        let Extent { parameters, context_frames, macs_per_frame } = check(&proto, &manifest)?;
        let program = program(proto, &manifest)?;
        Ok(Self { manifest, sha256, parameters, context_frames, macs_per_frame, program })
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The bytes of a model file, if they have the SHA-256 that is wanted: nobody looks into others.
pub(crate) fn read_pinned(path: &Path, expected: Option<&str>) -> Result<Bytes, ModelError> {
    let bytes = read(path)?;
    if let Some(expected) = expected {
        let found = sha256(&bytes);
        if !found.eq_ignore_ascii_case(expected) {
            return Err(ModelError::OtherFile { expected: expected.to_owned(), found });
        }
    }
    Ok(bytes)
}

/// The bytes of a model file: a regular one, of not too many.
pub(crate) fn read(path: &Path) -> Result<Bytes, ModelError> {
    let limit = Model::MAX_FILE_BYTES;
    match polyspot_files::read(path, limit) {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            Err(ModelError::TooLarge { found: limit + 1, limit })
        }
        Err(error) => Err(error.into()),
    }
}

/// Bytes of someone else, if they are not too many.
pub(crate) fn copied(bytes: &[u8]) -> Result<Bytes, ModelError> {
    check_size(bytes)?;
    Ok(Bytes::copy_from_slice(bytes))
}

fn check_size(bytes: &[u8]) -> Result<(), ModelError> {
    let (found, limit) = (bytes.len() as u64, Model::MAX_FILE_BYTES);
    if found > limit { Err(ModelError::TooLarge { found, limit }) } else { Ok(()) }
}

/// An ONNX file of an acceptable size.
pub(crate) fn decode_onnx(bytes: &Bytes) -> Result<ModelProto, ModelError> {
    check_size(bytes)?;
    let parts = parts(bytes);
    if parts > MAX_PARTS {
        return Err(ModelError::TooManyParts { found: parts, limit: MAX_PARTS });
    }
    ModelProto::decode(bytes.clone()).map_err(|e| ModelError::NotOnnx(shortened(e.to_string())))
}

/// An ONNX file with a manifest: a model or an adapter.
pub(crate) fn decode(bytes: &Bytes) -> Result<(ModelProto, Manifest), ModelError> {
    let proto = decode_onnx(bytes)?;
    match proto.metadata(Manifest::KEY) {
        Some(json) => {
            let manifest = Manifest::from_json(json)?;
            Ok((proto, manifest))
        }
        None if proto.metadata(Base::KEY).is_some() => Err(ModelError::IsBase),
        None => Err(ModelError::NoManifest),
    }
}

/// The network, ready for the engine asked for, or for the first that can run it.
#[cfg_attr(not(feature = "tract"), expect(unused_variables, reason = "only tract needs the manifest"))]
fn program(proto: ModelProto, manifest: &Manifest, engine: Option<Engine>) -> Result<Program, ModelError> {
    #[cfg(feature = "tract")]
    if engine == Some(Engine::Tract) {
        return Ok(Program::Tract(crate::engine::tract::Plan::new(proto, manifest)?));
    }
    let network = proto.graph.as_ref().ok_or_else(|| "there is no graph".into());
    match (network.and_then(|graph| kernel::Network::new(graph, Instructions::best())), engine) {
        (Ok(network), _) => Ok(Program::Kernel(network)),
        #[cfg(feature = "tract")]
        (Err(_), None) => Ok(Program::Tract(crate::engine::tract::Plan::new(proto, manifest)?)),
        (Err(reason), _) => Err(ModelError::NotOfTheFamily(reason)),
    }
}
