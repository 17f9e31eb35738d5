//! A network as a graph of operations: what a model file holds, read once.
//!
//! Whatever needs the network starts here: its [shapes and costs](shapes::Shapes), the
//! [limits](limits) of what is accepted, the kernel's layers ([`lowering`]), tract and the tools. The
//! protobuf form is the business of `onnx` alone.

mod error;
mod limits;
mod lowering;
mod operation;
mod shapes;

pub use error::GraphError;
pub(super) use error::{Mismatch, mismatch, unsupported};
pub(super) use limits::MAX_NODES;
pub(super) use lowering::lower;
pub(super) use operation::Attribute;
pub use operation::{Operation, Window};
pub(super) use shapes::Shapes;

/// A network as operations on signals, each of which is `[1, channels, time]`.
///
/// Signal 0 is the input. Every node makes one: node `i` makes signal `i + 1`, of what was made
/// before it and of tensors.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Graph {
    /// Version of ONNX's operator set.
    pub(super) operator_set: i64,
    /// Name of the input.
    pub(super) input: String,
    /// Channels of the input: coefficients of a frame.
    pub(super) coefficients: usize,
    /// The operations, in their order.
    pub nodes: Vec<Node>,
    /// The tensors, in the file's order.
    pub tensors: Vec<Tensor>,
    /// The signal of the posteriors.
    pub(super) output: usize,
    /// Channels that the output is said to have, a label each; a base may leave them open.
    pub labels: Option<usize>,
}

/// An operation in its place.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Node {
    /// What it is called.
    pub name: String,
    /// What it computes.
    pub operation: Operation,
    /// What of, in ONNX's order.
    pub inputs: Vec<Value>,
    /// Name of the signal that it makes.
    pub output: String,
}

/// What an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// The signal of this number.
    Signal(usize),
    /// The tensor of this number.
    Tensor(usize),
    /// An input that is left out.
    Absent,
}

/// Numbers that the network has from its training: ONNX calls them initialisers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tensor {
    /// What it is called.
    pub name: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// As many as its shape says.
    pub numbers: Numbers,
}

/// The numbers of a [`Tensor`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Numbers {
    /// Weights.
    Floats(Vec<f32>),
    /// Paddings.
    Integers(Vec<i64>),
    /// A base leaves them, and their shape, to the languages.
    Open,
}

impl Graph {
    /// The version of ONNX's operator set of graphs that are [begun](Graph::new) here: the last one
    /// before layer normalisation changed what nobody here uses.
    const OPERATOR_SET: i64 = 17;

    /// A graph that has an input, and no operations yet.
    pub fn new(input: &str, coefficients: usize) -> Self {
        Self {
            operator_set: Self::OPERATOR_SET,
            input: input.to_owned(),
            coefficients,
            nodes: Vec::new(),
            tensors: Vec::new(),
            output: 0,
            labels: None,
        }
    }

    /// Adds a tensor of floats.
    pub fn add_tensor(&mut self, name: &str, dims: &[usize], values: Vec<f32>) -> Value {
        self.tensors.push(Tensor::of_floats(name, dims.to_vec(), values));
        Value::Tensor(self.tensors.len() - 1)
    }

    /// Gives the tensor of this name other numbers, or adds it.
    pub(super) fn set_tensor(&mut self, name: &str, dims: &[usize], values: Vec<f32>) -> Value {
        match self.tensors.iter().position(|tensor| tensor.name == name) {
            Some(place) => {
                self.tensors[place] = Tensor::of_floats(name, dims.to_vec(), values);
                Value::Tensor(place)
            }
            None => self.add_tensor(name, dims, values),
        }
    }

    /// Adds an operation, called like the signal that it makes, which becomes the output.
    pub fn add_node(&mut self, operation: Operation, inputs: &[Value], name: &str) -> Value {
        let (name, output) = (name.to_owned(), name.to_owned());
        self.nodes.push(Node { name, operation, inputs: inputs.to_vec(), output });
        self.output = self.nodes.len();
        Value::Signal(self.output)
    }

    /// Leaves the numbers of the tensors of these names to the languages.
    pub fn leave_open(&mut self, names: &[&str]) {
        for tensor in self.tensors.iter_mut().filter(|tensor| names.contains(&tensor.name.as_str())) {
            *tensor = Tensor::open(&tensor.name);
        }
    }

    /// The tensor of this name.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// Takes a node out; what read its signal reads the one before it.
    pub(super) fn remove_node(&mut self, at: usize) -> Node {
        let inputs = self.nodes.iter_mut().flat_map(|node| &mut node.inputs);
        let signals = inputs.filter_map(|input| match input {
            Value::Signal(signal) => Some(signal),
            Value::Tensor(_) | Value::Absent => None,
        });
        for signal in signals.chain([&mut self.output]).filter(|signal| **signal > at) {
            *signal -= 1;
        }
        self.nodes.remove(at)
    }

    /// Values in all tensors.
    pub(super) fn parameters(&self) -> usize {
        self.tensors.iter().map(Tensor::count).sum()
    }

    /// What a node reads in this place.
    pub(super) fn input(node: &Node, input: usize) -> Value {
        node.inputs.get(input).copied().unwrap_or(Value::Absent)
    }

    /// The tensor that a node reads in this place.
    pub(super) fn tensor_of(&self, node: &Node, input: usize) -> Option<&Tensor> {
        match Self::input(node, input) {
            Value::Tensor(tensor) => Some(&self.tensors[tensor]),
            Value::Signal(_) | Value::Absent => None,
        }
    }

    /// What a value is called in the file; nothing if it is absent.
    pub(super) fn name(&self, value: Value) -> &str {
        match value {
            Value::Signal(0) => &self.input,
            Value::Signal(signal) => &self.nodes[signal - 1].output,
            Value::Tensor(tensor) => &self.tensors[tensor].name,
            Value::Absent => "",
        }
    }

    /// The first node that is not the other graph's in its place, with the same attributes and the
    /// same values by their names; the end of the shorter graph if none differs before it.
    pub fn first_difference(&self, other: &Self) -> Option<usize> {
        let same = |(a, b): (&Node, &Node)| {
            let names = |graph: &Self, node: &Node| {
                node.inputs.iter().map(|&input| graph.name(input).to_owned()).collect::<Vec<_>>()
            };
            a.operation == b.operation && a.output == b.output && names(self, a) == names(other, b)
        };
        let first = self.nodes.iter().zip(&other.nodes).position(|pair| !same(pair));
        let ends = (self.nodes.len() != other.nodes.len()).then(|| self.nodes.len().min(other.nodes.len()));
        first.or(ends)
    }
}

impl Tensor {
    pub(super) fn of_floats(name: &str, dims: Vec<usize>, values: Vec<f32>) -> Self {
        Self { name: name.to_owned(), dims, numbers: Numbers::Floats(values) }
    }

    pub(super) fn open(name: &str) -> Self {
        Self { name: name.to_owned(), dims: Vec::new(), numbers: Numbers::Open }
    }

    /// The floats; none if it has others.
    pub fn floats(&self) -> &[f32] {
        match &self.numbers {
            Numbers::Floats(values) => values,
            Numbers::Integers(_) | Numbers::Open => &[],
        }
    }

    /// The integers; none if it has others.
    pub fn integers(&self) -> &[i64] {
        match &self.numbers {
            Numbers::Integers(values) => values,
            Numbers::Floats(_) | Numbers::Open => &[],
        }
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.floats().len() + self.integers().len()
    }
}
