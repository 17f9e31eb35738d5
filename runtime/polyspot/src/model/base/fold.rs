//! Batch normalisations folded into the convolutions before them.

use crate::model::onnx::{GraphError, GraphProto, NodeProto, TensorProto, unsupported};

/// ONNX's own, where a node does not say.
const DEFAULT_EPSILON: f32 = 1e-5;

/// A batch normalisation with fixed statistics, one value per channel in each part:
/// `scale / sqrt(variance + ε) * (x - mean) + shift` (Ioffe and Szegedy, arXiv 1502.03167, at inference).
#[derive(Clone, Copy, Debug)]
pub struct Normalisation<'a> {
    /// γ of the paper.
    pub scale: &'a [f32],
    /// β of the paper.
    pub shift: &'a [f32],
    /// Mean of the training data.
    pub mean: &'a [f32],
    /// Variance of the training data.
    pub variance: &'a [f32],
    /// ε of the paper.
    pub epsilon: f32,
}

impl Normalisation<'_> {
    /// Kernel and bias of the one convolution that does what a convolution without bias, `kernel` `[channels, …]`, and this
    /// normalisation after it do.
    ///
    /// Models that are fused offline and models that are fused while loading have the same bits because both come from here.
    ///
    /// # Panics
    /// If `kernel.len()` is no multiple of the number of channels, or a part has `len() < scale.len()`.
    pub fn fold(&self, kernel: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let channels = self.scale.len();
        assert!(channels > 0 && kernel.len().is_multiple_of(channels));
        let factors: Vec<f32> =
            (0..channels).map(|c| self.scale[c] / (self.variance[c] + self.epsilon).sqrt()).collect();
        let rows = kernel.chunks_exact(kernel.len() / channels).zip(&factors);
        let folded = rows.flat_map(|(row, factor)| row.iter().map(move |weight| weight * factor)).collect();
        let bias = (0..channels).map(|c| self.shift[c] - factors[c] * self.mean[c]).collect();
        (folded, bias)
    }
}

/// Folds every normalisation of a graph: each must stand behind a convolution without bias that nothing else reads.
pub(super) fn fold(graph: &mut GraphProto) -> Result<(), GraphError> {
    while let Some(at) = graph.node.iter().position(|node| node.op_type == "BatchNormalization") {
        fold_one(graph, at)?;
    }
    Ok(())
}

fn fold_one(graph: &mut GraphProto, at: usize) -> Result<(), GraphError> {
    let norm = graph.node.remove(at);
    let refused = |expected: &str, found: String| {
        unsupported(format!("normalisation {:?}", norm.name), expected, found)
    };
    let [input, scale_name, shift_name, mean_name, variance_name] = norm.input.as_slice() else {
        return Err(refused("of five inputs", norm.input.len().to_string()));
    };
    let convolution = at.checked_sub(1).filter(|&before| is_bare(graph, before, input)).ok_or_else(|| {
        refused("behind a convolution without bias that nothing else reads", "elsewhere".into())
    })?;
    let kernel_name = graph.node[convolution].input[1].clone();
    let (scale, shift) = (floats(graph, scale_name)?, floats(graph, shift_name)?);
    let (mean, variance) = (floats(graph, mean_name)?, floats(graph, variance_name)?);
    let kernel = floats(graph, &kernel_name)?;
    let channels = scale.len();
    if channels == 0 || kernel.is_empty() || kernel.len() % channels != 0 {
        return Err(refused("for every channel of its kernel", format!("{channels} channels")));
    }
    if [&shift, &mean, &variance].iter().any(|part| part.len() != channels) {
        return Err(refused("of as many values in every part", format!("others than {channels}")));
    }
    let epsilon = norm.float("epsilon").unwrap_or(DEFAULT_EPSILON);
    let parts = Normalisation { scale: &scale, shift: &shift, mean: &mean, variance: &variance, epsilon };
    let (kernel, bias) = parts.fold(&kernel);
    set(graph, &kernel_name, &kernel);
    // The bias stands where the shift stood.
    set(graph, shift_name, &bias);
    graph.initializer.retain(|tensor| ![scale_name, mean_name, variance_name].contains(&&tensor.name));
    let node = &mut graph.node[convolution];
    node.input.push(shift_name.clone());
    (node.name, node.output) = (norm.name, norm.output);
    Ok(())
}

/// Whether a node is a convolution without bias that makes `output`, which no node of the graph reads.
fn is_bare(graph: &GraphProto, node: usize, output: &String) -> bool {
    let NodeProto { op_type, input, output: outputs, .. } = &graph.node[node];
    let is_read = graph.node.iter().any(|other| other.input.contains(output))
        || graph.output.iter().any(|value| value.name == *output);
    op_type == "Conv" && input.len() == 2 && outputs.as_slice() == [output.as_str()] && !is_read
}

fn floats(graph: &GraphProto, name: &str) -> Result<Vec<f32>, GraphError> {
    let found = graph.initializer.iter().find(|tensor| tensor.name == name).and_then(TensorProto::floats);
    found.ok_or_else(|| {
        unsupported(format!("initialiser {name:?}"), "of 32-bit floats of its shape", "no such")
    })
}

fn set(graph: &mut GraphProto, name: &str, values: &[f32]) {
    if let Some(tensor) = graph.initializer.iter_mut().find(|tensor| tensor.name == name) {
        *tensor = TensorProto::of_floats(name, tensor.dims.clone(), values);
    }
}
