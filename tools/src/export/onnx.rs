//! Graphs in files: models and bases.

use std::path::Path;

use anyhow::{Context, Result};
use polyspot::graph::Graph;
use polyspot::{Base, Manifest, Model};

use super::graph::HEAD_TENSORS;

/// What writes the files.
const PRODUCER: [&str; 2] = ["polyspot-tools", env!("CARGO_PKG_VERSION")];

/// The bytes of a model file.
pub(super) fn encode(graph: &Graph, manifest: &Manifest) -> Result<Vec<u8>> {
    Ok(graph.to_onnx(PRODUCER, [Manifest::KEY, &manifest.to_json()?]))
}

/// The bytes of a base file: what [`Base`] reads. The head is left to the languages.
pub(super) fn encode_base(mut graph: Graph) -> Vec<u8> {
    graph.leave_open(&HEAD_TENSORS);
    graph.to_onnx(PRODUCER, [Base::KEY, r#"{"version":1}"#])
}

/// The graph of a model file, of any size that the runtime reads.
pub(crate) fn read_graph(path: &Path) -> Result<Graph> {
    Graph::from_onnx(&read_model(path)?).with_context(|| format!("model {}", path.display()))
}

/// The bytes of a model file, of any size that the runtime reads.
pub(crate) fn read_model(path: &Path) -> Result<Vec<u8>> {
    polyspot_files::read(path, Model::MAX_FILE_BYTES).with_context(|| format!("model {}", path.display()))
}
