//! The end of a network: words, softmax, and the sums of words to labels.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use super::error::EnrolmentError;
use crate::float;
use crate::kernel::{Convolution, Network, NetworkDescription, Operation, State};
use crate::simd::Instructions;

/// Frames run at once.
const BATCH_FRAMES: usize = 32;

/// A network in two parts: what makes features, and what makes labels of them.
pub(super) struct Parts<'a> {
    /// Gives features in place of posteriors.
    trunk: Network,
    /// `[words, features]` with a bias: the logits of words.
    head: &'a Convolution,
    /// `[labels, words]`: which words are which label.
    labels: &'a Convolution,
}

impl<'a> Parts<'a> {
    pub(super) fn of(network: &'a NetworkDescription) -> Result<Self, EnrolmentError> {
        let [trunk @ .., head, softmax, labels] = network.layers.as_slice() else {
            return Err(EnrolmentError::Unsupported("three layers at most"));
        };
        let (Operation::Convolve(head), Operation::Softmax, Operation::Convolve(labels)) =
            (&head.operation, &softmax.operation, &labels.operation)
        else {
            return Err(EnrolmentError::Unsupported("other operations at its end"));
        };
        let is_linear = |layer: &Convolution| {
            let Convolution { taps, stride, is_depthwise, residual, relu, packed_for, .. } = layer;
            (*taps, *stride) == (1, 1) && !is_depthwise && residual.is_none() && !relu && packed_for.is_none()
        };
        if !is_linear(head) || !is_linear(labels) || labels.bias.is_some() {
            return Err(EnrolmentError::Unsupported("more than sums at its end"));
        }
        let trunk = NetworkDescription { coefficients: network.coefficients, layers: trunk.to_vec() };
        let parts = Self { trunk: Network::new(&trunk, Instructions::best())?, head, labels };
        let fits = head.weights.len() == head.outputs * parts.features()
            && labels.weights.len() == labels.outputs * head.outputs;
        if fits { Ok(parts) } else { Err(EnrolmentError::Unsupported("weights of another size")) }
    }

    pub(super) fn features(&self) -> usize {
        self.trunk.outputs()
    }

    /// The features `[steps, features]` of frames `[n, coefficients]`, which the network hears first; what is left of a step at the
    /// end is left out.
    pub(super) fn run(&self, frames: &[f32]) -> Vec<f32> {
        let (coefficients, stride) = (self.trunk.coefficients(), self.trunk.stride_frames());
        let most = BATCH_FRAMES.div_ceil(stride) * stride;
        let mut state = State::new(&[(0, &self.trunk)], most);
        let whole = frames.len() / (coefficients * stride) * coefficients * stride;
        let mut features = Vec::with_capacity(whole / (coefficients * stride) * self.features());
        for frames in frames[..whole].chunks(most * coefficients) {
            state.run(|_| Some(&self.trunk), frames, |_, step| features.extend_from_slice(step));
        }
        features
    }

    /// The logits of the words at a step.
    fn logits(&self, features: &[f32]) -> Vec<f64> {
        let rows = self.head.weights.chunks_exact(features.len());
        let logit = |(word, row): (usize, &[f32])| {
            let bias = self.head.bias.as_ref().map_or(0.0, |bias| bias[word]);
            let sum: f64 = row.iter().zip(features).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
            sum + f64::from(bias)
        };
        rows.enumerate().map(logit).collect()
    }

    /// The logarithm of the softmax's denominator at a step: what a new word's logit is up against.
    pub(super) fn level(&self, features: &[f32]) -> f64 {
        let logits = self.logits(features);
        let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logits.iter().map(|logit| f64::from(float::exp((logit - highest) as f32))).sum();
        highest + f64::from(float::ln(sum as f32))
    }

    /// The posteriors of the labels at a step.
    pub(super) fn posteriors(&self, features: &[f32]) -> Vec<f32> {
        let (logits, level) = (self.logits(features), self.level(features));
        let words: Vec<f32> = logits.iter().map(|logit| float::exp((logit - level) as f32)).collect();
        let sums = self.labels.weights.chunks_exact(words.len());
        sums.map(|row| row.iter().zip(&words).map(|(share, word)| share * word).sum()).collect()
    }
}

/// The network with one word more, which is a label of its own in this place.
///
/// # Errors
/// When the network has another end.
///
/// # Panics
/// If the row is not as long as the network's features, or there is no such place.
pub(super) fn with_word(
    network: &NetworkDescription,
    row: &[f32],
    bias: f32,
    label: usize,
) -> Result<NetworkDescription, EnrolmentError> {
    let mut network = network.clone();
    let [.., head, softmax, labels] = network.layers.as_mut_slice() else {
        return Err(EnrolmentError::Unsupported("three layers at most"));
    };
    let (Operation::Convolve(head), Operation::Softmax, Operation::Convolve(labels)) =
        (&mut head.operation, &softmax.operation, &mut labels.operation)
    else {
        return Err(EnrolmentError::Unsupported("other operations at its end"));
    };
    assert_eq!(row.len() * head.outputs, head.weights.len());
    head.weights.to_mut().extend_from_slice(row);
    let words = head.outputs;
    head.bias.get_or_insert_with(|| Cow::Owned(vec![0.0; words])).to_mut().push(bias);
    head.outputs += 1;
    labels.weights = Cow::Owned(with_label(&labels.weights, labels.outputs, label));
    labels.outputs += 1;
    Ok(network)
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
}
