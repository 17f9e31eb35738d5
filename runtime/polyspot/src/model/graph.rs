//! The form of network that polyspot runs, checked before the engine sees it.

use tract_onnx::pb::{GraphProto, ModelProto, TensorProto, ValueInfoProto, tensor_shape_proto, type_proto};

use super::{Model, ModelError};
use crate::manifest::Manifest;

/// Operations of a causal temporal network. Everything else is refused, so that no file can make the engine
/// read other files, loop or branch.
const OPERATIONS: &[&str] =
    &["Add", "AveragePool", "Clip", "Conv", "Identity", "Mul", "Pad", "Relu", "Sigmoid", "Softmax", "Sub"];

/// ONNX's number for 32-bit floats.
const FLOAT: i32 = 1;

/// Largest number of nodes accepted.
const MAX_NODES: usize = 2_000;

/// Checks the graph against the form and its manifest; gives the number of parameters.
pub(super) fn check(proto: &ModelProto, manifest: &Manifest) -> Result<usize, ModelError> {
    let graph = proto.graph.as_ref().ok_or_else(|| odd("graph", "present", "none"))?;
    if graph.node.len() > MAX_NODES {
        return Err(odd("nodes", format!("at most {MAX_NODES}"), graph.node.len()));
    }
    for node in &graph.node {
        if !OPERATIONS.contains(&node.op_type.as_str()) || !["", "ai.onnx"].contains(&node.domain.as_str()) {
            return Err(odd("operations", format!("among {OPERATIONS:?}"), format!("{:?}", node.op_type)));
        }
    }
    check_value("input", inputs(graph).as_slice(), "coefficients", manifest.front_end.coefficients)?;
    check_value(
        "output",
        graph.output.iter().collect::<Vec<_>>().as_slice(),
        "labels",
        manifest.labels.len(),
    )?;
    graph.initializer.iter().map(values).sum()
}

/// The inputs that are no initialisers.
fn inputs(graph: &GraphProto) -> Vec<&ValueInfoProto> {
    graph.input.iter().filter(|input| graph.initializer.iter().all(|i| i.name != input.name)).collect()
}

/// Checks that there is one value of shape `[1, channels, time]`.
fn check_value(
    part: &str,
    found: &[&ValueInfoProto],
    channels_are: &str,
    channels: usize,
) -> Result<(), ModelError> {
    let &[only] = found else {
        return Err(odd(part, "one", found.len()));
    };
    let expected = format!("32-bit floats of shape [1, {channels} {channels_are}, any time]");
    let Some(type_proto::Value::TensorType(tensor)) = only.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return Err(odd(part, expected, "no tensor"));
    };
    let dims: Vec<Option<i64>> =
        tensor.shape.iter().flat_map(|shape| &shape.dim).map(fixed_dimension).collect();
    if tensor.elem_type != FLOAT || dims != [Some(1), Some(channels as i64), None] {
        let dims: Vec<String> =
            dims.iter().map(|d| d.map_or_else(|| "any".to_string(), |d| d.to_string())).collect();
        let found = format!("element type {} of shape [{}]", tensor.elem_type, dims.join(", "));
        return Err(odd(part, expected, found));
    }
    Ok(())
}

fn fixed_dimension(dim: &tensor_shape_proto::Dimension) -> Option<i64> {
    match dim.value {
        Some(tensor_shape_proto::dimension::Value::DimValue(n)) => Some(n),
        _ => None,
    }
}

/// Number of values in an initialiser, which must be in the file itself.
fn values(tensor: &TensorProto) -> Result<usize, ModelError> {
    let part = || format!("initialiser {:?}", tensor.name);
    if tensor.data_location.is_some_and(|location| location != 0) || !tensor.external_data.is_empty() {
        return Err(odd(part(), "inside the model file", "a reference to another file"));
    }
    tensor
        .dims
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(usize::try_from(dim).ok()?))
        .filter(|&count| count as u64 <= Model::MAX_FILE_BYTES)
        .ok_or_else(|| odd(part(), "of a possible shape", format!("{:?}", tensor.dims)))
}

#[expect(clippy::needless_pass_by_value, reason = "most values found are made for the message")]
fn odd(part: impl Into<String>, expected: impl Into<String>, found: impl ToString) -> ModelError {
    ModelError::Graph { part: part.into(), expected: expected.into(), found: found.to_string() }
}
