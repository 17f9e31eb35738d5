//! From the bytes of an ONNX file to a model: every check before it is accepted.

use std::io::Read;
use std::path::Path;

use prost::Message;
use sha2::{Digest, Sha256};

use super::{Model, ModelError};
use crate::engine::{Engine, Program, kernel};
use crate::manifest::Manifest;
use crate::onnx::check::check;
use crate::onnx::proto::{GraphProto, ModelProto};

impl Model {
    /// Largest model file accepted, in bytes: about a hundred times the size of a shipped model.
    pub const MAX_FILE_BYTES: u64 = 32 << 20;

    /// Reads a model file.
    ///
    /// Takes about a millisecond for a model of the family, up to a hundred for another: not to be called where audio is processed.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Model::from_bytes`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::from_bytes(&read(path.as_ref())?)
    }

    /// Makes a model from the bytes of an ONNX file, for the fastest engine that can run it.
    ///
    /// # Errors
    /// When the bytes are too many or no ONNX file, the manifest is missing, of another version or out of
    /// range, the network is of another form or at odds with the manifest, or no engine can run it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        Self::load(bytes, None)
    }

    /// Makes a model from the bytes of an ONNX file, for one engine.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and when this engine cannot run it.
    pub fn for_engine(bytes: &[u8], engine: Engine) -> Result<Self, ModelError> {
        Self::load(bytes, Some(engine))
    }

    fn load(bytes: &[u8], engine: Option<Engine>) -> Result<Self, ModelError> {
        let (proto, manifest) = decode(bytes)?;
        let extent = check(&proto, &manifest)?;
        let graph = proto.graph.unwrap_or_default();
        let program = program(bytes, &graph, &manifest, engine)?;
        let sha256 = format!("{:x}", Sha256::digest(bytes));
        Ok(Self {
            manifest,
            sha256,
            parameters: extent.parameters,
            context_frames: extent.context_frames,
            program,
        })
    }
}

/// The bytes of a model file, if they are not too many.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, even if it grows while it is read.
    std::fs::File::open(path)?.take(Model::MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Manifest {
    /// The manifest in the bytes of an ONNX file, whose network is not looked at.
    ///
    /// # Errors
    /// When the bytes are too many or no ONNX file, or the manifest is missing or refused.
    pub fn of_file(bytes: &[u8]) -> Result<Self, ModelError> {
        Ok(decode(bytes)?.1)
    }
}

fn decode(bytes: &[u8]) -> Result<(ModelProto, Manifest), ModelError> {
    if bytes.len() as u64 > Model::MAX_FILE_BYTES {
        return Err(ModelError::TooLarge { found: bytes.len() as u64, limit: Model::MAX_FILE_BYTES });
    }
    let proto = ModelProto::decode(bytes).map_err(|e| ModelError::NotOnnx(e.to_string()))?;
    let entry = proto.metadata_props.iter().find(|entry| entry.key == Manifest::KEY);
    let manifest = Manifest::from_json(&entry.ok_or(ModelError::NoManifest)?.value)?;
    Ok((proto, manifest))
}

/// The network, ready for the engine asked for, or for the first that can run it.
#[cfg_attr(not(feature = "tract"), expect(unused_variables, reason = "only tract reads the bytes"))]
fn program(
    bytes: &[u8],
    graph: &GraphProto,
    manifest: &Manifest,
    engine: Option<Engine>,
) -> Result<Program, ModelError> {
    #[cfg(feature = "tract")]
    if engine == Some(Engine::Tract) {
        return Ok(Program::Tract(crate::engine::tract::Plan::new(bytes, manifest)?));
    }
    match (kernel::Network::new(graph, manifest), engine) {
        (Ok(network), _) => Ok(Program::Kernel(network)),
        #[cfg(feature = "tract")]
        (Err(_), None) => Ok(Program::Tract(crate::engine::tract::Plan::new(bytes, manifest)?)),
        (Err(reason), _) => Err(ModelError::NotOfTheFamily(reason)),
    }
}
