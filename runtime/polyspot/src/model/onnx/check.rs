//! The form of network that polyspot runs, checked before the engine sees it.

use std::ops::RangeInclusive;

use super::bound::check_bounds;
use super::error::{GraphError, unsupported};
use super::proto::{FLOAT, GraphProto, INT64, ModelProto, TensorProto, ValueInfoProto};
use super::shapes::Shapes;
use crate::model::manifest::Manifest;

/// Operations of a causal temporal network. Everything else is refused, so that no file can make the engine
/// read other files, loop or branch.
const OPERATIONS: &[&str] =
    &["Add", "AveragePool", "Clip", "Conv", "Identity", "Mul", "Pad", "Relu", "Sigmoid", "Softmax", "Sub"];

/// Largest number of nodes accepted.
const MAX_NODES: usize = 500;

/// Versions of ONNX's operator set in which the operations above mean what they mean to both engines.
const OPERATOR_SETS: RangeInclusive<i64> = 13..=18;

/// What the check of a graph finds out.
pub(crate) struct Extent {
    /// Values in its initialisers.
    pub(crate) parameters: usize,
    /// Frames before a step's last one that its posterior can rest on.
    #[cfg_attr(not(any(test, feature = "tract")), expect(dead_code, reason = "the kernel tells its own"))]
    pub(crate) context_frames: usize,
    /// Multiply-accumulates for each frame, as engines pack them.
    #[cfg_attr(not(any(test, feature = "tract")), expect(dead_code, reason = "the kernel tells its own"))]
    pub(crate) macs_per_frame: f64,
}

/// Checks the graph against the form and its manifest.
pub(crate) fn check(proto: &ModelProto, manifest: &Manifest) -> Result<Extent, GraphError> {
    let graph = proto.graph.as_ref().ok_or_else(|| unsupported("graph", "present", "none"))?;
    check_nodes(graph)?;
    let sets: Vec<i64> =
        proto.opset_import.iter().filter(|set| is_onnx(&set.domain)).map(|set| set.version).collect();
    if !matches!(sets.as_slice(), [only] if OPERATOR_SETS.contains(only)) {
        return Err(unsupported("operator set", format!("one of {OPERATOR_SETS:?}"), format!("{sets:?}")));
    }
    for node in &graph.node {
        if !OPERATIONS.contains(&node.op_type.as_str()) || !is_onnx(&node.domain) {
            let found = format!("{:?} of domain {:?}", node.op_type, node.domain);
            return Err(unsupported("operations", format!("among {OPERATIONS:?} of ONNX"), found));
        }
    }
    if !graph.sparse_initializer.is_empty() {
        return Err(unsupported("initialisers", "dense", "sparse ones"));
    }
    check_value("input", &graph.free_inputs(), "coefficients", manifest.front_end.coefficients)?;
    check_value(
        "output",
        graph.output.iter().collect::<Vec<_>>().as_slice(),
        "labels",
        manifest.labels.len(),
    )?;
    let parameters = graph.initializer.iter().map(values).sum::<Result<_, _>>()?;
    let Shapes { context_frames, macs_per_frame, .. } = Shapes::infer(graph, manifest)?;
    check_bounds(graph, manifest)?;
    Ok(Extent { parameters, context_frames, macs_per_frame })
}

fn is_onnx(domain: &str) -> bool {
    ["", "ai.onnx"].contains(&domain)
}

/// Checks that there are not too many nodes.
pub(crate) fn check_nodes(graph: &GraphProto) -> Result<(), GraphError> {
    if graph.node.len() > MAX_NODES {
        return Err(unsupported("nodes", format!("at most {MAX_NODES}"), graph.node.len()));
    }
    Ok(())
}

/// Checks that there is one value of shape `[1, channels, time]`.
fn check_value(
    part: &str,
    found: &[&ValueInfoProto],
    channels_are: &str,
    channels: usize,
) -> Result<(), GraphError> {
    let &[only] = found else {
        return Err(unsupported(part, "one", found.len()));
    };
    let expected = format!("32-bit floats of shape [1, {channels} {channels_are}, any time]");
    let Some(tensor) = only.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()) else {
        return Err(unsupported(part, expected, "no tensor"));
    };
    let dims: Vec<Option<i64>> =
        tensor.shape.iter().flat_map(|shape| &shape.dim).map(|dim| dim.dim_value).collect();
    if tensor.elem_type != FLOAT || dims != [Some(1), Some(channels as i64), None] {
        let dims: Vec<String> =
            dims.iter().map(|d| d.map_or_else(|| "any".to_string(), |d| d.to_string())).collect();
        let found = format!("element type {} of shape [{}]", tensor.elem_type, dims.join(", "));
        return Err(unsupported(part, expected, found));
    }
    Ok(())
}

/// Checks an initialiser: its values must be in the file, of the number that its shape says, and numbers.
fn values(tensor: &TensorProto) -> Result<usize, GraphError> {
    let part = || format!("initialiser {:?}", tensor.name);
    if tensor.data_location != 0 || !tensor.external_data.is_empty() {
        return Err(unsupported(part(), "inside the model file", "a reference to another file"));
    }
    let is_finite = match tensor.data_type {
        FLOAT => tensor.floats().map(|values| values.iter().all(|value| value.is_finite())),
        INT64 => tensor.integers().map(|_| true),
        other => {
            return Err(unsupported(
                part(),
                "of 32-bit floats or 64-bit integers",
                format!("element type {other}"),
            ));
        }
    };
    match is_finite {
        Some(true) => Ok(tensor.count().unwrap_or(0)),
        Some(false) => Err(unsupported(part(), "of finite numbers", "others")),
        None => {
            let found = format!("{} bytes", tensor.raw_data.len() + 4 * tensor.float_data.len());
            Err(unsupported(part(), format!("as many values as its shape {:?}", tensor.dims), found))
        }
    }
}
