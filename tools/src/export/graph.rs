//! The running network as a graph: the nodes of one language's model.

use crate::network::forward::NORM_EPSILON;
use crate::network::{NetworkShape, Weights};
use crate::training::vocabulary::Vocabulary;

use super::fold::fold_norm;

/// An operation with its attributes.
pub(super) enum Operation {
    Add,
    Mul,
    Relu,
    Sub,
    /// With fixed statistics: scale, shift, mean and variance are its inputs.
    Normalise {
        epsilon: f32,
    },
    /// Over the channels.
    Softmax,
    /// Causal convolution: padded on the left by `kernel - stride`.
    Conv {
        kernel: usize,
        stride: usize,
        group: usize,
    },
}

/// How a graph does the network's normalisations.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Norms {
    /// Folded into the convolutions before them: what a model runs.
    Folded,
    /// As operations, so that an adapter can change their numbers and kernels stay the base's: what is fused while loading.
    Apart,
}

/// A node: an operation on named values.
pub(super) struct Node {
    pub(super) operation: Operation,
    pub(super) inputs: Vec<String>,
    pub(super) output: String,
}

/// A constant of the graph.
pub(super) struct Initialiser {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// Nodes in order, and the constants they use.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) initialisers: Vec<Initialiser>,
    pub(super) coefficients: usize,
    pub(super) labels: usize,
}

/// Name of the graph's input, `[1, coefficients, T]`.
pub(super) const INPUT: &str = "features";
/// Initialisers with a row for each word or label, and so of another shape in each language.
pub(super) const HEAD_TENSORS: [&str; 3] = ["head.kernel", "head.bias", "labels"];
/// Name of the graph's output, `[1, labels, T / stride]`.
pub(super) const OUTPUT: &str = "posteriors";

/// One language's network: normalised input, stem, blocks, mean over the window, head, softmax, and the words
/// that are no keywords summed into "unknown".
///
/// Operations, their attributes and their order are the same in every language: only initialisers differ. The
/// mean is a convolution, because the engine streams no pool that pads; it stands before the head, so that its
/// channels are the network's and not the language's.
pub(super) fn network(
    shape: &NetworkShape,
    weights: &Weights,
    vocabulary: &Vocabulary,
    norms: Norms,
) -> Graph {
    let mut graph = Graph {
        nodes: Vec::new(),
        initialisers: Vec::new(),
        coefficients: shape.coefficients,
        labels: vocabulary.labels(),
    };
    let c = shape.coefficients;
    let mut x = INPUT.to_owned();
    for (operation, name) in [(Operation::Sub, "input.mean"), (Operation::Mul, "input.scale")] {
        graph.constant(name, &[1, c, 1], weights.get(name).to_vec());
        x = graph.node(operation, &[&x, name], &format!("{name}.out"));
    }
    let stem = shape.stem;
    let conv = Operation::Conv { kernel: stem.kernel, stride: stem.stride, group: 1 };
    let size = [stem.channels, c, stem.kernel];
    x = graph.normalised(conv, &x, ["stem", "stem", "stem.weight"], &size, weights, norms);
    x = graph.node(Operation::Relu, &[&x], "stem.relu");
    for (index, (inputs, block)) in shape.blocks_with_inputs().enumerate() {
        let name = format!("blocks.{index}");
        let depthwise = weights.get(&format!("{name}.depthwise")).to_vec();
        let conv = Operation::Conv { kernel: block.kernel, stride: block.stride, group: inputs };
        let y =
            graph.conv(conv, &x, &format!("{name}.depthwise"), &[inputs, 1, block.kernel], depthwise, None);
        let size = [block.channels, inputs, 1];
        let pointwise_name = format!("{name}.pointwise");
        let names = [pointwise_name.as_str(), &name, &pointwise_name];
        let mut y = graph.normalised(pointwise(), &y, names, &size, weights, norms);
        if block.is_residual(inputs) {
            y = graph.node(Operation::Add, &[&y, &x], &format!("{name}.residual"));
        }
        x = graph.node(Operation::Relu, &[&y], &format!("{name}.relu"));
    }
    let (steps, features) = (shape.pool_steps, shape.features());
    if steps > 1 {
        let mean = vec![1.0 / steps as f32; features * steps];
        let window = Operation::Conv { kernel: steps, stride: 1, group: features };
        x = graph.conv(window, &x, "window", &[features, 1, steps], mean, None);
    }
    let (classes, head) = (vocabulary.classes(), format!("heads.{}", vocabulary.language));
    let [kernel, bias] = ["weight", "bias"].map(|part| weights.get(&format!("{head}.{part}")).to_vec());
    x = graph.conv(pointwise(), &x, "head", &[classes, features, 1], kernel, Some(bias));
    x = graph.node(Operation::Softmax, &[&x], "words");
    let labels = graph.labels;
    let sums = (0..labels * classes).map(|i| f32::from(vocabulary.label_of(i % classes) == i / classes));
    graph.constant("labels", &[labels, classes, 1], sums.collect());
    graph.node(pointwise(), &[&x, "labels"], OUTPUT);
    graph
}

fn pointwise() -> Operation {
    Operation::Conv { kernel: 1, stride: 1, group: 1 }
}

impl Graph {
    fn constant(&mut self, name: &str, shape: &[usize], values: Vec<f32>) {
        self.initialisers.push(Initialiser { name: name.to_owned(), shape: shape.to_vec(), values });
    }

    fn node(&mut self, operation: Operation, inputs: &[&str], output: &str) -> String {
        let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
        self.nodes.push(Node { operation, inputs, output: output.to_owned() });
        output.to_owned()
    }

    /// A convolution with a normalisation after it. `names`: the operation's, its layer's, its kernel's among the weights.
    fn normalised(
        &mut self,
        operation: Operation,
        input: &str,
        [name, layer, kernel]: [&str; 3],
        shape: &[usize],
        weights: &Weights,
        norms: Norms,
    ) -> String {
        if norms == Norms::Folded {
            let (kernel, bias) = fold_norm(weights, kernel, layer);
            return self.conv(operation, input, name, shape, kernel, Some(bias));
        }
        let kernel_name = format!("{name}.kernel");
        self.constant(&kernel_name, shape, weights.get(kernel).to_vec());
        let raw = self.node(operation, &[input, &kernel_name], &format!("{name}.raw"));
        let parts = ["scale", "shift", "mean", "variance"].map(|part| format!("{layer}.norm.{part}"));
        for part in &parts {
            self.constant(part, &[shape[0]], weights.get(part).to_vec());
        }
        let [scale, shift, mean, variance] = parts.each_ref().map(String::as_str);
        let normalise = Operation::Normalise { epsilon: NORM_EPSILON };
        self.node(normalise, &[&raw, scale, shift, mean, variance], &format!("{name}.out"))
    }

    fn conv(
        &mut self,
        operation: Operation,
        input: &str,
        name: &str,
        shape: &[usize],
        kernel: Vec<f32>,
        bias: Option<Vec<f32>>,
    ) -> String {
        let names = [format!("{name}.kernel"), format!("{name}.bias")];
        self.constant(&names[0], shape, kernel);
        let mut inputs = vec![input, &names[0]];
        if let Some(bias) = bias {
            self.constant(&names[1], &[shape[0]], bias);
            inputs.push(&names[1]);
        }
        self.node(operation, &inputs, &format!("{name}.out"))
    }
}
