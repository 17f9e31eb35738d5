//! Multiply-accumulates, counted from a model's convolutions.

use std::path::Path;

use anyhow::{Context, Result};
use tract_onnx::pb::{GraphProto, NodeProto};

use crate::export::read_graph;

/// Multiply-accumulates of the convolutions for one frame of input, on the average.
pub(super) fn macs_per_frame(path: &Path) -> Result<f64> {
    let graph = read_graph(path)?;
    // Frames for one step of a value; every operation but a strided convolution keeps it.
    let mut frames_per_step = 1.0;
    let mut macs = 0.0;
    for node in graph.node.iter().filter(|node| node.op_type == "Conv") {
        let kernel = initialiser(&graph, &node.input[1])?;
        frames_per_step *= strides(node) as f64;
        // [outputs, inputs / group, taps]: one product for each, at every step.
        macs += kernel.iter().product::<i64>() as f64 / frames_per_step;
    }
    Ok(macs)
}

/// Classes of the head: words, unknown, silence.
pub(super) fn classes(path: &Path) -> Result<usize> {
    Ok(initialiser(&read_graph(path)?, "head.bias")?[0] as usize)
}

/// Shape of an initialiser.
fn initialiser<'a>(graph: &'a GraphProto, name: &str) -> Result<&'a [i64]> {
    let found = graph.initializer.iter().find(|tensor| tensor.name == name);
    Ok(&found.with_context(|| format!("the model has no initialiser {name:?}"))?.dims)
}

fn strides(node: &NodeProto) -> i64 {
    let strides = node.attribute.iter().find(|attribute| attribute.name == "strides");
    strides.and_then(|attribute| attribute.ints.first()).copied().unwrap_or(1)
}
