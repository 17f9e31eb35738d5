//! Shape inference: the shape of every value of a graph, and what computing it takes.
//!
//! Found out before an engine sees the graph: a few bytes of shapes, paddings or repeated nodes could make one take all memory or
//! hours.

use std::collections::HashMap;

use polyspot_core::kernel::WIDEST_PANEL;

use super::error::GraphError;
use super::error::unsupported;
use super::proto::{FLOAT, GraphProto, NodeProto, TensorProto};
use crate::model::manifest::Manifest;

/// Most frames that a posterior may rest on: twenty seconds at the usual hop, twice the longest window. A model that is swapped in hears
/// them again, beside what is new.
const MAX_CONTEXT_FRAMES: usize = 2_000;

/// Most frames from one step of a signal to the next; the manifest's limit.
const MAX_STRIDE_FRAMES: usize = 1_000;

/// Most weights of all convolutions together, as engines pack them: 16 MiB.
const MAX_WEIGHTS: usize = 1 << 22;

/// Most numbers that all signals of a stream take together, as far back as a posterior can rest on: 32 MiB.
const MAX_STATE: usize = 1 << 23;

/// Most multiply-accumulates for one second of audio: about a hundred times those of a shipped model.
const MAX_MACS_PER_SECOND: f64 = 1e9;

/// Frames that an engine runs at once where so many are at hand.
const BATCH_FRAMES: usize = 32;

/// A value `[1, channels, time]` of which there is one step for so many frames.
#[derive(Clone, Copy, PartialEq)]
struct Signal {
    channels: usize,
    stride: usize,
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Signal(Signal),
    Constant(&'a TensorProto),
}

/// The shapes of a graph's values.
pub(super) struct Shapes<'a> {
    values: HashMap<&'a str, Value<'a>>,
    signals: Vec<Signal>,
    /// Frames before a step's last one that its posterior can rest on, as if the operations were all in one row: at least as
    /// many as it does.
    pub(super) context_frames: usize,
    weights: usize,
    pub(super) macs_per_frame: f64,
}

/// Why a node does not fit.
struct Mismatch {
    expected: String,
    found: String,
}

fn mismatch(expected: impl Into<String>, found: impl Into<String>) -> Mismatch {
    Mismatch { expected: expected.into(), found: found.into() }
}

impl<'a> Shapes<'a> {
    /// Follows the graph from its input, of the manifest's coefficients, to its output, which must be the manifest's labels.
    ///
    /// # Errors
    /// Where a node does not fit what comes before it, or when it all takes too much.
    pub(super) fn infer(graph: &'a GraphProto, manifest: &Manifest) -> Result<Self, GraphError> {
        let mut shapes = Self {
            values: HashMap::new(),
            signals: vec![],
            context_frames: 0,
            weights: 0,
            macs_per_frame: 0.0,
        };
        let input = Signal { channels: manifest.front_end.coefficients, stride: 1 };
        for input_value in graph.free_inputs() {
            shapes.name(&input_value.name, Value::Signal(input))?;
        }
        for tensor in &graph.initializer {
            shapes.name(&tensor.name, Value::Constant(tensor))?;
        }
        for node in &graph.node {
            let part = || format!("operation {} {:?}", node.op_type, node.name);
            let signal = shapes
                .node(node)
                .map_err(|Mismatch { expected, found }| unsupported(part(), expected, found))?;
            let [output] = node.output.as_slice() else {
                return Err(unsupported(part(), "of one output", node.output.len()));
            };
            shapes.name(output, Value::Signal(signal))?;
            shapes.check_size(manifest)?;
        }
        shapes.check_end(graph, manifest)?;
        Ok(shapes)
    }

    fn name(&mut self, name: &'a str, value: Value<'a>) -> Result<(), GraphError> {
        if let Value::Signal(signal) = value {
            self.signals.push(signal);
        }
        match self.values.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(unsupported(format!("value {name:?}"), "made once", "made twice")),
        }
    }

    fn check_end(&self, graph: &GraphProto, manifest: &Manifest) -> Result<(), GraphError> {
        let expected = Signal { channels: manifest.labels.len(), stride: manifest.network.stride_frames };
        for output in &graph.output {
            let part = || format!("output {:?}", output.name);
            let Some(Value::Signal(found)) = self.values.get(output.name.as_str()) else {
                return Err(unsupported(part(), "made by an operation", "none"));
            };
            if *found != expected {
                let words = |s: &Signal| format!("of {} channels every {} frames", s.channels, s.stride);
                let expected = format!("{}, as its manifest says", words(&expected));
                return Err(unsupported(part(), expected, words(found)));
            }
        }
        Ok(())
    }

    /// Checks what all nodes so far take.
    fn check_size(&self, manifest: &Manifest) -> Result<(), GraphError> {
        let too_much = |part: &str, most: String| Err(unsupported(part, format!("at most {most}"), "more"));
        if self.context_frames > MAX_CONTEXT_FRAMES {
            return too_much("context", format!("{MAX_CONTEXT_FRAMES} frames"));
        }
        if self.weights > MAX_WEIGHTS {
            return too_much(
                "weights",
                format!("{MAX_WEIGHTS} in all convolutions, channels padded to vectors"),
            );
        }
        let frames = self.context_frames + manifest.network.pulse_frames.max(BATCH_FRAMES);
        let numbers = self.signals.iter().map(|s| padded(s.channels).saturating_mul(frames / s.stride + 1));
        if numbers.fold(0, usize::saturating_add) > MAX_STATE {
            return too_much(
                "state",
                format!("{MAX_STATE} numbers in all signals, as far back as its context"),
            );
        }
        let spec = &manifest.front_end;
        let frames_per_second = f64::from(spec.sample_rate_hz) / spec.hop_samples as f64;
        if self.macs_per_frame * frames_per_second > MAX_MACS_PER_SECOND {
            return too_much(
                "cost",
                format!("{MAX_MACS_PER_SECOND:e} multiply-accumulates for a second of audio"),
            );
        }
        Ok(())
    }

    /// What a node makes.
    fn node(&mut self, node: &NodeProto) -> Result<Signal, Mismatch> {
        let made = match node.op_type.as_str() {
            "Add" | "Mul" | "Sub" => self.pair(node)?,
            "Conv" => self.convolution(node)?,
            "AveragePool" => self.pool(node)?,
            "Pad" => self.pad(node)?,
            "Clip" => {
                for bound in node.input.iter().skip(1).filter(|name| !name.is_empty()) {
                    self.constant(bound)?;
                }
                self.signal(node, 0)?
            }
            _ if node.input.len() > 1 => return Err(mismatch("of one input", node.input.len().to_string())),
            _ => self.signal(node, 0)?,
        };
        self.macs_per_frame += padded(made.channels) as f64 / made.stride as f64;
        Ok(made)
    }

    fn value(&self, name: &str) -> Result<Value<'a>, Mismatch> {
        // In a cycle, something is read before it is made.
        self.values
            .get(name)
            .copied()
            .ok_or_else(|| mismatch("fed by what comes before it", format!("{name:?}")))
    }

    fn signal(&self, node: &NodeProto, input: usize) -> Result<Signal, Mismatch> {
        let name = node.input.get(input).ok_or_else(|| mismatch("given an input", "none"))?;
        match self.value(name)? {
            Value::Signal(signal) => Ok(signal),
            Value::Constant(_) => Err(mismatch("fed by a signal", format!("the initialiser {name:?}"))),
        }
    }

    fn constant(&self, name: &str) -> Result<&'a TensorProto, Mismatch> {
        match self.value(name)? {
            Value::Constant(tensor) => Ok(tensor),
            Value::Signal(_) => Err(mismatch("fed by an initialiser", format!("the signal {name:?}"))),
        }
    }

    /// Two signals, or one and a constant that makes it no larger.
    fn pair(&self, node: &NodeProto) -> Result<Signal, Mismatch> {
        let [a, b] = node.input.as_slice() else {
            return Err(mismatch("of two inputs", node.input.len().to_string()));
        };
        match (self.value(a)?, self.value(b)?) {
            (Value::Signal(a), Value::Signal(b)) if a == b => Ok(a),
            (Value::Signal(signal), Value::Constant(tensor))
            | (Value::Constant(tensor), Value::Signal(signal)) => {
                let channels = signal.channels as i64;
                let fits = match tensor.dims.as_slice() {
                    [] | [1] | [1, 1] | [1, 1, 1] => true,
                    &[c, 1] | &[1, c, 1] => c == channels,
                    _ => false,
                };
                let found = || {
                    mismatch(format!("[1, {channels}, 1] beside its signal"), format!("{:?}", tensor.dims))
                };
                if fits && tensor.data_type == FLOAT { Ok(signal) } else { Err(found()) }
            }
            _ => Err(mismatch("of signals of one shape, or of one with an initialiser", "others")),
        }
    }

    fn convolution(&mut self, node: &NodeProto) -> Result<Signal, Mismatch> {
        let input = self.signal(node, 0)?;
        let name = node.input.get(1).ok_or_else(|| mismatch("given weights", "none"))?;
        let dims = &self.constant(name)?.dims;
        let group = node.int("group").unwrap_or(1);
        let weights = dims.iter().map(|&dim| usize::try_from(dim).ok()).collect::<Option<Vec<_>>>();
        let (Some(&[outputs, inputs, taps]), Ok(group)) = (weights.as_deref(), usize::try_from(group)) else {
            return Err(mismatch(
                "of weights [outputs, inputs, taps]",
                format!("{dims:?} in {group} groups"),
            ));
        };
        let is_whole = outputs > 0 && taps > 0 && group > 0 && outputs.is_multiple_of(group);
        if !is_whole || inputs.checked_mul(group) != Some(input.channels) {
            let found = format!("weights {dims:?} in {group} groups");
            return Err(mismatch(format!("for the {} channels of its input", input.channels), found));
        }
        if let Some(bias) = node.input.get(2).filter(|name| !name.is_empty()) {
            let bias = &self.constant(bias)?.dims;
            if *bias != [outputs as i64] {
                return Err(mismatch(format!("of a bias [{outputs}]"), format!("{bias:?}")));
            }
        }
        let channels = outputs;
        let stride = self.look_back(node, input, Some(taps))?;
        let inputs = if group == 1 { padded(inputs) } else { inputs };
        let count = padded(outputs).saturating_mul(inputs).saturating_mul(taps);
        self.weights = self.weights.saturating_add(count);
        self.macs_per_frame += count as f64 / stride as f64;
        Ok(Signal { channels, stride })
    }

    fn pool(&mut self, node: &NodeProto) -> Result<Signal, Mismatch> {
        let input = self.signal(node, 0)?;
        let taps = node.over_time("kernel_shape", 0).unwrap_or(0);
        let stride = self.look_back(node, input, None)?;
        self.macs_per_frame += padded(input.channels) as f64 * taps as f64 / stride as f64;
        Ok(Signal { stride, ..input })
    }

    /// Counts how far an operation of these taps looks back; gives the stride of what it makes.
    fn look_back(&mut self, node: &NodeProto, input: Signal, taps: Option<usize>) -> Result<usize, Mismatch> {
        let number = |name: &str, default: usize| {
            let found = node.over_time(name, default as i64).and_then(|n| usize::try_from(n).ok());
            let found = found.filter(|&n| (1..=MAX_CONTEXT_FRAMES).contains(&n));
            let values = || format!("{:?}", node.ints(name).unwrap_or_default());
            found.ok_or_else(|| mismatch(format!("of {name} [1 to {MAX_CONTEXT_FRAMES}]"), values()))
        };
        let kernel = number("kernel_shape", taps.unwrap_or(0))?;
        if taps.is_some_and(|taps| taps != kernel) {
            return Err(mismatch(format!("of kernel_shape {taps:?}, as its weights"), format!("{kernel}")));
        }
        let span = (kernel - 1) * number("dilations", 1)?;
        let pads = node.ints("pads").unwrap_or(&[0, 0]);
        if pads.len() != 2 || pads.iter().any(|&pad| !(0..=span as i64).contains(&pad)) {
            return Err(mismatch(
                format!("padded by at most {span} steps before and after"),
                format!("{pads:?}"),
            ));
        }
        self.context_frames = self.context_frames.saturating_add(span.saturating_mul(input.stride));
        let stride = input.stride * number("strides", 1)?;
        if stride > MAX_STRIDE_FRAMES {
            return Err(mismatch(
                format!("of at most {MAX_STRIDE_FRAMES} frames a step"),
                stride.to_string(),
            ));
        }
        Ok(stride)
    }

    /// Padding of the time alone.
    fn pad(&mut self, node: &NodeProto) -> Result<Signal, Mismatch> {
        let signal = self.signal(node, 0)?;
        let name = node.input.get(1).ok_or_else(|| mismatch("given its pads", "none"))?;
        let pads = self.constant(name)?.integers().unwrap_or_default();
        let steps = |pad: i64| usize::try_from(pad).ok().filter(|&pad| pad <= MAX_CONTEXT_FRAMES);
        let pad = match pads.as_slice() {
            &[0, 0, before, 0, 0, after] => steps(before).zip(steps(after)),
            _ => None,
        };
        let most = MAX_CONTEXT_FRAMES;
        let (before, after) = pad.filter(|_| node.input.len() <= 3).ok_or_else(|| {
            mismatch(format!("of pads [0, 0, before, 0, 0, after] up to {most}"), format!("{pads:?}"))
        })?;
        if let Some(value) = node.input.get(2).filter(|name| !name.is_empty()) {
            self.constant(value)?;
        }
        self.context_frames =
            self.context_frames.saturating_add((before + after).saturating_mul(signal.stride));
        Ok(signal)
    }
}

fn padded(channels: usize) -> usize {
    channels.next_multiple_of(WIDEST_PANEL)
}
