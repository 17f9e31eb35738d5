//! The family of networks that the kernel runs, read from a graph.
//!
//! A graph is of the family if it is one chain of: `Sub` and `Mul` by constants on the input; causal `Conv`s with dilation 1,
//! of one group or depthwise; `Add` of a constant (a bias) to a convolution's output, or of an earlier signal (a residual) to
//! that of a full one; `Relu` of a convolution's output or of such a sum; `Softmax` over the channels.

use std::collections::HashMap;

use super::dense::{Dense, panel_width};
use super::depthwise::Depthwise;
use super::network::{Operation, Step, StepCost};
use super::signal::SignalShape;
use crate::aligned::Aligned;
use crate::instructions::Instructions;
use crate::onnx::proto::{GraphProto, NodeProto, TensorProto};

/// A graph of the family.
pub(super) struct Chain {
    pub(super) steps: Vec<Step>,
    /// Of each step.
    pub(super) costs: Vec<StepCost>,
    /// What is between the steps, the input first.
    pub(super) signals: Vec<SignalShape>,
}

/// The chain that a graph is, packed for these instructions, or in what it is not of the family.
pub(super) fn read(graph: &GraphProto, instructions: Instructions) -> Result<Chain, String> {
    let constants: HashMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let inputs = graph.free_inputs();
    let ([input], [output]) = (inputs.as_slice(), graph.output.as_slice()) else {
        return Err("more than one input or output".into());
    };
    let shape = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()?.shape.as_ref());
    let channels = shape.and_then(|shape| shape.dim.get(1)?.dim_value).unwrap_or_default();
    let channels = usize::try_from(channels).map_err(|_| "an input without channels")?;
    let mut reader = Reader {
        constants,
        steps: Vec::new(),
        costs: Vec::new(),
        signals: vec![SignalShape { channels, width: channels, frames_per_row: 1, history: 0 }],
        values: HashMap::from([(input.name.as_str(), 0)]),
        last: 0,
        panel: panel_width(instructions),
    };
    for node in &graph.node {
        reader.node(node).map_err(|reason| format!("{} {:?}: {reason}", node.op_type, node.name))?;
    }
    if reader.steps.is_empty() || reader.values.get(output.name.as_str()) != Some(&reader.last) {
        return Err("the output is not the end of the chain".into());
    }
    let Reader { steps, costs, signals, .. } = reader;
    Ok(Chain { steps, costs, signals })
}

struct Reader<'a> {
    constants: HashMap<&'a str, &'a TensorProto>,
    steps: Vec<Step>,
    costs: Vec<StepCost>,
    signals: Vec<SignalShape>,
    /// Signals by the names of their values, as far as they are whole: what an `Add` or a `Relu` was worked into has
    /// its last name only.
    values: HashMap<&'a str, usize>,
    /// The signal that the next node has to read.
    last: usize,
    /// Channels of a panel of weights, of which signals are multiples.
    panel: usize,
}

/// Why a node is not of the family.
type Reason = String;

impl<'a> Reader<'a> {
    fn node(&mut self, node: &'a NodeProto) -> Result<(), Reason> {
        let [output] = node.output.as_slice() else { return Err("not one output".into()) };
        if self.values.contains_key(output.as_str()) || self.constants.contains_key(output.as_str()) {
            return Err("a value that is made twice".into());
        }
        let signal = match node.op_type.as_str() {
            "Sub" => self.normalise(node, false)?,
            "Mul" => self.normalise(node, true)?,
            "Conv" => self.convolution(node)?,
            "Add" if self.is_constant(node, 1) => self.bias(node)?,
            "Add" => self.residual(node)?,
            "Relu" => self.relu(node)?,
            "Softmax" => self.softmax(node)?,
            _ => return Err("another operation".into()),
        };
        self.last = signal;
        self.values.insert(output, signal);
        Ok(())
    }

    /// The signal that an input of the node names.
    fn signal(&self, node: &NodeProto, input: usize) -> Result<usize, Reason> {
        let name = node.input.get(input).ok_or("an input is missing")?;
        self.values.get(name.as_str()).copied().ok_or_else(|| format!("no whole signal is called {name:?}"))
    }

    /// The end of the chain, which the node must read.
    fn end(&self, node: &NodeProto, inputs: usize) -> Result<usize, Reason> {
        let signal = self.signal(node, 0)?;
        if signal != self.last || node.input.len() > inputs {
            return Err("not in one chain".into());
        }
        Ok(signal)
    }

    fn constant(&self, node: &NodeProto, input: usize) -> Result<(&'a [i64], Vec<f32>), Reason> {
        let name = node.input.get(input).ok_or("an input is missing")?;
        let tensor = self.constants.get(name.as_str()).ok_or_else(|| format!("{name:?} is no constant"))?;
        let values =
            tensor.floats().ok_or_else(|| format!("{name:?} holds no 32-bit floats of its shape"))?;
        Ok((&tensor.dims, values))
    }

    /// Adds a step, of so many multiply-accumulates for one of its outputs in time.
    fn push(
        &mut self,
        node: &NodeProto,
        operation: Operation,
        input: usize,
        shape: SignalShape,
        macs: usize,
    ) -> usize {
        let output = self.signals.len();
        self.signals.push(shape);
        let macs_per_frame = macs as f64 / shape.frames_per_row as f64;
        self.costs.push(StepCost { name: node.name.clone(), macs_per_frame });
        self.steps.push(Step { operation, input, output });
        output
    }

    fn normalise(&mut self, node: &NodeProto, is_scale: bool) -> Result<usize, Reason> {
        let input = self.end(node, 2)?;
        let (dims, values) = self.constant(node, 1)?;
        let shape = self.signals[input];
        if dims != [1, shape.channels as i64, 1] {
            return Err(format!("a constant of shape {dims:?}"));
        }
        let (mean, scale) = match (is_scale, self.steps.last_mut().map(|step| &mut step.operation)) {
            (true, Some(Operation::Normalise { scale, .. }))
                if input != 0 && scale.values().iter().all(|&scale| scale == 1.0) =>
            {
                *scale = values.as_slice().into();
                return Ok(input);
            }
            (false, None) => (values, vec![1.0; shape.channels]),
            (true, None) => (vec![0.0; shape.channels], values),
            _ => return Err("not on the input".into()),
        };
        let (mean, scale) = (Aligned::from(mean.as_slice()), Aligned::from(scale.as_slice()));
        let output = SignalShape { history: 0, ..shape };
        Ok(self.push(node, Operation::Normalise { mean, scale }, input, output, 0))
    }

    fn convolution(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let input = self.end(node, 3)?;
        let (dims, weights) = self.constant(node, 1)?;
        let bias = if node.input.len() > 2 { Some(self.constant(node, 2)?.1) } else { None };
        let (taps, stride) = causal(node, dims)?;
        let (channels, frames_per_row) = (self.signals[input].channels, self.signals[input].frames_per_row);
        let group = node.int("group").unwrap_or(1);
        let outputs = usize::try_from(dims[0]).map_err(|_| "no outputs")?;
        let is_full = group == 1 && dims[1] == channels as i64;
        let is_depthwise = group == channels as i64 && dims[..2] == [group, 1];
        if !is_full && !is_depthwise {
            return Err(format!("weights of shape {dims:?} in {group} groups on {channels} channels"));
        }
        if bias.as_ref().is_some_and(|bias| bias.len() != outputs) {
            return Err("a bias for another number of outputs".into());
        }
        let frames_per_row = frames_per_row.checked_mul(stride).ok_or("huge strides")?;
        let width = outputs.next_multiple_of(self.panel);
        let shape = SignalShape { channels: outputs, width, frames_per_row, history: 0 };
        let source = &mut self.signals[input];
        source.history = source.history.max(taps - stride);
        let (source, bias) = (*source, bias.as_deref());
        let operation = if is_full {
            Operation::Dense(Dense::new(&weights, bias, source, shape, taps, stride, self.panel))
        } else {
            if source.width != width {
                return Err("a depthwise convolution of the input itself".into());
            }
            Operation::Depthwise(Depthwise::new(&weights, bias, source, taps, stride))
        };
        Ok(self.push(node, operation, input, shape, weights.len()))
    }

    fn is_constant(&self, node: &NodeProto, input: usize) -> bool {
        node.input.get(input).is_some_and(|name| self.constants.contains_key(name.as_str()))
    }

    fn bias(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let signal = self.end(node, 2)?;
        let (dims, values) = self.constant(node, 1)?;
        if dims != [1, self.signals[signal].channels as i64, 1] {
            return Err(format!("a constant of shape {dims:?}"));
        }
        match self.steps.last_mut().map(|step| &mut step.operation) {
            Some(Operation::Dense(dense)) if dense.residual.is_none() && !dense.relu => {
                dense.add_bias(&values);
            }
            Some(Operation::Depthwise(depthwise)) if !depthwise.relu => depthwise.add_bias(&values),
            _ => return Err("not after a convolution".into()),
        }
        self.rename(signal);
        Ok(signal)
    }

    fn residual(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let pair = (self.signal(node, 0)?, self.signal(node, 1)?);
        let last = self.last;
        let (own, other) = if pair.0 == last { pair } else { (pair.1, pair.0) };
        let (a, b) = (self.signals[own], self.signals[other]);
        let alike = (a.channels, a.width, a.frames_per_row) == (b.channels, b.width, b.frames_per_row);
        if own != last || own == other || !alike {
            return Err("not the sum of a convolution and an earlier signal like it".into());
        }
        match self.steps.last_mut().map(|step| &mut step.operation) {
            Some(Operation::Dense(dense)) if dense.residual.is_none() && !dense.relu => {
                dense.residual = Some(other);
            }
            _ => return Err("not after a full convolution".into()),
        }
        self.rename(own);
        Ok(own)
    }

    fn relu(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let signal = self.end(node, 1)?;
        match self.steps.last_mut().map(|step| &mut step.operation) {
            Some(Operation::Dense(Dense { relu, .. }) | Operation::Depthwise(Depthwise { relu, .. })) => {
                *relu = true;
            }
            _ => return Err("not after a convolution".into()),
        }
        self.rename(signal);
        Ok(signal)
    }

    fn softmax(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let input = self.end(node, 1)?;
        // The channels are the second of three axes; ONNX's default is the last.
        if !matches!(node.int("axis"), Some(1 | -2)) {
            return Err("not over the channels".into());
        }
        let shape = SignalShape { history: 0, ..self.signals[input] };
        if input == 0 {
            return Err("of the input itself".into());
        }
        Ok(self.push(node, Operation::Softmax { channels: shape.channels }, input, shape, 0))
    }

    /// What a signal was before another operation was worked into it can no longer be read.
    fn rename(&mut self, signal: usize) {
        self.values.retain(|_, other| *other != signal);
    }
}

/// Taps and stride of a convolution over time that is causal.
fn causal(node: &NodeProto, dims: &[i64]) -> Result<(usize, usize), Reason> {
    let &[_, _, taps] = dims else { return Err(format!("weights of shape {dims:?}")) };
    let one = |name: &str, default| {
        node.over_time(name, default)
            .ok_or_else(|| format!("{name} {:?}", node.ints(name).unwrap_or_default()))
    };
    let (kernel, stride, dilation) = (one("kernel_shape", taps)?, one("strides", 1)?, one("dilations", 1)?);
    if kernel != taps || dilation != 1 || !(1..=taps).contains(&stride) {
        return Err(format!(
            "kernel of {kernel}, weights of {taps} taps, stride {stride}, dilation {dilation}"
        ));
    }
    let pads = node.ints("pads").unwrap_or(&[0, 0]);
    let is_explicit = node.attribute.iter().all(|a| a.name != "auto_pad" || a.s == b"NOTSET");
    if pads != [taps - stride, 0] || !is_explicit {
        return Err(format!("padding {pads:?}, causal would be [{}, 0]", taps - stride));
    }
    Ok((taps as usize, stride as usize))
}
