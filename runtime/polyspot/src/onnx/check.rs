//! The form of network that polyspot runs, checked before the engine sees it.

use super::proto::{FLOAT, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use crate::manifest::Manifest;
use crate::model::{Model, ModelError};

/// Operations of a causal temporal network. Everything else is refused, so that no file can make the engine
/// read other files, loop or branch.
const OPERATIONS: &[&str] =
    &["Add", "AveragePool", "Clip", "Conv", "Identity", "Mul", "Pad", "Relu", "Sigmoid", "Softmax", "Sub"];

/// Largest number of nodes accepted.
const MAX_NODES: usize = 2_000;

/// Most frames that a posterior may rest on: ten minutes. More would make the state of a stream huge.
const MAX_CONTEXT_FRAMES: usize = 60_000;

/// What the check of a graph finds out.
pub(crate) struct Extent {
    /// Values in its initialisers.
    pub(crate) parameters: usize,
    /// Frames before a step's last one that its posterior can rest on.
    pub(crate) context_frames: usize,
}

/// Checks the graph against the form and its manifest.
pub(crate) fn check(proto: &ModelProto, manifest: &Manifest) -> Result<Extent, ModelError> {
    let graph = proto.graph.as_ref().ok_or_else(|| odd("graph", "present", "none"))?;
    check_nodes(graph)?;
    for node in &graph.node {
        if !OPERATIONS.contains(&node.op_type.as_str()) || !["", "ai.onnx"].contains(&node.domain.as_str()) {
            return Err(odd("operations", format!("among {OPERATIONS:?}"), format!("{:?}", node.op_type)));
        }
    }
    if !graph.sparse_initializer.is_empty() {
        return Err(odd("initialisers", "dense", "sparse ones"));
    }
    check_value("input", &graph.free_inputs(), "coefficients", manifest.front_end.coefficients)?;
    check_value(
        "output",
        graph.output.iter().collect::<Vec<_>>().as_slice(),
        "labels",
        manifest.labels.len(),
    )?;
    Ok(Extent {
        parameters: graph.initializer.iter().map(values).sum::<Result<_, _>>()?,
        context_frames: context_frames(graph)?,
    })
}

/// Checks that there are not too many nodes.
pub(crate) fn check_nodes(graph: &GraphProto) -> Result<(), ModelError> {
    if graph.node.len() > MAX_NODES {
        return Err(odd("nodes", format!("at most {MAX_NODES}"), graph.node.len()));
    }
    Ok(())
}

/// Frames that the graph can look back over, as if its operations were all in one row: at least as many as it does.
fn context_frames(graph: &GraphProto) -> Result<usize, ModelError> {
    let one = |node: &NodeProto, name| {
        node.over_time(name, 1).and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0)
    };
    let (mut frames, mut stride) = (0usize, 1usize);
    for node in &graph.node {
        if !["Conv", "AveragePool"].contains(&node.op_type.as_str()) {
            continue;
        }
        let context = (|| {
            let taps = node.ints("kernel_shape").and_then(|taps| taps.first().copied());
            let taps = usize::try_from(taps.or_else(|| taps_of_weights(graph, node))?).ok()?.max(1);
            let dilation = one(node, "dilations")?;
            let frames = frames.checked_add((taps - 1).checked_mul(dilation)?.checked_mul(stride)?)?;
            Some((frames, stride.checked_mul(one(node, "strides")?)?))
        })();
        (frames, stride) = context
            .filter(|&(frames, _)| frames <= MAX_CONTEXT_FRAMES)
            .ok_or_else(|| odd("context", format!("at most {MAX_CONTEXT_FRAMES} frames"), "more"))?;
    }
    Ok(frames)
}

/// Length in time of a convolution's weights: the size of its kernel where it does not say so.
fn taps_of_weights(graph: &GraphProto, node: &NodeProto) -> Option<i64> {
    let weights = graph.initializer.iter().find(|tensor| Some(&tensor.name) == node.input.get(1))?;
    weights.dims.last().copied()
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
    let Some(tensor) = only.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()) else {
        return Err(odd(part, expected, "no tensor"));
    };
    let dims: Vec<Option<i64>> =
        tensor.shape.iter().flat_map(|shape| &shape.dim).map(|dim| dim.dim_value).collect();
    if tensor.elem_type != FLOAT || dims != [Some(1), Some(channels as i64), None] {
        let dims: Vec<String> =
            dims.iter().map(|d| d.map_or_else(|| "any".to_string(), |d| d.to_string())).collect();
        let found = format!("element type {} of shape [{}]", tensor.elem_type, dims.join(", "));
        return Err(odd(part, expected, found));
    }
    Ok(())
}

/// Number of values in an initialiser, which must be in the file itself.
fn values(tensor: &TensorProto) -> Result<usize, ModelError> {
    let part = || format!("initialiser {:?}", tensor.name);
    if tensor.data_location != 0 || !tensor.external_data.is_empty() {
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
pub(crate) fn odd(part: impl Into<String>, expected: impl Into<String>, found: impl ToString) -> ModelError {
    ModelError::Graph { part: part.into(), expected: expected.into(), found: found.to_string() }
}
