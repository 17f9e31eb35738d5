//! The family of networks that the kernel runs, read from a graph.
//!
//! A graph is of the family if it is one chain of: `Sub` and `Mul` by constants on the input; causal `Conv`s with dilation 1,
//! of one group or depthwise; `Add` of a constant (a bias) to a convolution's output, or of an earlier signal (a residual) to
//! that of a full one; `Relu` of a convolution's output or of such a sum; `Softmax` over the channels.

use std::borrow::Cow;
use std::collections::HashMap;

use polyspot_core::NetworkDescription;
use polyspot_core::kernel::{Convolution, Layer, Operation};

use super::proto::{GraphProto, NodeProto, TensorProto};

/// The layers that a graph is lowered to, or in what it is not of the family.
pub(crate) fn lower(graph: &GraphProto) -> Result<NetworkDescription, String> {
    let constants: HashMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let inputs = graph.free_inputs();
    let ([input], [output]) = (inputs.as_slice(), graph.output.as_slice()) else {
        return Err("more than one input or output".into());
    };
    let shape = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()?.shape.as_ref());
    let coefficients = shape.and_then(|shape| shape.dim.get(1)?.dim_value).unwrap_or_default();
    let coefficients = usize::try_from(coefficients).map_err(|_| "an input without channels")?;
    let mut reader = Reader {
        constants,
        layers: Vec::new(),
        channels: vec![coefficients],
        values: HashMap::from([(input.name.as_str(), 0)]),
    };
    for node in &graph.node {
        reader.node(node).map_err(|reason| format!("{} {:?}: {reason}", node.op_type, node.name))?;
    }
    let Reader { layers, values, .. } = reader;
    if layers.is_empty() || values.get(output.name.as_str()) != Some(&layers.len()) {
        return Err("the output is not the end of the chain".into());
    }
    Ok(NetworkDescription { coefficients, layers })
}

struct Reader<'a> {
    constants: HashMap<&'a str, &'a TensorProto>,
    layers: Vec<Layer>,
    /// Of each signal: of the input, and of what each layer makes.
    channels: Vec<usize>,
    /// Signals by the names of their values, as far as they are whole: what an `Add` or a `Relu` was worked into has
    /// its last name only.
    values: HashMap<&'a str, usize>,
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
        if signal != self.last() || node.input.len() > inputs {
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

    /// The signal that the next node has to read.
    fn last(&self) -> usize {
        self.layers.len()
    }

    /// The last layer, if it is a convolution.
    fn last_convolution(&mut self) -> Option<&mut Convolution> {
        match &mut self.layers.last_mut()?.operation {
            Operation::Convolve(convolution) => Some(convolution),
            _ => None,
        }
    }

    /// Adds a layer, which makes so many channels; gives its signal.
    fn push(&mut self, node: &NodeProto, operation: Operation, channels: usize) -> usize {
        self.layers.push(Layer { name: Cow::Owned(node.name.clone()), operation });
        self.channels.push(channels);
        self.last()
    }

    fn normalise(&mut self, node: &NodeProto, is_scale: bool) -> Result<usize, Reason> {
        let input = self.end(node, 2)?;
        let (dims, values) = self.constant(node, 1)?;
        let channels = self.channels[input];
        if dims != [1, channels as i64, 1] {
            return Err(format!("a constant of shape {dims:?}"));
        }
        let (mean, scale) = match (is_scale, self.layers.last_mut().map(|layer| &mut layer.operation)) {
            (true, Some(Operation::Normalise { scale, .. })) if scale.iter().all(|&scale| scale == 1.0) => {
                *scale = values.into();
                return Ok(input);
            }
            (false, None) => (values, vec![1.0; channels]),
            (true, None) => (vec![0.0; channels], values),
            _ => return Err("not on the input".into()),
        };
        let normalise = Operation::Normalise { mean: mean.into(), scale: scale.into() };
        Ok(self.push(node, normalise, channels))
    }

    fn convolution(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let input = self.end(node, 3)?;
        let (dims, weights) = self.constant(node, 1)?;
        let bias = if node.input.len() > 2 { Some(self.constant(node, 2)?.1.into()) } else { None };
        let (taps, stride) = causal(node, dims)?;
        let channels = self.channels[input] as i64;
        let group = node.int("group").unwrap_or(1);
        let outputs = usize::try_from(dims[0]).map_err(|_| "no outputs")?;
        let is_full = group == 1 && dims[1] == channels;
        let is_depthwise = group == channels && dims[..2] == [group, 1];
        if !is_full && !is_depthwise {
            return Err(format!("weights of shape {dims:?} in {group} groups on {channels} channels"));
        }
        let convolution = Convolution {
            weights: weights.into(),
            bias,
            outputs,
            taps,
            stride,
            is_depthwise: !is_full,
            residual: None,
            relu: false,
            packed_for: None,
        };
        Ok(self.push(node, Operation::Convolve(convolution), outputs))
    }

    fn is_constant(&self, node: &NodeProto, input: usize) -> bool {
        node.input.get(input).is_some_and(|name| self.constants.contains_key(name.as_str()))
    }

    fn bias(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let signal = self.end(node, 2)?;
        let (dims, values) = self.constant(node, 1)?;
        if dims != [1, self.channels[signal] as i64, 1] {
            return Err(format!("a constant of shape {dims:?}"));
        }
        match self.last_convolution() {
            Some(Convolution { bias, residual: None, relu: false, outputs, .. }) => {
                let bias = bias.get_or_insert_with(|| vec![0.0; *outputs].into());
                bias.to_mut().iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            _ => return Err("not after a convolution".into()),
        }
        self.rename(signal);
        Ok(signal)
    }

    fn residual(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let pair = (self.signal(node, 0)?, self.signal(node, 1)?);
        let last = self.last();
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
        self.rename(own);
        Ok(own)
    }

    fn relu(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let signal = self.end(node, 1)?;
        self.last_convolution().ok_or("not after a convolution")?.relu = true;
        self.rename(signal);
        Ok(signal)
    }

    fn softmax(&mut self, node: &NodeProto) -> Result<usize, Reason> {
        let input = self.end(node, 1)?;
        // The channels are the second of three axes; ONNX's default is the last.
        if !matches!(node.int("axis"), Some(1 | -2)) {
            return Err("not over the channels".into());
        }
        if input == 0 {
            return Err("of the input itself".into());
        }
        Ok(self.push(node, Operation::Softmax, self.channels[input]))
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
