//! What differs between two model files.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use polyspot::Manifest;
use polyspot::graph::{Graph, Tensor};

use super::graph::HEAD_TENSORS;
use super::onnx::read_graph;

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
    pub(crate) shapes: [Vec<usize>; 2],
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
    let [left, right] = [&a.graph.tensors, &b.graph.tensors];
    ensure!(left.len() == right.len(), "{} initialisers against {}", left.len(), right.len());
    let tensors = left.iter().zip(right).map(|(a, b)| tensor(a, b)).collect::<Result<Vec<_>>>()?;
    let (left, right) = (serde_json::to_value(&a.manifest)?, serde_json::to_value(&b.manifest)?);
    let keys = left.as_object().into_iter().chain(right.as_object()).flat_map(|object| object.keys());
    let mut manifest: Vec<String> = keys.filter(|key| left.get(key) != right.get(key)).cloned().collect();
    manifest.sort();
    manifest.dedup();
    Ok(Difference { operations: a.graph.nodes.len(), tensors, manifest })
}

struct File {
    graph: Graph,
    manifest: Manifest,
}

fn read(path: &Path) -> Result<File> {
    let model = polyspot::Model::from_path(path).with_context(|| format!("model {}", path.display()))?;
    Ok(File { graph: read_graph(path)?, manifest: model.manifest().clone() })
}

fn same_operations(a: &Graph, b: &Graph) -> Result<()> {
    let Some(index) = a.first_difference(b) else { return Ok(()) };
    let (Some(a), Some(b)) = (a.nodes.get(index), b.nodes.get(index)) else {
        bail!("{} operations against {}", a.nodes.len(), b.nodes.len());
    };
    let names = [a.operation.name(), b.operation.name()];
    bail!(
        "operation {index} is {} {:?} in one model and {} {:?} in the other",
        names[0],
        a.name,
        names[1],
        b.name
    );
}

fn tensor(a: &Tensor, b: &Tensor) -> Result<TensorDifference> {
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
    let pairs: Vec<(f32, f32)> = a.floats().iter().copied().zip(b.floats().iter().copied()).collect();
    let changed = pairs.iter().filter(|(a, b)| a.to_bits() != b.to_bits()).count();
    let largest = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    Ok(TensorDifference { name, shapes, changed: Some((changed, pairs.len())), largest })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} operations, the same in the same order\n", self.operations)?;
        writeln!(f, "{:<28} {:>16} {:>18} {:>10}", "tensor", "shape", "values changed", "largest")?;
        for TensorDifference { name, shapes: [a, b], changed, largest } in &self.tensors {
            let shape = |dims: &[usize]| dims.iter().map(ToString::to_string).collect::<Vec<_>>().join("×");
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
