//! Batch normalisations folded into the convolutions before them.

use crate::model::graph::{Graph, GraphError, Mismatch, Node, Numbers, Operation, Value, mismatch};

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

/// Folds every normalisation of a graph: each must stand behind a convolution without bias that
/// nothing else reads.
pub(super) fn fold(graph: &mut Graph) -> Result<(), GraphError> {
    let first = |graph: &Graph| {
        graph.nodes.iter().enumerate().find_map(|(at, node)| match node.operation {
            Operation::BatchNormalization { epsilon } => Some((at, epsilon)),
            _ => None,
        })
    };
    while let Some((at, epsilon)) = first(graph) {
        fold_one(graph, at, epsilon).map_err(|mismatch| {
            let Node { name, operation, .. } = &graph.nodes[at];
            mismatch.of(operation.name(), name)
        })?;
    }
    Ok(())
}

fn fold_one(graph: &mut Graph, at: usize, epsilon: f32) -> Result<(), Mismatch> {
    use Value::{Signal, Tensor};
    let &[Signal(input), Tensor(scale_at), Tensor(shift_at), Tensor(mean_at), Tensor(variance_at)] =
        graph.nodes[at].inputs.as_slice()
    else {
        return Err(mismatch("of a signal and four tensors", "others"));
    };
    let kernel_at = bare_kernel(graph, at, input)
        .ok_or_else(|| mismatch("behind a convolution without bias that nothing else reads", "elsewhere"))?;
    let [scale, shift, mean, variance, kernel] =
        [scale_at, shift_at, mean_at, variance_at, kernel_at].map(|at| graph.tensors[at].floats());
    let channels = scale.len();
    if channels == 0 || kernel.is_empty() || kernel.len() % channels != 0 {
        return Err(mismatch("for every channel of its kernel", format!("{channels} channels")));
    }
    if [shift, mean, variance].iter().any(|part| part.len() != channels) {
        return Err(mismatch("of as many values in every part", format!("others than {channels}")));
    }
    let (kernel, bias) = Normalisation { scale, shift, mean, variance, epsilon }.fold(kernel);
    // Of a negative variance, or one that is next to nothing, comes what is no number.
    if let Some(found) = kernel.iter().chain(&bias).find(|value| !value.is_finite()) {
        return Err(mismatch("of parts with which weights stay finite", format!("{found}")));
    }
    graph.tensors[kernel_at].numbers = Numbers::Floats(kernel);
    // The bias stands where the shift stood.
    graph.tensors[shift_at].numbers = Numbers::Floats(bias);
    for at in [scale_at, mean_at, variance_at] {
        graph.tensors[at].numbers = Numbers::Open;
    }
    let Node { name, output, .. } = graph.remove_node(at);
    let convolution = &mut graph.nodes[at - 1];
    convolution.inputs.push(Tensor(shift_at));
    (convolution.name, convolution.output) = (name, output);
    Ok(())
}

/// The kernel of the convolution without bias before a node that reads this signal, if that is what
/// makes it and nothing else reads it.
fn bare_kernel(graph: &Graph, at: usize, signal: usize) -> Option<usize> {
    let before = &graph.nodes[at.checked_sub(1)?];
    let (Operation::Conv { .. }, &[_, Value::Tensor(kernel)]) = (&before.operation, before.inputs.as_slice())
    else {
        return None;
    };
    let reads = |node: &Node| node.inputs.contains(&Value::Signal(signal));
    let others = graph.nodes.iter().enumerate().any(|(other, node)| other != at && reads(node));
    (signal == at && !others && graph.output != signal).then_some(kernel)
}
