//! A network of the family, packed for the kernel.

use std::sync::Arc;

use pulp::Simd;

use super::dense::Dense;
use super::depthwise::Depthwise;
use super::family;
use super::signal::{Signal, SignalShape};
use crate::aligned::Aligned;
use crate::instructions::Instructions;
use crate::onnx::proto::GraphProto;

/// One operation: reads a signal, writes another.
#[derive(PartialEq)]
pub(super) struct Step {
    pub(super) operation: Operation,
    pub(super) input: usize,
    pub(super) output: usize,
}

/// What a step computes.
#[derive(PartialEq)]
pub(super) enum Operation {
    /// `(x - mean) * scale`, channel by channel.
    Normalise {
        mean: Aligned,
        scale: Aligned,
    },
    Dense(Dense),
    Depthwise(Depthwise),
    /// Over so many channels.
    Softmax {
        channels: usize,
    },
}

/// What one step of a network is called and costs.
#[derive(Clone, Debug, PartialEq)]
pub struct StepCost {
    /// Name of its node in the model file.
    pub name: String,
    /// Multiply-accumulates of its convolution for one frame, on the average; 0 if it is none.
    pub macs_per_frame: f64,
}

/// A network of the family: immutable, to be run by any number of [`State`](super::State)s.
pub(crate) struct Network {
    /// Shared with other networks where these are equal.
    pub(super) steps: Vec<Arc<Step>>,
    /// Of each step.
    pub(crate) costs: Vec<StepCost>,
    /// The first is the input; every other is some step's output.
    pub(super) signals: Vec<SignalShape>,
    pub(super) instructions: Instructions,
}

impl Network {
    /// Packs a graph that has been checked against its manifest, to be run with these instructions.
    ///
    /// # Errors
    /// In what the graph is not of the family.
    pub(crate) fn new(graph: &GraphProto, instructions: Instructions) -> Result<Self, String> {
        let family::Chain { steps, signals, costs } = family::read(graph, instructions)?;
        let steps = steps.into_iter().map(Arc::new).collect();
        Ok(Self { steps, costs, signals, instructions })
    }

    /// The signal that holds the posteriors.
    pub(super) fn output(&self) -> usize {
        self.steps.last().map_or(0, |step| step.output)
    }
}

impl Step {
    /// Runs the step on so many frames. `place` gives a signal's place in `signals`.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, place: &[usize], signals: &mut [Signal], frames: usize) {
        let mut output = std::mem::take(&mut signals[place[self.output]]);
        let input = &signals[place[self.input]];
        let rows = frames / output.shape.frames_per_row;
        match &self.operation {
            Operation::Normalise { mean, scale } => {
                for row in 0..rows {
                    let parts = mean.values().iter().zip(scale.values()).zip(input.row(row));
                    for (y, ((mean, scale), x)) in output.row_mut(row).iter_mut().zip(parts) {
                        *y = (x - mean) * scale;
                    }
                }
            }
            Operation::Dense(dense) => {
                let residual = dense.residual.map(|signal| &signals[place[signal]]);
                dense.run(simd, input, residual, &mut output, rows);
            }
            Operation::Depthwise(depthwise) => depthwise.run(simd, input, &mut output, rows),
            Operation::Softmax { channels } => {
                for row in 0..rows {
                    softmax(&input.row(row)[..*channels], &mut output.row_mut(row)[..*channels]);
                }
            }
        }
        signals[place[self.output]] = output;
    }
}

fn softmax(logits: &[f32], probabilities: &mut [f32]) {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (probability, logit) in probabilities.iter_mut().zip(logits) {
        *probability = (logit - highest).exp();
        sum += *probability;
    }
    let scale = 1.0 / sum;
    for probability in probabilities {
        *probability *= scale;
    }
}
