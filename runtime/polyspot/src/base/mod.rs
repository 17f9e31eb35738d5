//! A base, and languages as changes to it.
//!
//! Base and adapter are ONNX files too. A base is a network whose normalisations stand apart and whose head is missing. An
//! adapter has no operations, only initialisers: whole ones (`initializer`) and single values by their positions
//! (`sparse_initializer`), and its language's whole manifest. Fused, they are the model file of the language, bit for bit.

mod change;
mod difference;
mod fold;

use std::path::Path;

use prost::bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::engine::{Program, kernel};
use crate::instructions::Instructions;
use crate::model::{Model, ModelError, copied, decode, decode_onnx, read, sha256};
use crate::onnx::check::check_nodes;
use crate::onnx::proto::{GraphProto, ModelProto, OperatorSetIdProto};
use crate::quote::shortened;

pub use fold::Normalisation;

/// The form's version that this library writes and reads.
const VERSION: u32 = 1;

/// A network that languages are changes to: immutable, to be kept as long as adapters are to be fused into it.
///
/// ```no_run
/// use polyspot::Base;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let base = Base::from_path("models/base.onnx")?;
/// let arabic = base.fuse(&std::fs::read("models/ar.adapter.onnx")?)?;
/// # Ok(())
/// # }
/// ```
///
/// Models of one base that are in use at the same time hold the weights in common that are equal.
pub struct Base {
    opset_import: Vec<OperatorSetIdProto>,
    graph: GraphProto,
    sha256: String,
    steps: kernel::KnownSteps,
}

/// What an adapter says of its base: the entry [`Base::ADAPTER_KEY`].
#[derive(Serialize, Deserialize)]
pub(crate) struct AdapterLink {
    version: u32,
    /// SHA-256 of the base's file.
    pub(crate) base_sha256: String,
}

/// What a base says of itself: the entry [`Base::KEY`].
#[derive(Deserialize)]
struct About {
    version: u32,
}

impl Base {
    /// Key of a base's entry among an ONNX file's `metadata_props`: `{"version":1}`.
    pub const KEY: &'static str = "polyspot.base";
    /// Key of an adapter's entry: `{"version":1,"base_sha256":…}`, the SHA-256 of the base's file in hexadecimal.
    pub const ADAPTER_KEY: &'static str = "polyspot.adapter";

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

    /// The same of bytes that need not be copied.
    pub(crate) fn of_file(bytes: &Bytes) -> Result<Self, ModelError> {
        let proto = decode_onnx(bytes)?;
        let about = proto.metadata(Self::KEY).ok_or(ModelError::NotABase)?;
        let About { version } = of_json(Self::KEY, about)?;
        check_version(Self::KEY, version)?;
        let graph = proto.graph.unwrap_or_default();
        check_nodes(&graph)?;
        let (opset_import, steps) = (proto.opset_import, kernel::KnownSteps::default());
        Ok(Self { opset_import, graph, sha256: sha256(bytes), steps })
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

    /// The same of bytes that need not be copied.
    pub(crate) fn fuse_file(&self, adapter: &Bytes) -> Result<Model, ModelError> {
        let (proto, manifest) = decode(adapter)?;
        let link = AdapterLink::of(&proto)?.ok_or(ModelError::NotAnAdapter)?;
        if link.base_sha256 != self.sha256 {
            return Err(ModelError::OtherBase { expected: link.base_sha256, found: self.sha256.clone() });
        }
        let mut graph = self.graph.clone();
        change::apply(&mut graph, proto.graph.unwrap_or_default())?;
        fold::fold(&mut graph)?;
        set_labels(&mut graph, manifest.labels.len());
        let opset_import = self.opset_import.clone();
        let fused = ModelProto { opset_import, graph: Some(graph), ..ModelProto::default() };
        Model::assemble(fused, manifest, sha256(adapter), |fused, _| {
            let graph = fused.graph.unwrap_or_default();
            let mut network =
                kernel::Network::new(&graph, Instructions::best()).map_err(ModelError::NotOfTheFamily)?;
            self.steps.share(&mut network);
            Ok(Program::Kernel(network))
        })
    }
}

impl AdapterLink {
    /// What an ONNX file says of its base, if it is an adapter.
    pub(crate) fn of(proto: &ModelProto) -> Result<Option<Self>, ModelError> {
        let Some(json) = proto.metadata(Base::ADAPTER_KEY) else { return Ok(None) };
        let link: Self = of_json(Base::ADAPTER_KEY, json)?;
        check_version(Base::ADAPTER_KEY, link.version)?;
        Ok(Some(link))
    }
}

fn of_json<'a, T: Deserialize<'a>>(key: &'static str, json: &'a str) -> Result<T, ModelError> {
    serde_json::from_str(json).map_err(|error| ModelError::Metadata {
        key,
        expected: format!("JSON of version {VERSION}"),
        found: shortened(format!("{json:?}: {error}")),
    })
}

fn check_version(key: &'static str, found: u32) -> Result<(), ModelError> {
    if found == VERSION {
        return Ok(());
    }
    Err(ModelError::Metadata {
        key,
        expected: format!("of version {VERSION}"),
        found: format!("version {found}"),
    })
}

/// A base leaves the number of labels open; each language has its own.
fn set_labels(graph: &mut GraphProto, labels: usize) {
    let shapes = graph
        .output
        .iter_mut()
        .filter_map(|output| output.r#type.as_mut()?.tensor_type.as_mut()?.shape.as_mut());
    for dim in shapes.filter_map(|shape| shape.dim.get_mut(1)) {
        dim.dim_value = Some(labels as i64);
        dim.dim_param = None;
    }
}
