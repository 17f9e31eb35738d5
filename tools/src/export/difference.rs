//! What differs between two model files.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use polyspot::Manifest;
use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto};

use super::graph::HEAD_TENSORS;

/// Two models of one network: what differs in their numbers.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) operations: usize,
    pub(crate) tensors: Vec<TensorDifference>,
    /// Entries of the manifests that differ.
    pub(crate) manifest: Vec<String>,
}

/// How one initialiser differs.
#[derive(Debug)]
pub(crate) struct TensorDifference {
    pub(crate) name: String,
    /// Shapes in both.
    pub(crate) shapes: [Vec<i64>; 2],
    /// Values that differ, of all; `None` where the shapes do.
    pub(crate) changed: Option<(usize, usize)>,
    /// Largest absolute difference of a value.
    pub(crate) largest: f32,
}

/// Compares two model files.
///
/// # Errors
/// When a file is no model, or when their operations, attributes, order or shapes differ, except for the shapes of
/// the head, which has as many rows as the language has words.
pub(crate) fn difference(paths: [&Path; 2]) -> Result<Difference> {
    let [a, b] = [read(paths[0])?, read(paths[1])?];
    same_operations(&a.graph, &b.graph)?;
    let mut tensors = Vec::new();
    ensure!(
        a.graph.initializer.len() == b.graph.initializer.len(),
        "{} initialisers against {}",
        a.graph.initializer.len(),
        b.graph.initializer.len()
    );
    for (a, b) in a.graph.initializer.iter().zip(&b.graph.initializer) {
        tensors.push(tensor(a, b)?);
    }
    let (left, right) = (serde_json::to_value(&a.manifest)?, serde_json::to_value(&b.manifest)?);
    let keys = left.as_object().into_iter().chain(right.as_object()).flat_map(|object| object.keys());
    let mut manifest: Vec<String> = keys.filter(|key| left.get(key) != right.get(key)).cloned().collect();
    manifest.sort();
    manifest.dedup();
    Ok(Difference { operations: a.graph.node.len(), tensors, manifest })
}

struct File {
    graph: GraphProto,
    manifest: Manifest,
}

fn read(path: &Path) -> Result<File> {
    let model = polyspot::Model::from_path(path).with_context(|| format!("model {}", path.display()))?;
    Ok(File { graph: read_graph(path)?, manifest: model.manifest().clone() })
}

/// The graph of a model file.
pub(crate) fn read_graph(path: &Path) -> Result<GraphProto> {
    let refused = || format!("model {}", path.display());
    let bytes = super::read_model(path)?;
    ModelProto::decode(bytes.as_slice()).with_context(refused)?.graph.with_context(refused)
}

fn same_operations(a: &GraphProto, b: &GraphProto) -> Result<()> {
    for (index, (a, b)) in a.node.iter().zip(&b.node).enumerate() {
        let same = a.op_type == b.op_type
            && a.attribute == b.attribute
            && a.input == b.input
            && a.output == b.output;
        if !same {
            bail!(
                "operation {index} is {} {:?} in one model and {} {:?} in the other",
                a.op_type,
                a.name,
                b.op_type,
                b.name
            );
        }
    }
    ensure!(a.node.len() == b.node.len(), "{} operations against {}", a.node.len(), b.node.len());
    Ok(())
}

fn tensor(a: &TensorProto, b: &TensorProto) -> Result<TensorDifference> {
    ensure!(a.name == b.name, "initialiser {:?} stands where the other model has {:?}", a.name, b.name);
    let (name, shapes) = (a.name.clone(), [a.dims.clone(), b.dims.clone()]);
    if a.dims != b.dims {
        let of_head = HEAD_TENSORS.contains(&name.as_str());
        ensure!(
            of_head,
            "initialiser {name:?} has shape {:?} in one model and {:?} in the other",
            a.dims,
            b.dims
        );
        return Ok(TensorDifference { name, shapes, changed: None, largest: f32::NAN });
    }
    let values = |tensor: &TensorProto| -> Vec<f32> {
        tensor.raw_data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    };
    let pairs: Vec<(f32, f32)> = values(a).into_iter().zip(values(b)).collect();
    let changed = pairs.iter().filter(|(a, b)| a.to_bits() != b.to_bits()).count();
    let largest = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    Ok(TensorDifference { name, shapes, changed: Some((changed, pairs.len())), largest })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} operations, the same in the same order\n", self.operations)?;
        writeln!(f, "{:<28} {:>16} {:>18} {:>10}", "tensor", "shape", "values changed", "largest")?;
        for TensorDifference { name, shapes: [a, b], changed, largest } in &self.tensors {
            let shape = |dims: &[i64]| dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
            if let Some((changed, of)) = changed {
                let counts = format!("{changed} of {of}");
                writeln!(f, "{name:<28} {:>16} {counts:>18} {largest:>10.4}", shape(a))?;
            } else {
                let shapes = format!("{} | {}", shape(a), shape(b));
                writeln!(f, "{name:<28} {shapes:>16} {:>18} {:>10}", "other words", "–")?;
            }
        }
        let (changed, of) = self
            .tensors
            .iter()
            .filter_map(|tensor| tensor.changed)
            .fold((0, 0), |sum, (c, n)| (sum.0 + c, sum.1 + n));
        writeln!(f, "\n{changed} of {of} values in tensors of the same shape differ")?;
        write!(f, "manifest entries that differ: {}", self.manifest.join(", "))
    }
}
