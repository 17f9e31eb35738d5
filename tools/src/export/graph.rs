//! The running network as a graph: the nodes of one language's model.

use polyspot::base::Normalisation;
use polyspot::graph::{Graph, Operation, Value, Window};

use crate::network::forward::NORM_EPSILON;
use crate::network::shape::ConvShape;
use crate::network::{NetworkShape, Weights};
use crate::training::vocabulary::Vocabulary;

/// How a graph does the network's normalisations.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Norms {
    /// Folded into the convolutions before them: what a model runs.
    Folded,
    /// As operations, so that an adapter can change their numbers and kernels stay the base's: what is fused while loading.
    Apart,
}

/// Tensors with a row for each word or label, and so of another shape in each language.
pub(super) const HEAD_TENSORS: [&str; 3] = ["head.kernel", "head.bias", "labels"];

/// One language's network: normalised input, stem, blocks, mean over the window, head, softmax, and the words
/// that are no keywords summed into "unknown".
///
/// Operations, their attributes and their order are the same in every language without grafts: only tensors differ. The
/// mean is a convolution, because the engine streams no pool that pads; it stands before the head, so that its
/// channels are the network's and not the language's.
pub(super) fn network(
    shape: &NetworkShape,
    weights: &Weights,
    vocabulary: &Vocabulary,
    norms: Norms,
) -> Graph {
    let c = shape.coefficients;
    let mut builder = Builder { graph: Graph::new("features", c), weights, norms };
    let mut x = Value::Signal(0);
    for (operation, name) in [(Operation::Sub, "input.mean"), (Operation::Mul, "input.scale")] {
        let tensor = builder.graph.add_tensor(name, &[1, c, 1], weights.get(name).to_vec());
        x = builder.graph.add_node(operation, &[x, tensor], &format!("{name}.out"));
    }
    let stem = shape.stem;
    x = builder.normalised(x, &stem, ["stem", "stem", "stem.weight"], c);
    x = builder.graph.add_node(Operation::Relu, &[x], "stem.relu");
    let mut outputs = vec![x];
    for (index, (inputs, block)) in shape.blocks_with_inputs().enumerate() {
        let name = format!("blocks.{index}");
        let depthwise = format!("{name}.depthwise");
        let conv = conv(block.kernel, block.stride, inputs);
        let kernel = weights.get(&depthwise).to_vec();
        let y = builder.conv(conv, x, &depthwise, &[inputs, 1, block.kernel], kernel, None);
        let pointwise = format!("{name}.pointwise");
        let across = ConvShape { channels: block.channels, kernel: 1, stride: 1 };
        let mut y = builder.normalised(y, &across, [&pointwise, &name, &pointwise], inputs);
        if block.is_residual(inputs) {
            y = builder.graph.add_node(Operation::Add, &[y, x], &format!("{name}.residual"));
        }
        x = builder.graph.add_node(Operation::Relu, &[y], &format!("{name}.relu"));
        if shape.graft(index) > 0 {
            x = builder.grafted(x, &name, [block.channels, shape.graft(index)]);
        }
        outputs.push(x);
    }
    if shape.side > 0 {
        x = builder.beside(shape, &outputs);
    }
    let (steps, features) = (shape.pool_steps, shape.features());
    if steps > 1 {
        let mean = vec![1.0 / steps as f32; features * steps];
        x = builder.conv(conv(steps, 1, features), x, "window", &[features, 1, steps], mean, None);
    }
    let (classes, head) = (vocabulary.classes(), format!("heads.{}", vocabulary.language));
    let [kernel, bias] = ["weight", "bias"].map(|part| weights.get(&format!("{head}.{part}")).to_vec());
    x = builder.conv(conv(1, 1, 1), x, "head", &[classes, features, 1], kernel, Some(bias));
    let mut graph = builder.graph;
    x = graph.add_node(Operation::Softmax { axis: 1 }, &[x], "words");
    let labels = vocabulary.labels();
    let sums = (0..labels * classes).map(|i| f32::from(vocabulary.label_of(i % classes) == i / classes));
    let sums = graph.add_tensor("labels", &[labels, classes, 1], sums.collect());
    graph.add_node(conv(1, 1, 1), &[x, sums], "posteriors");
    graph.labels = Some(labels);
    graph
}

fn conv(taps: usize, stride: usize, groups: usize) -> Operation {
    Operation::Conv { window: Window::causal(taps, stride), groups: groups as i64 }
}

/// A graph that grows.
struct Builder<'a> {
    graph: Graph,
    weights: &'a Weights,
    norms: Norms,
}

impl Builder<'_> {
    /// A full convolution of so many channels with a normalisation after it. `names`: the operation's, its layer's, its
    /// kernel's among the weights.
    fn normalised(
        &mut self,
        input: Value,
        shape: &ConvShape,
        [name, layer, kernel]: [&str; 3],
        inputs: usize,
    ) -> Value {
        let operation = conv(shape.kernel, shape.stride, 1);
        let size = [shape.channels, inputs, shape.kernel];
        if self.norms == Norms::Folded {
            let part = |part: &str| self.weights.get(&format!("{layer}.norm.{part}"));
            let normalisation = Normalisation {
                scale: part("scale"),
                shift: part("shift"),
                mean: part("mean"),
                variance: part("variance"),
                epsilon: NORM_EPSILON,
            };
            let (kernel, bias) = normalisation.fold(self.weights.get(kernel));
            return self.conv(operation, input, name, &size, kernel, Some(bias));
        }
        let kernel = self.weights.get(kernel).to_vec();
        let kernel = self.graph.add_tensor(&format!("{name}.kernel"), &size, kernel);
        let raw = self.graph.add_node(operation, &[input, kernel], &format!("{name}.raw"));
        let mut inputs = vec![raw];
        for part in ["scale", "shift", "mean", "variance"] {
            let part = format!("{layer}.norm.{part}");
            inputs.push(self.graph.add_tensor(&part, &[shape.channels], self.weights.get(&part).to_vec()));
        }
        let normalise = Operation::BatchNormalization { epsilon: NORM_EPSILON };
        self.graph.add_node(normalise, &inputs, &format!("{name}.out"))
    }

    /// The graft behind a block: two convolutions of one tap, and the shortcut.
    fn grafted(&mut self, x: Value, block: &str, [channels, graft]: [usize; 2]) -> Value {
        let name = |part: &str| format!("{block}.graft.{part}");
        let part = |part: &str| self.weights.get(&name(part)).to_vec();
        let (narrow, bias, widen) = (part("narrow"), part("bias"), part("widen"));
        let y = self.conv(conv(1, 1, 1), x, &name("narrow"), &[graft, channels, 1], narrow, Some(bias));
        let y = self.graph.add_node(Operation::Relu, &[y], &name("relu"));
        let y = self.conv(conv(1, 1, 1), y, &name("widen"), &[channels, graft, 1], widen, None);
        self.graph.add_node(Operation::Add, &[y, x], &name("residual"))
    }

    /// The side network, from the stem's output and each block's.
    fn beside(&mut self, shape: &NetworkShape, outputs: &[Value]) -> Value {
        let (side, features) = (shape.side, shape.features());
        let across = |builder: &mut Self, x, name: &str, [rows, columns]: [usize; 2], bias: Option<&str>| {
            let kernel = builder.weights.get(name).to_vec();
            let bias = bias.map(|bias| builder.weights.get(bias).to_vec());
            builder.conv(conv(1, 1, 1), x, name, &[rows, columns, 1], kernel, bias)
        };
        let first = shape.side_blocks().next().unwrap_or(0);
        let start = across(self, outputs[first], "side.start", [side, features], None);
        let mut state = self.graph.add_node(Operation::Relu, &[start], "side.relu");
        for block in shape.side_blocks() {
            let name = |part: &str| format!("side.{block}.{part}");
            let query = across(self, state, &name("query"), [side, side], Some(&name("bias")));
            let query = self.graph.add_node(Operation::Sigmoid, &[query], &name("sigmoid"));
            let found = across(self, outputs[block + 1], &name("extract"), [side, features], None);
            let found = self.graph.add_node(Operation::Relu, &[found], &name("relu"));
            let taken = self.graph.add_node(Operation::Mul, &[found, query], &name("taken"));
            state = self.graph.add_node(Operation::Add, &[taken, state], &name("state"));
        }
        let end = across(self, state, "side.end", [features, side], None);
        self.graph.add_node(Operation::Add, &[end, outputs[outputs.len() - 1]], "side.sum")
    }

    fn conv(
        &mut self,
        operation: Operation,
        input: Value,
        name: &str,
        shape: &[usize],
        kernel: Vec<f32>,
        bias: Option<Vec<f32>>,
    ) -> Value {
        let mut inputs = vec![input, self.graph.add_tensor(&format!("{name}.kernel"), shape, kernel)];
        if let Some(bias) = bias {
            inputs.push(self.graph.add_tensor(&format!("{name}.bias"), &shape[..1], bias));
        }
        self.graph.add_node(operation, &inputs, &format!("{name}.out"))
    }
}
