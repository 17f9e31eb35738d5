//! Shape inference: the shape of every signal of a graph, how large its numbers can become, and what
//! computing it takes.
//!
//! Finite weights may still be so large that sums overflow, and infinities give posteriors that are
//! no numbers: perhaps only for one sound, after days. So nothing is tried out: from the largest
//! feature that there can be, every operation's largest result is computed from its weights. For the
//! networks that polyspot trains the bound is about 1e14, for one that may overflow it is 1e38.

use polyspot_core::FrontEndSpec;
use polyspot_core::kernel::{Cost, padded};

use super::error::{GraphError, Mismatch, mismatch};
use super::operation::{Operation, Window};
use super::{Graph, Node, Numbers, Tensor, Value};

/// Most frames that a posterior may rest on: twenty seconds at the usual hop, twice the longest
/// window. A model that is swapped in hears them again, beside what is new.
pub(super) const MAX_CONTEXT_FRAMES: usize = 2_000;

/// Most frames from one step of a signal to the next; the manifest's limit.
const MAX_STRIDE_FRAMES: usize = 1_000;

/// Largest number accepted, with room for what engines add up in another order.
const MOST: f64 = f32::MAX as f64 / 16.0;

/// Largest logarithm of a float's magnitude: that of the smallest one above 0, `ln 2^-149`.
const LARGEST_LOGARITHM: f64 = 104.0;

/// A signal `[1, channels, time]` of which there is one step for so many frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signal {
    pub(super) channels: usize,
    pub(super) stride: usize,
    /// The largest magnitude of its numbers, whatever is heard.
    largest: f64,
}

/// The shapes of a graph's signals, and what its operations take.
#[derive(Debug)]
pub(in crate::model) struct Shapes {
    /// Of each signal.
    pub(super) signals: Vec<Signal>,
    /// What running it takes.
    pub(in crate::model) cost: Cost,
}

impl Signal {
    fn is_like(self, other: Self) -> bool {
        (self.channels, self.stride) == (other.channels, other.stride)
    }
}

impl Shapes {
    /// Follows the graph from its input to its output.
    ///
    /// # Errors
    /// Where a node does not fit what comes before it.
    pub(super) fn infer(graph: &Graph, front_end: &FrontEndSpec) -> Result<Self, GraphError> {
        // A cosine transform sums the logarithms of all bands, twice each where it is not normalised.
        let largest = 2.0 * front_end.mel_bins as f64 * LARGEST_LOGARITHM;
        let input = Signal { channels: graph.coefficients, stride: 1, largest };
        let (mut signals, mut cost) = (vec![input], Cost::default());
        for node in &graph.nodes {
            let made = Operands { graph, node, signals: &signals }.made(&mut cost);
            let made = made.map_err(|mismatch| mismatch.of(node.operation.name(), &node.name))?;
            cost.add_passes(1, made.channels, made.stride);
            signals.push(made);
        }
        Ok(Self { signals, cost })
    }

    /// Checks that no number can overflow, whatever is heard.
    ///
    /// # Errors
    /// At the first operation that may.
    pub(super) fn check_bounds(&self, graph: &Graph) -> Result<(), GraphError> {
        for (node, signal) in graph.nodes.iter().zip(&self.signals[1..]) {
            let largest = signal.largest;
            if largest.is_nan() || largest > MOST {
                let found = format!("up to {largest:.0e}");
                let mismatch = mismatch("of weights with which no sound overflows", found);
                return Err(mismatch.of(node.operation.name(), &node.name));
            }
        }
        Ok(())
    }

    /// Numbers that all signals have in so many frames.
    pub(super) fn numbers_in(&self, frames: usize) -> usize {
        let numbers = self.signals.iter().map(|s| padded(s.channels).saturating_mul(frames / s.stride + 1));
        numbers.fold(0, usize::saturating_add)
    }
}

/// What a node reads.
struct Operands<'a> {
    graph: &'a Graph,
    node: &'a Node,
    /// Those made before it.
    signals: &'a [Signal],
}

impl<'a> Operands<'a> {
    /// What the node makes; adds what that takes.
    fn made(&self, cost: &mut Cost) -> Result<Signal, Mismatch> {
        match &self.node.operation {
            Operation::Add | Operation::Sub => self.pair(|a, b| a + b),
            Operation::AveragePool { window, .. } => self.pool(window, cost),
            Operation::BatchNormalization { .. } => {
                Err(mismatch("folded into the convolution before it", "by itself"))
            }
            Operation::Clip => {
                let mut made = self.signal(0)?;
                for input in 1..self.node.inputs.len() {
                    // Clipping to a range that is far from 0 makes what is small large.
                    made.largest = made.largest.max(largest(self.optional(input)?));
                }
                Ok(made)
            }
            Operation::Conv { window, groups } => self.convolution(window, *groups, cost),
            Operation::Identity | Operation::Relu => self.only(),
            Operation::Mul => self.pair(|a, b| a * b),
            Operation::Pad { .. } => self.pad(cost),
            Operation::Sigmoid | Operation::Softmax { .. } => Ok(Signal { largest: 1.0, ..self.only()? }),
        }
    }

    fn signal(&self, input: usize) -> Result<Signal, Mismatch> {
        match self.value(input)? {
            Value::Signal(signal) => Ok(self.signals[signal]),
            Value::Absent => Err(mismatch("given an input", "none")),
            value @ Value::Tensor(_) => {
                Err(mismatch("fed by a signal", format!("the initialiser {:?}", self.graph.name(value))))
            }
        }
    }

    /// The only input.
    fn only(&self) -> Result<Signal, Mismatch> {
        match self.node.inputs.len() {
            0 | 1 => self.signal(0),
            more => Err(mismatch("of one input", more.to_string())),
        }
    }

    fn tensor(&self, input: usize) -> Result<&'a Tensor, Mismatch> {
        self.optional(input)?.ok_or_else(|| mismatch(format!("given input {input}"), "none"))
    }

    /// A tensor that may be left out.
    fn optional(&self, input: usize) -> Result<Option<&'a Tensor>, Mismatch> {
        match self.value(input)? {
            Value::Absent => Ok(None),
            Value::Tensor(tensor) => Ok(Some(&self.graph.tensors[tensor])),
            value @ Value::Signal(_) => {
                Err(mismatch("fed by an initialiser", format!("the signal {:?}", self.graph.name(value))))
            }
        }
    }

    /// What the node reads, which must be there.
    fn value(&self, input: usize) -> Result<Value, Mismatch> {
        match Graph::input(self.node, input) {
            Value::Tensor(at) if self.graph.tensors[at].numbers == Numbers::Open => {
                let name = &self.graph.tensors[at].name;
                Err(mismatch("fed by what comes before it", format!("{name:?}")))
            }
            value => Ok(value),
        }
    }

    /// Two signals, or one and a tensor that makes it no larger. `bound` gives the largest number that
    /// is made of two.
    fn pair(&self, bound: fn(f64, f64) -> f64) -> Result<Signal, Mismatch> {
        if self.node.inputs.len() != 2 {
            return Err(mismatch("of two inputs", self.node.inputs.len().to_string()));
        }
        let (signal, other) = match (self.value(0)?, self.value(1)?) {
            (Value::Signal(a), Value::Signal(b)) if self.signals[a].is_like(self.signals[b]) => {
                (self.signals[a], self.signals[b].largest)
            }
            (Value::Signal(signal), Value::Tensor(tensor))
            | (Value::Tensor(tensor), Value::Signal(signal)) => {
                let (signal, tensor) = (self.signals[signal], &self.graph.tensors[tensor]);
                let is_one = tensor.dims.len() <= 3 && tensor.count() == 1;
                let is_column =
                    [&[signal.channels, 1][..], &[1, signal.channels, 1]].contains(&&*tensor.dims);
                if tensor.floats().is_empty() || !(is_one || is_column) {
                    let expected = format!("[1, {}, 1] beside its signal", signal.channels);
                    return Err(mismatch(expected, format!("{:?}", tensor.dims)));
                }
                (signal, largest(Some(tensor)))
            }
            _ => {
                let expected = "of signals of one shape, or of one with an initialiser";
                return Err(mismatch(expected, "others"));
            }
        };
        Ok(Signal { largest: bound(signal.largest, other), ..signal })
    }

    fn convolution(&self, window: &Window, groups: i64, cost: &mut Cost) -> Result<Signal, Mismatch> {
        let (input, weights, bias) = (self.signal(0)?, self.tensor(1)?, self.optional(2)?);
        let found = || format!("weights {:?} in {groups} groups", weights.dims);
        let (&[outputs, inputs, taps], Ok(groups)) = (weights.dims.as_slice(), usize::try_from(groups))
        else {
            return Err(mismatch("of weights [outputs, inputs, taps]", found()));
        };
        let is_whole = outputs > 0 && taps > 0 && groups > 0 && outputs.is_multiple_of(groups);
        if !is_whole || inputs.checked_mul(groups) != Some(input.channels) {
            return Err(mismatch(format!("for the {} channels of its input", input.channels), found()));
        }
        if let Some(bias) = bias.filter(|bias| bias.dims != [outputs]) {
            return Err(mismatch(format!("of a bias [{outputs}]"), format!("{:?}", bias.dims)));
        }
        let (found, stride) = look_back(window, Some(taps), input, cost)?;
        if found != taps {
            return Err(mismatch(format!("of kernel_shape [{taps}], as its weights"), found.to_string()));
        }
        cost.add_convolution([outputs, inputs, taps], groups == 1, stride);
        let rows = weights.floats().chunks(inputs * taps);
        let gain = rows.map(|row| row.iter().map(|weight| f64::from(weight.abs())).sum()).fold(0.0, f64::max);
        Ok(Signal { channels: outputs, stride, largest: gain * input.largest + largest(bias) })
    }

    fn pool(&self, window: &Window, cost: &mut Cost) -> Result<Signal, Mismatch> {
        let input = self.signal(0)?;
        let (taps, stride) = look_back(window, None, input, cost)?;
        cost.add_passes(taps, input.channels, stride);
        // A mean is no larger, but the sum before it is.
        Ok(Signal { stride, largest: taps as f64 * input.largest, ..input })
    }

    /// Padding of the time alone.
    fn pad(&self, cost: &mut Cost) -> Result<Signal, Mismatch> {
        let (signal, pads, value) = (self.signal(0)?, self.tensor(1)?.integers(), self.optional(2)?);
        let most = MAX_CONTEXT_FRAMES;
        let steps = |pad: i64| usize::try_from(pad).ok().filter(|&pad| pad <= most);
        let pad = match *pads {
            [0, 0, before, 0, 0, after] => steps(before).zip(steps(after)),
            _ => None,
        };
        let (before, after) = pad.filter(|_| self.node.inputs.len() <= 3).ok_or_else(|| {
            mismatch(format!("of pads [0, 0, before, 0, 0, after] up to {most}"), format!("{pads:?}"))
        })?;
        cost.add_context(before + after, signal.stride);
        Ok(Signal { largest: signal.largest.max(largest(value)), ..signal })
    }
}

/// Counts how far a window looks back; gives its taps and the stride of what is made of it.
fn look_back(
    window: &Window,
    taps_of_weights: Option<usize>,
    input: Signal,
    cost: &mut Cost,
) -> Result<(usize, usize), Mismatch> {
    let number = |name: &str, found: i64| {
        let number = usize::try_from(found).ok().filter(|n| (1..=MAX_CONTEXT_FRAMES).contains(n));
        let expected = || format!("of {name} [1 to {MAX_CONTEXT_FRAMES}]");
        number.ok_or_else(|| mismatch(expected(), format!("[{found}]")))
    };
    let taps = taps_of_weights.filter(|_| window.taps == 0).map_or(window.taps, |taps| taps as i64);
    let taps = number("kernel_shape", taps)?;
    let span = (taps - 1) * number("dilations", window.dilation)?;
    if window.pads.iter().any(|pad| !(0..=span as i64).contains(pad)) {
        let expected = format!("padded by at most {span} steps before and after");
        return Err(mismatch(expected, format!("{:?}", window.pads)));
    }
    cost.add_context(span, input.stride);
    let stride = input.stride * number("strides", window.stride)?;
    if stride > MAX_STRIDE_FRAMES {
        return Err(mismatch(format!("of at most {MAX_STRIDE_FRAMES} frames a step"), stride.to_string()));
    }
    Ok((taps, stride))
}

/// The largest magnitude of a tensor's numbers; 0 if there is none.
fn largest(tensor: Option<&Tensor>) -> f64 {
    let values = tensor.map_or(&[][..], Tensor::floats);
    values.iter().map(|value| f64::from(value.abs())).fold(0.0, f64::max)
}
