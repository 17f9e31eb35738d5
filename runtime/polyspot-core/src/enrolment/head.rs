//! The end of a network: words, softmax, and the sums of words to labels.
//!
//! An enrolled word rests on features of several [`MOMENTS`]. Its row is cut into a part for each of them, so that all other words cost
//! what they did:
//!
//! ```text
//! features ─ head ─ words + parts ─ moments ─ sums ─ words ─ softmax ─ labels
//! ```
//!
//! The head computes each part at every step; "moments", a depthwise convolution, holds the earlier ones back; "sums" adds them up.
//! A network without enrolled words goes from the head to the softmax.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use super::error::EnrolmentError;
use crate::float;
use crate::kernel::{Convolution, Layer, Network, NetworkDescription, Operation, State};
use crate::simd::Instructions;

/// The moments that a word rests on, in steps before its last: 0.4 s with steps of 40 ms.
pub(super) const MOMENTS: [usize; 3] = [0, 5, 10];
/// Steps from the first of them to the last.
pub(super) const TAPS: usize = MOMENTS[MOMENTS.len() - 1] + 1;

/// Frames run at once.
const BATCH_FRAMES: usize = 32;

/// A network in two parts: what makes features, and what makes labels of them.
pub(super) struct Parts<'a> {
    /// Gives features in place of posteriors.
    trunk: Network,
    /// Gives words' logits in place of posteriors.
    words: Network,
    /// `[labels, words]`: which words are which label.
    labels: &'a Convolution,
}

/// What a network makes of a piece of sound: at each step the means of as many steps as a detector averages.
pub(super) struct Heard {
    features: Means,
    /// Logits of the words.
    logits: Means,
    /// The logarithm of the softmax's denominator: what a new word's logit is up against.
    levels: Means,
}

/// `[steps, width]`.
struct Means {
    width: usize,
    values: Vec<f64>,
}

/// Where a network's layers end and words begin.
struct End<'a> {
    trunk: &'a [Layer],
    head: &'a Convolution,
    /// Of a network with enrolled words.
    delayed: Option<[&'a Convolution; 2]>,
    labels: &'a Convolution,
}

impl<'a> End<'a> {
    fn of(network: &'a NetworkDescription) -> Result<Self, EnrolmentError> {
        let [rest @ .., softmax, labels] = network.layers.as_slice() else {
            return Err(EnrolmentError::Unsupported("three layers at most"));
        };
        let (Operation::Softmax, Operation::Convolve(labels)) = (&softmax.operation, &labels.operation)
        else {
            return Err(EnrolmentError::Unsupported("other operations at its end"));
        };
        let (trunk, head, delayed) = match rest {
            [trunk @ .., head, moments, sums] if moments.name == Self::MOMENTS && sums.name == Self::SUMS => {
                (trunk, head, Some([convolution(moments)?, convolution(sums)?]))
            }
            [trunk @ .., head] if !trunk.is_empty() => (trunk, head, None),
            _ => return Err(EnrolmentError::Unsupported("three layers at most")),
        };
        let end = Self { trunk, head: convolution(head)?, delayed, labels };
        if end.fits() { Ok(end) } else { Err(EnrolmentError::Unsupported("more than sums at its end")) }
    }

    const MOMENTS: &'static str = "words.moments";
    const SUMS: &'static str = "words.sums";

    /// Whether each layer is of its kind, and of the size that the one before it asks for.
    fn fits(&self) -> bool {
        let is_linear = |layer: &Convolution, taps: usize, is_depthwise: bool| {
            let is_bare = layer.residual.is_none() && !layer.relu && layer.packed_for.is_none();
            is_bare && (layer.taps, layer.stride, layer.is_depthwise) == (taps, 1, is_depthwise)
        };
        let is_sum = |layer: &Convolution, inputs: usize| {
            is_linear(layer, 1, false)
                && layer.bias.is_none()
                && layer.weights.len() == layer.outputs * inputs
        };
        let parts = self.head.outputs;
        let words = match self.delayed {
            None => Some(parts),
            Some([moments, sums]) => {
                let is_delay = is_linear(moments, TAPS, true) && moments.bias.is_none();
                let fits = is_delay && moments.weights.len() == parts * TAPS && is_sum(sums, parts);
                fits.then_some(sums.outputs)
            }
        };
        is_linear(self.head, 1, false) && words.is_some_and(|words| is_sum(self.labels, words))
    }
}

fn convolution(layer: &Layer) -> Result<&Convolution, EnrolmentError> {
    match &layer.operation {
        Operation::Convolve(convolution) => Ok(convolution),
        _ => Err(EnrolmentError::Unsupported("other operations at its end")),
    }
}

impl<'a> Parts<'a> {
    pub(super) fn of(network: &'a NetworkDescription) -> Result<Self, EnrolmentError> {
        let end = End::of(network)?;
        let first = |layers: usize| {
            let layers = network.layers[..layers].to_vec();
            Network::new(
                &NetworkDescription { coefficients: network.coefficients, layers },
                Instructions::best(),
            )
        };
        let (trunk, words) = (first(end.trunk.len())?, first(network.layers.len() - 2)?);
        if end.head.weights.len() != end.head.outputs * trunk.outputs() {
            return Err(EnrolmentError::Unsupported("weights of another size"));
        }
        Ok(Self { trunk, words, labels: end.labels })
    }

    /// Features that a word's row is of: those of all moments.
    pub(super) fn features(&self) -> usize {
        MOMENTS.len() * self.trunk.outputs()
    }

    /// What it makes of frames `[n, coefficients]`, which it hears first, at each step but those that `smoothing` steps have not gone
    /// before; what is left of a step at the end is left out.
    pub(super) fn hear(&self, frames: &[f32], smoothing: usize) -> Heard {
        let logits = run(&self.words, frames);
        let levels: Vec<f32> = logits.chunks_exact(self.words.outputs()).map(level).collect();
        Heard {
            features: Means::of(&run(&self.trunk, frames), self.trunk.outputs(), smoothing),
            levels: Means::of(&levels, 1, smoothing),
            logits: Means::of(&logits, self.words.outputs(), smoothing),
        }
    }

    /// The posteriors of the labels at a step.
    pub(super) fn posteriors(&self, heard: &Heard, step: usize) -> Vec<f32> {
        let logits: Vec<f32> = heard.logits.row(step).iter().map(|&logit| logit as f32).collect();
        let level = level(&logits);
        let words: Vec<f32> = logits.iter().map(|logit| float::exp(logit - level)).collect();
        let sums = self.labels.weights.chunks_exact(words.len());
        sums.map(|row| row.iter().zip(&words).map(|(share, word)| share * word).sum()).collect()
    }
}

/// What a network gives for frames that it hears first, step after step.
fn run(network: &Network, frames: &[f32]) -> Vec<f32> {
    let (coefficients, stride) = (network.coefficients(), network.stride_frames());
    let most = BATCH_FRAMES.div_ceil(stride) * stride;
    let mut state = State::new(&[(0, network)], most);
    let whole = frames.len() / (coefficients * stride) * coefficients * stride;
    let mut outputs = Vec::with_capacity(whole / (coefficients * stride) * network.outputs());
    for frames in frames[..whole].chunks(most * coefficients) {
        state.run(|_| Some(network), frames, |_, step| outputs.extend_from_slice(step));
    }
    outputs
}

/// ln Σ exp.
fn level(logits: &[f32]) -> f32 {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| float::exp(logit - highest)).sum();
    highest + float::ln(sum)
}

impl Heard {
    /// Steps that have all moments, by their numbers: step `i` is the network's step `i + smoothing - 1`.
    pub(super) fn steps(&self) -> core::ops::Range<usize> {
        TAPS - 1..self.levels.values.len().max(TAPS - 1)
    }

    /// The features of all moments at a step, the latest first.
    pub(super) fn moments(&self, step: usize) -> Vec<f64> {
        MOMENTS.iter().flat_map(|back| self.features.row(step - back)).copied().collect()
    }

    pub(super) fn level(&self, step: usize) -> f64 {
        self.levels.values[step]
    }
}

impl Means {
    /// Running means of so many rows.
    fn of(rows: &[f32], width: usize, smoothing: usize) -> Self {
        let steps = (rows.len() / width + 1).saturating_sub(smoothing);
        let mean = |index: usize| {
            let (step, column) = (index / width, index % width);
            let values = (step..step + smoothing).map(|row| f64::from(rows[row * width + column]));
            values.sum::<f64>() / smoothing as f64
        };
        Self { width, values: (0..steps * width).map(mean).collect() }
    }

    fn row(&self, step: usize) -> &[f64] {
        &self.values[step * self.width..(step + 1) * self.width]
    }
}

/// The network with one word more, which is a label of its own in this place.
///
/// # Errors
/// When the network has another end.
///
/// # Panics
/// If the row is not as long as the features of all moments, or there is no such place.
pub(super) fn with_word(
    network: &NetworkDescription,
    row: &[f32],
    bias: f32,
    label: usize,
) -> Result<NetworkDescription, EnrolmentError> {
    let End { trunk, head, delayed, labels } = End::of(network)?;
    let parts = MOMENTS.len();
    assert_eq!(row.len() * head.outputs, parts * head.weights.len());
    let words = head.outputs;
    let mut head = head.clone();
    head.weights.to_mut().extend_from_slice(row);
    let zeros = || Cow::Owned(vec![0.0; words]);
    head.bias.get_or_insert_with(zeros).to_mut().extend([bias].into_iter().chain(vec![0.0; parts - 1]));
    head.outputs += parts;
    let [mut moments, mut sums] = match delayed {
        Some(delayed) => delayed.map(Clone::clone),
        // Each word is its own part, without delay.
        None => [delays(&vec![0; words]), linear(words, identity(words))],
    };
    moments.weights.to_mut().extend_from_slice(&delays(&MOMENTS).weights);
    moments.outputs += parts;
    let new = [vec![0.0; words], vec![1.0; parts]].concat();
    let rows = sums.weights.chunks_exact(words).map(|row| [row, &[0.0; MOMENTS.len()]].concat());
    sums = linear(sums.outputs + 1, rows.chain([new]).flatten().collect());
    let mut end = network.layers[trunk.len()..].iter();
    let name = |layer: Option<&Layer>| layer.map(|layer| layer.name.clone()).unwrap_or_default();
    let head = Layer { name: name(end.next()), operation: Operation::Convolve(head) };
    let labelled = linear(labels.outputs + 1, with_label(&labels.weights, labels.outputs, label));
    let labelled = Layer { name: name(end.next_back()), operation: Operation::Convolve(labelled) };
    let softmax = Layer { name: name(end.next_back()), operation: Operation::Softmax };
    let delayed = [(End::MOMENTS, moments), (End::SUMS, sums)].map(|(name, convolution)| Layer {
        name: Cow::Borrowed(name),
        operation: Operation::Convolve(convolution),
    });
    let mut layers = trunk.to_vec();
    layers.push(head);
    layers.extend(delayed);
    layers.extend([softmax, labelled]);
    Ok(NetworkDescription { coefficients: network.coefficients, layers })
}

/// A depthwise convolution that gives each channel so many steps late.
fn delays(steps: &[usize]) -> Convolution {
    let taps = steps.iter().flat_map(|&late| (0..TAPS).rev().map(move |back| f32::from(back == late)));
    Convolution { taps: TAPS, is_depthwise: true, ..linear(steps.len(), taps.collect()) }
}

/// A convolution of one tap, with weights `[outputs, inputs]`.
fn linear(outputs: usize, weights: Vec<f32>) -> Convolution {
    Convolution {
        weights: Cow::Owned(weights),
        bias: None,
        outputs,
        taps: 1,
        stride: 1,
        is_depthwise: false,
        residual: None,
        relu: false,
        packed_for: None,
    }
}

fn identity(size: usize) -> Vec<f32> {
    (0..size * size).map(|index| f32::from(index / size == index % size)).collect()
}

/// A matrix `[labels, words]` with a column more at its end and a row more in this place, which have a 1 where they meet.
fn with_label(shares: &[f32], labels: usize, place: usize) -> Vec<f32> {
    let words = shares.len() / labels;
    let mut rows: Vec<Vec<f32>> = shares.chunks_exact(words).map(|row| [row, &[0.0]].concat()).collect();
    let mut new = vec![0.0; words];
    new.push(1.0);
    rows.insert(place, new);
    rows.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_more_leaves_the_others_their_words() {
        let labels = with_label(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0], 2, 1);
        assert_eq!(labels, [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn means_are_of_the_steps_before() {
        let means = Means::of(&[1.0, 10.0, 2.0, 20.0, 6.0, 60.0], 2, 2);
        assert_eq!(means.values, [1.5, 15.0, 4.0, 40.0]);
        assert!(Means::of(&[1.0], 1, 2).values.is_empty());
    }
}
