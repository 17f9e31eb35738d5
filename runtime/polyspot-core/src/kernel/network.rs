//! A network of the family, packed for the kernel.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use pulp::Simd;

use super::cost::Cost;
use super::dense::Dense;
use super::depthwise::Depthwise;
use super::signal::{Signal, SignalShape};
use super::weights::Weights;
use crate::float;
use crate::simd::Instructions;

/// One operation of a packed network: reads a signal, writes another.
#[derive(Debug, PartialEq)]
pub struct Step {
    pub(super) operation: Operation,
    pub(super) input: usize,
    pub(super) output: usize,
}

/// What a step computes.
#[derive(Debug, PartialEq)]
pub(super) enum Operation {
    /// `(x - mean) * scale`, channel by channel.
    Normalise {
        mean: Weights,
        scale: Weights,
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
#[non_exhaustive]
pub struct StepCost {
    /// Name of its layer: in a model file, of its node.
    pub name: String,
    /// Multiply-accumulates of its convolution for one frame, on the average; 0 if it is none.
    pub macs_per_frame: f64,
}

/// A network of the family: immutable, to be run by any number of streams.
#[derive(Debug)]
pub struct Network {
    /// Shared with other networks where these are equal.
    pub(super) steps: Vec<Arc<Step>>,
    pub(super) costs: Vec<StepCost>,
    /// The first is the input; every other is some step's output.
    pub(super) signals: Vec<SignalShape>,
    pub(super) cost: Cost,
    pub(super) instructions: Instructions,
}

impl Network {
    /// What its steps are called and cost, in their order.
    pub fn costs(&self) -> &[StepCost] {
        &self.costs
    }

    /// Its steps, in their order.
    pub fn steps(&self) -> &[Arc<Step>] {
        &self.steps
    }

    /// Holds this step instead of its own one in this place, if they are equal: of networks that are changes to one base, equal
    /// weights are then in memory once. Gives whether they are.
    pub fn share_step(&mut self, index: usize, step: &Arc<Step>) -> bool {
        let own = self.steps.get_mut(index).filter(|own| ***own == **step);
        own.map(|own| *own = Arc::clone(step)).is_some()
    }

    /// How many of their first steps two networks have in common: the same operations with the same numbers on the same signals.
    pub fn shared_steps(&self, other: &Self) -> usize {
        // Every step writes the signal after the last one, so that so many steps need one signal more.
        if self.signals[0] != other.signals[0] {
            return 0;
        }
        let alike = |(index, (own, others)): &(usize, (&Arc<Step>, &Arc<Step>))| {
            (Arc::ptr_eq(own, others) || own == others) && self.signals[index + 1] == other.signals[index + 1]
        };
        self.steps.iter().zip(&other.steps).enumerate().take_while(alike).count()
    }

    /// Channels of the input: coefficients of a frame.
    pub fn coefficients(&self) -> usize {
        self.signals[0].channels
    }

    /// Channels of the output: labels.
    pub fn outputs(&self) -> usize {
        self.signals[self.output()].channels
    }

    /// Frames from one output to the next.
    pub fn stride_frames(&self) -> usize {
        self.signals[self.output()].frames_per_row
    }

    /// What running it takes.
    pub fn cost(&self) -> Cost {
        self.cost
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
        let mut output = core::mem::take(&mut signals[place[self.output]]);
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
        *probability = float::exp(logit - highest);
        sum += *probability;
    }
    let scale = 1.0 / sum;
    for probability in probabilities {
        *probability *= scale;
    }
}
