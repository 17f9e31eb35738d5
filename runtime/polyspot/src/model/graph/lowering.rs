//! The family of networks that the kernel runs, read from a graph.
//!
//! A graph is of the family if it is one chain of: `Sub` and `Mul` by constants on the input; causal
//! `Conv`s with dilation 1, of one group or depthwise; `Add` of a constant (a bias) to a
//! convolution's output, or of an earlier signal (a residual) to that of a full one; `Relu` of a
//! convolution's output or of such a sum; `Softmax` over the channels.

use std::borrow::Cow;

use polyspot_core::NetworkDescription;
use polyspot_core::kernel::{Convolution, Layer, Operation as Layered};

use super::operation::{Operation, Window};
use super::{Graph, Node, Shapes, Value};

/// The layers that a graph, which has been checked, is lowered to, or in what it is not of the family.
pub(in crate::model) fn lower(graph: &Graph, shapes: &Shapes) -> Result<NetworkDescription, String> {
    let mut lowering = Lowering { graph, shapes, layers: Vec::new(), whole: vec![Some(0)] };
    for node in &graph.nodes {
        let signal = lowering.node(node);
        let name = || format!("{} {:?}", node.operation.name(), node.name);
        lowering.whole.push(Some(signal.map_err(|reason| format!("{}: {reason}", name()))?));
    }
    let Lowering { layers, whole, .. } = lowering;
    if layers.is_empty() || whole[graph.output] != Some(layers.len()) {
        return Err("the output is not the end of the chain".into());
    }
    Ok(NetworkDescription { coefficients: graph.coefficients, layers })
}

struct Lowering<'a> {
    graph: &'a Graph,
    shapes: &'a Shapes,
    layers: Vec<Layer>,
    /// What each of the graph's signals is among the layers', as far as it is whole: what an `Add` or
    /// a `Relu` was worked into cannot be read any more.
    whole: Vec<Option<usize>>,
}

/// Why a node is not of the family.
type Reason = String;

impl Lowering<'_> {
    /// The layers' signal that a node of the graph makes.
    fn node(&mut self, node: &Node) -> Result<usize, Reason> {
        match &node.operation {
            Operation::Sub => self.normalise(node, false),
            Operation::Mul => self.normalise(node, true),
            Operation::Conv { window, groups } => self.convolution(node, window, *groups),
            Operation::Add if matches!(Graph::input(node, 1), Value::Tensor(_)) => self.bias(node),
            Operation::Add => self.residual(node),
            Operation::Relu => self.relu(node),
            Operation::Softmax { axis } => self.softmax(node, *axis),
            _ => Err("another operation".into()),
        }
    }

    /// The layers' signal that a node reads.
    fn signal(&self, node: &Node, input: usize) -> Result<usize, Reason> {
        let value = Graph::input(node, input);
        let whole = if let Value::Signal(signal) = value { self.whole[signal] } else { None };
        whole.ok_or_else(|| format!("no whole signal is called {:?}", self.graph.name(value)))
    }

    /// The end of the chain, which the node must read.
    fn end(&self, node: &Node, inputs: usize) -> Result<usize, Reason> {
        let signal = self.signal(node, 0)?;
        if signal != self.layers.len() || node.inputs.len() > inputs {
            return Err("not in one chain".into());
        }
        Ok(signal)
    }

    /// Channels of a signal of the graph that a node reads first.
    fn channels(&self, node: &Node) -> usize {
        match Graph::input(node, 0) {
            Value::Signal(signal) => self.shapes.signals[signal].channels,
            Value::Tensor(_) | Value::Absent => 0,
        }
    }

    /// A number for each channel: the tensor that a node reads second.
    fn per_channel(&self, node: &Node) -> Result<&[f32], Reason> {
        let tensor = self.graph.tensor_of(node, 1).ok_or("no constant")?;
        if tensor.dims != [1, self.channels(node), 1] {
            return Err(format!("a constant of shape {:?}", tensor.dims));
        }
        Ok(tensor.floats())
    }

    /// The last layer, if it is a convolution.
    fn last_convolution(&mut self) -> Option<&mut Convolution> {
        match &mut self.layers.last_mut()?.operation {
            Layered::Convolve(convolution) => Some(convolution),
            _ => None,
        }
    }

    /// Adds a layer; gives its signal.
    fn push(&mut self, node: &Node, operation: Layered) -> usize {
        self.layers.push(Layer { name: Cow::Owned(node.name.clone()), operation });
        self.layers.len()
    }

    fn normalise(&mut self, node: &Node, is_scale: bool) -> Result<usize, Reason> {
        let input = self.end(node, 2)?;
        let values = self.per_channel(node)?.to_vec();
        let channels = values.len();
        let (mean, scale) = match (is_scale, self.layers.last_mut().map(|layer| &mut layer.operation)) {
            (true, Some(Layered::Normalise { scale, .. })) if scale.iter().all(|&scale| scale == 1.0) => {
                *scale = values.into();
                return Ok(input);
            }
            (false, None) => (values, vec![1.0; channels]),
            (true, None) => (vec![0.0; channels], values),
            _ => return Err("not on the input".into()),
        };
        Ok(self.push(node, Layered::Normalise { mean: mean.into(), scale: scale.into() }))
    }

    fn convolution(&mut self, node: &Node, window: &Window, groups: i64) -> Result<usize, Reason> {
        self.end(node, 3)?;
        let weights = self.graph.tensor_of(node, 1).ok_or("without weights")?;
        let &[outputs, inputs, taps] = weights.dims.as_slice() else {
            return Err(format!("weights of shape {:?}", weights.dims));
        };
        let stride = window.stride as usize;
        if window.dilation != 1 || stride > taps {
            return Err(format!("{taps} taps, stride {stride}, dilation {}", window.dilation));
        }
        let before = (taps - stride) as i64;
        if window.pads != [before, 0] || !window.is_explicit() {
            let (auto_pad, pads) = (&window.auto_pad, window.pads);
            return Err(format!("padding {auto_pad} {pads:?}, causal would be [{before}, 0]"));
        }
        let is_depthwise = groups != 1;
        if is_depthwise && (inputs != 1 || outputs as i64 != groups) {
            return Err(format!("weights of shape {:?} in {groups} groups", weights.dims));
        }
        let bias = self.graph.tensor_of(node, 2).map(|bias| bias.floats().to_vec().into());
        let convolution = Convolution {
            weights: weights.floats().to_vec().into(),
            bias,
            outputs,
            taps,
            stride,
            is_depthwise,
            residual: None,
            relu: false,
            packed_for: None,
        };
        Ok(self.push(node, Layered::Convolve(convolution)))
    }

    fn bias(&mut self, node: &Node) -> Result<usize, Reason> {
        let signal = self.end(node, 2)?;
        let values = self.per_channel(node)?.to_vec();
        match self.last_convolution() {
            Some(Convolution { bias, residual: None, relu: false, outputs, .. }) => {
                let bias = bias.get_or_insert_with(|| vec![0.0; *outputs].into());
                bias.to_mut().iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            _ => return Err("not after a convolution".into()),
        }
        Ok(self.worked_into(signal))
    }

    fn residual(&mut self, node: &Node) -> Result<usize, Reason> {
        let pair = (self.signal(node, 0)?, self.signal(node, 1)?);
        let last = self.layers.len();
        let (own, other) = if pair.0 == last { pair } else { (pair.1, pair.0) };
        if own != last || own == other {
            return Err("not the sum of a convolution and an earlier signal".into());
        }
        match self.last_convolution() {
            Some(Convolution { residual: residual @ None, relu: false, is_depthwise: false, .. }) => {
                *residual = Some(other);
            }
            _ => return Err("not after a full convolution".into()),
        }
        Ok(self.worked_into(own))
    }

    fn relu(&mut self, node: &Node) -> Result<usize, Reason> {
        let signal = self.end(node, 1)?;
        self.last_convolution().ok_or("not after a convolution")?.relu = true;
        Ok(self.worked_into(signal))
    }

    fn softmax(&mut self, node: &Node, axis: i64) -> Result<usize, Reason> {
        let input = self.end(node, 1)?;
        // The channels are the second of three axes.
        if ![1, -2].contains(&axis) {
            return Err("not over the channels".into());
        }
        if input == 0 {
            return Err("of the input itself".into());
        }
        Ok(self.push(node, Layered::Softmax))
    }

    /// What a signal was before another operation was worked into it can no longer be read.
    fn worked_into(&mut self, signal: usize) -> usize {
        self.whole.iter_mut().filter(|whole| **whole == Some(signal)).for_each(|whole| *whole = None);
        signal
    }
}
