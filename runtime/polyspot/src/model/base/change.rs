//! An adapter's changes, applied to the base's initialisers.

use std::collections::HashMap;

use crate::model::error::BaseError;
use crate::model::manifest::truncated;
use crate::model::onnx::{GraphProto, INT64, SparseTensorProto, TensorProto};

/// Gives the graph an adapter's values.
pub(super) fn apply(graph: &mut GraphProto, adapter: GraphProto) -> Result<(), BaseError> {
    let GraphProto { initializer, sparse_initializer, node, .. } = adapter;
    if let Some(node) = node.first() {
        return Err(mismatch(&node.name, "without operations", &node.op_type));
    }
    // A tensor may be changed once: many changes of a large one would take hours.
    let mut place: HashMap<String, usize> =
        graph.initializer.iter().enumerate().map(|(at, tensor)| (tensor.name.clone(), at)).collect();
    for change in sparse_initializer {
        let name = change.values.as_ref().map_or("", |values| values.name.as_str());
        let at =
            place.remove(name).ok_or_else(|| mismatch(name, "of a tensor of the base, once", "another"))?;
        single_values(&mut graph.initializer[at], &change)?;
    }
    for tensor in initializer {
        match place.get(&tensor.name).map(|&at| &mut graph.initializer[at]) {
            Some(own) if own.dims != tensor.dims => {
                let [expected, found] = [&own.dims, &tensor.dims].map(|dims| format!("of shape {dims:?}"));
                return Err(mismatch(&tensor.name, expected, found));
            }
            Some(own) => *own = tensor,
            // The head, which a base has not.
            None => graph.initializer.push(tensor),
        }
    }
    Ok(())
}

/// Replaces values of a tensor by their positions.
fn single_values(tensor: &mut TensorProto, change: &SparseTensorProto) -> Result<(), BaseError> {
    let mismatch = |expected: &str, found: String| mismatch(&tensor.name, expected, found);
    let (Some(values), Some(indices)) = (&change.values, &change.indices) else {
        return Err(mismatch("values and positions", "one of them".into()));
    };
    if change.dims != tensor.dims {
        return Err(mismatch(&format!("of shape {:?}", tensor.dims), format!("{:?}", change.dims)));
    }
    let floats = "32-bit floats of its shape";
    let mut own = tensor.floats().ok_or_else(|| mismatch(floats, "others in the base".into()))?;
    let new = values.floats().ok_or_else(|| mismatch(floats, "others".into()))?;
    let positions = &indices.int64_data;
    if indices.data_type != INT64 || positions.len() != new.len() {
        return Err(mismatch(
            "one position for each value",
            format!("{} for {}", positions.len(), new.len()),
        ));
    }
    for (&position, value) in positions.iter().zip(new) {
        let target = usize::try_from(position).ok().and_then(|position| own.get_mut(position));
        let count = tensor.dims.iter().product::<i64>();
        *target.ok_or_else(|| mismatch(&format!("below position {count}"), position.to_string()))? = value;
    }
    *tensor = TensorProto::of_floats(&tensor.name, tensor.dims.clone(), &own);
    Ok(())
}

pub(super) fn mismatch(tensor: &str, expected: impl Into<String>, found: impl Into<String>) -> BaseError {
    BaseError::Change {
        tensor: truncated(tensor.to_owned()),
        expected: expected.into(),
        found: truncated(found.into()),
    }
}
