//! How large the numbers in a network can become, whatever it hears.
//!
//! Finite weights may still be so large that sums overflow, and infinities give posteriors that are no numbers: perhaps only for
//! one sound, after days. So nothing is tried out: from the largest feature that there can be, every operation's largest result is
//! computed from its weights. For the networks that polyspot trains the bound is about 1e14, for one that may overflow it is 1e38.

use std::collections::HashMap;

use super::error::GraphError;
use super::error::unsupported;
use super::proto::{GraphProto, NodeProto, TensorProto};
use crate::model::manifest::Manifest;

/// Largest number accepted, with room for what engines add up in another order.
const MOST: f64 = f32::MAX as f64 / 16.0;

/// Largest logarithm of a float's magnitude: that of the smallest one above 0, `ln 2^-149`.
const LARGEST_LOGARITHM: f64 = 104.0;

/// Checks that no value of a graph, which is sound otherwise, can overflow.
///
/// # Errors
/// At the first operation that may.
pub(super) fn check_bounds(graph: &GraphProto, manifest: &Manifest) -> Result<(), GraphError> {
    let tensors: HashMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    // A cosine transform sums the logarithms of all bands, twice each where it is not normalised.
    let feature = 2.0 * manifest.front_end.mel_bins as f64 * LARGEST_LOGARITHM;
    let mut bounds: HashMap<&str, f64> =
        graph.free_inputs().iter().map(|input| (input.name.as_str(), feature)).collect();
    for node in &graph.node {
        let [largest, made] = bounds_of(node, &bounds, &tensors);
        if largest.is_nan() || largest > MOST {
            let part = format!("operation {} {:?}", node.op_type, node.name);
            return Err(unsupported(
                part,
                "of weights with which no sound overflows",
                format!("up to {largest:.0e}"),
            ));
        }
        bounds.extend(node.output.iter().map(|output| (output.as_str(), made)));
    }
    Ok(())
}

/// The largest number while a node is computed, and the largest that it makes.
fn bounds_of(
    node: &NodeProto,
    bounds: &HashMap<&str, f64>,
    tensors: &HashMap<&str, &TensorProto>,
) -> [f64; 2] {
    let tensor = |input: usize| node.input.get(input).and_then(|name| tensors.get(name.as_str()));
    let values = |input: usize| tensor(input).and_then(|tensor| tensor.floats()).unwrap_or_default();
    let bound = |input: usize| {
        let of_signal = node.input.get(input).and_then(|name| bounds.get(name.as_str()).copied());
        of_signal.unwrap_or_else(|| largest(&values(input)))
    };
    let same = |bound: f64| [bound, bound];
    match node.op_type.as_str() {
        "Add" | "Sub" => same(bound(0) + bound(1)),
        "Mul" => same(bound(0) * bound(1)),
        "Conv" => {
            let per_output = tensor(1).and_then(|weights| weights.dims.first().copied()).unwrap_or(1).max(1);
            let weights = values(1);
            let rows = weights.chunks((weights.len() / per_output as usize).max(1));
            let sums = rows.map(|row| row.iter().map(|weight| f64::from(weight.abs())).sum());
            let gain = sums.fold(0.0, f64::max);
            same(gain * bound(0) + largest(&values(2)))
        }
        "AveragePool" => {
            let taps = node.over_time("kernel_shape", 1).unwrap_or(1) as f64;
            [taps * bound(0), bound(0)]
        }
        "Pad" => same(bound(0).max(largest(&values(2)))),
        "Sigmoid" | "Softmax" => [bound(0), 1.0],
        // Clipping to a range that is far from 0 makes what is small large.
        "Clip" => same(bound(0).max(largest(&values(1))).max(largest(&values(2)))),
        _ => same(bound(0)),
    }
}

fn largest(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(value.abs())).fold(0.0, f64::max)
}
