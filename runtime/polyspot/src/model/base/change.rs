//! An adapter's changes, applied to the base's initialisers.

use std::collections::HashMap;

use crate::model::error::{BaseError, ModelError};
use crate::model::graph::{Graph, Numbers, Tensor};
use crate::model::manifest::truncated;
use crate::model::onnx::{GraphProto, INT64, SparseTensorProto, read_tensor};

/// Gives the graph an adapter's values.
pub(super) fn apply(graph: &mut Graph, adapter: GraphProto) -> Result<(), ModelError> {
    let GraphProto { initializer, sparse_initializer, node, .. } = adapter;
    if let Some(node) = node.first() {
        return Err(mismatch(&node.name, "without operations", &node.op_type).into());
    }
    // A tensor may be changed once: many changes of a large one would take hours.
    let mut place: HashMap<String, usize> =
        graph.tensors.iter().enumerate().map(|(at, tensor)| (tensor.name.clone(), at)).collect();
    for change in sparse_initializer {
        let name = change.values.as_ref().map_or("", |values| values.name.as_str());
        let at =
            place.remove(name).ok_or_else(|| mismatch(name, "of a tensor of the base, once", "another"))?;
        single_values(&mut graph.tensors[at], &change)?;
    }
    for tensor in initializer {
        let at = place.remove(&tensor.name);
        let at = at.ok_or_else(|| mismatch(&tensor.name, "of a tensor of the network, once", "another"))?;
        // The head's are open in a base.
        if graph.tensors[at].numbers != Numbers::Open {
            check_dims(&graph.tensors[at], &tensor.dims)?;
        }
        graph.tensors[at] = read_tensor(&tensor)?;
    }
    Ok(())
}

/// Replaces values of a tensor by their positions.
fn single_values(tensor: &mut Tensor, change: &SparseTensorProto) -> Result<(), ModelError> {
    let mismatch = |expected: &str, found: String| mismatch(&tensor.name, expected, found);
    let (Some(values), Some(indices)) = (&change.values, &change.indices) else {
        return Err(mismatch("values and positions", "one of them".into()).into());
    };
    check_dims(tensor, &change.dims)?;
    let values = read_tensor(values)?;
    let (values, positions) = (values.floats(), &indices.int64_data);
    if indices.data_type != INT64 || positions.len() != values.len() {
        let found = format!("{} for {}", positions.len(), values.len());
        return Err(mismatch("one position for each value", found).into());
    }
    let Numbers::Floats(own) = &mut tensor.numbers else {
        return Err(mismatch("32-bit floats", "others in the base".into()).into());
    };
    let count = own.len();
    for (&position, &value) in positions.iter().zip(values) {
        let target = usize::try_from(position).ok().and_then(|position| own.get_mut(position));
        *target.ok_or_else(|| mismatch(&format!("below position {count}"), position.to_string()))? = value;
    }
    Ok(())
}

/// Checks that a change has the shape of the tensor that it changes.
fn check_dims(tensor: &Tensor, found: &[i64]) -> Result<(), BaseError> {
    let same = found.iter().map(|&dim| usize::try_from(dim).ok()).eq(tensor.dims.iter().copied().map(Some));
    let expected = || format!("of shape {:?}", tensor.dims);
    if same { Ok(()) } else { Err(mismatch(&tensor.name, expected(), format!("of shape {found:?}"))) }
}

pub(super) fn mismatch(tensor: &str, expected: impl Into<String>, found: impl Into<String>) -> BaseError {
    BaseError::Change {
        tensor: truncated(tensor.to_owned()),
        expected: expected.into(),
        found: truncated(found.into()),
    }
}
