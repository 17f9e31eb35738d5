//! A base, and languages as changes to it.
//!
//! Base and adapter are ONNX files too. A base is a network whose normalisations stand apart and whose head is missing. An
//! adapter has no operations, only initialisers: whole ones (`initializer`) and single values by their positions
//! (`sparse_initializer`), and its language's whole manifest. Fused, they are the model file of the language, bit for bit.

mod change;
mod difference;
mod fold;
mod weight_cache;

use std::fmt;
use std::path::Path;

use polyspot_core::simd::Instructions;
use polyspot_core::stream::StreamModel;
use prost::bytes::Bytes;
use serde::Deserialize;

use super::error::{ADAPTER_KEY, BASE_KEY, BaseError, ModelError};
use super::file::{
    AdapterLink, check_version, copied, decode, decode_onnx, metadata_from_json, read, sha256,
};
use super::graph::Graph;
use super::load::packed;
use super::loaded::Model;
use super::onnx;
use weight_cache::WeightCache;

pub use fold::Normalisation;

/// A network that languages are changes to: immutable, to be kept as long as adapters are to be fused into it.
///
/// ```no_run
/// use polyspot::Base;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let base = Base::from_path("languages/base.onnx")?;
/// let mandarin = base.fuse(&std::fs::read("languages/zh.onnx")?)?;
/// # Ok(())
/// # }
/// ```
///
/// Models of one base that are in use at the same time hold the weights in common that are equal.
pub struct Base {
    graph: Graph,
    sha256: String,
    weights: WeightCache,
}

/// What a base says of itself: the entry [`Base::KEY`].
#[derive(Deserialize)]
struct About {
    version: u32,
}

impl Base {
    /// Key of a base's entry among an ONNX file's `metadata_props`: `{"version":1}`.
    pub const KEY: &'static str = BASE_KEY;
    /// Key of an adapter's entry: `{"version":1,"base_sha256":…}`, the SHA-256 of the base's file in hexadecimal.
    pub const ADAPTER_KEY: &'static str = ADAPTER_KEY;

    /// Reads a base file.
    ///
    /// # Errors
    /// When the file cannot be read, and as [`Base::from_bytes`].
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        Self::of_file(&read(path.as_ref())?)
    }

    /// Makes a base from the bytes of its file.
    ///
    /// # Errors
    /// When the bytes are too many, no ONNX file, or no base of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        Self::of_file(&copied(bytes)?)
    }

    /// A base of a file's bytes, which need not be copied.
    pub(super) fn of_file(bytes: &Bytes) -> Result<Self, ModelError> {
        let proto = decode_onnx(bytes)?;
        let about = proto.metadata(Self::KEY).ok_or(BaseError::NotABase)?;
        let About { version } = metadata_from_json(Self::KEY, about)?;
        check_version(Self::KEY, version)?;
        let (graph, weights) = (onnx::read(&proto)?, WeightCache::default());
        Ok(Self { graph, sha256: sha256(bytes), weights })
    }

    /// SHA-256 of the base's file, in hexadecimal: adapters name their base by it.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The model of an adapter's language: equal to the one of its fused model file, bit for bit.
    ///
    /// Takes about as long as reading the fused file.
    ///
    /// # Errors
    /// When the bytes are no adapter or one of another base, a change does not fit, or what comes of it is no model of the
    /// kernel's family ([`Engine::Kernel`](crate::Engine::Kernel)).
    pub fn fuse(&self, adapter: &[u8]) -> Result<Model, ModelError> {
        self.fuse_file(&copied(adapter)?)
    }

    /// The model of an adapter's bytes, which need not be copied.
    pub(super) fn fuse_file(&self, adapter: &Bytes) -> Result<Model, ModelError> {
        let (proto, manifest) = decode(adapter)?;
        let link = AdapterLink::of(&proto)?.ok_or(BaseError::NotAnAdapter)?;
        if link.base_sha256 != self.sha256 {
            let found = self.sha256.clone();
            return Err(BaseError::OtherBase { expected: link.base_sha256, found }.into());
        }
        let mut graph = self.graph.clone();
        change::apply(&mut graph, proto.graph.unwrap_or_default())?;
        fold::fold(&mut graph)?;
        graph.labels = Some(manifest.labels.len());
        Model::assemble(&graph, manifest, sha256(adapter), |shapes, spec| {
            let mut network = packed(&graph, shapes, Instructions::best())?;
            self.weights.share(&mut network);
            Ok(StreamModel::new(spec, network)?)
        })
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}
