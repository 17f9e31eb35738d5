//! Gates on layers: which of their changes the network takes.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;

/// Score of an option that a layer does not have.
const IMPOSSIBLE: f32 = -1e4;

/// How gates open.
#[derive(Clone, Debug)]
pub(crate) enum Gates {
    /// Each layer takes one of several options, drawn with the trained scores as logits.
    Policy(Policy),
    /// Each layer's change counts if its trained score reaches the threshold (TAPS, arXiv 2203.16708).
    Threshold {
        layers: usize,
        threshold: f32,
        /// Weight of the mean absolute score in the loss.
        sparsity: f32,
    },
}

/// The policy that decides where, and how much, to reparametrize (SWR, arXiv 2302.13435): logits per layer and
/// option, drawn from by hard Gumbel-softmax with a straight-through gradient (arXiv 1611.01144).
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// Cost of each option of each layer, as a share of the network's parameters; the first is no change.
    pub(crate) costs: Vec<Vec<f32>>,
    /// Share of parameters allowed, ρ.
    pub(crate) budget: f32,
    /// Weight λ of the squared excess over the budget in the loss.
    pub(crate) weight: f32,
    /// Temperature of the softmax.
    pub(crate) temperature: f32,
}

impl Gates {
    /// `[layers, options]`.
    pub(crate) fn shape(&self) -> [usize; 2] {
        match self {
            Self::Policy(policy) => [policy.costs.len(), policy.options()],
            Self::Threshold { layers, .. } => [*layers, 1],
        }
    }

    /// Scores before training: all options of a policy alike, all layers of a threshold open.
    pub(crate) fn initial(&self) -> Vec<f32> {
        match self {
            Self::Policy(policy) => policy.possible().map(|p| if p { 0.0 } else { IMPOSSIBLE }).collect(),
            Self::Threshold { layers, threshold, .. } => vec![threshold + 1.0; *layers],
        }
    }

    /// Gates `[layers, options]` of 0 and 1, with gradients as if they were soft, and the penalty.
    pub(crate) fn open(
        &self,
        scores: Tensor<2>,
        device: &Device,
        rng: &mut impl Rng,
    ) -> (Tensor<2>, Tensor<1>) {
        match self {
            Self::Policy(policy) => policy.open(scores, device, rng),
            Self::Threshold { layers, threshold, sparsity } => {
                let hard = scores.clone().detach().greater_equal_elem(*threshold).float();
                let gates = hard - scores.clone().detach() + scores.clone();
                (gates, scores.abs().sum() * (sparsity / *layers as f32))
            }
        }
    }
}

impl Policy {
    fn options(&self) -> usize {
        self.costs.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Whether an option exists, layer by layer.
    fn possible(&self) -> impl Iterator<Item = bool> {
        self.costs.iter().flat_map(|costs| (0..self.options()).map(|option| option < costs.len()))
    }

    fn open(&self, scores: Tensor<2>, device: &Device, rng: &mut impl Rng) -> (Tensor<2>, Tensor<1>) {
        let shape = [self.costs.len(), self.options()];
        let constant = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, shape), device);
        let gumbel = self.possible().map(|possible| {
            let uniform: f32 = rng.random_range(1e-6..1.0 - 1e-6);
            if possible { -(-uniform.ln()).ln() } else { IMPOSSIBLE }
        });
        let soft = softmax((scores + constant(gumbel.collect())) / self.temperature, 1);
        let highest = soft.clone().detach().max_dim(1);
        let hard = soft.clone().detach().greater_equal(highest).float();
        let gates = hard - soft.clone().detach() + soft;
        let costs = self
            .costs
            .iter()
            .flat_map(|costs| (0..self.options()).map(|option| costs.get(option).copied().unwrap_or(0.0)));
        let used = (gates.clone() * constant(costs.collect())).sum();
        let excess = (used - self.budget).clamp_min(0.0);
        (gates, excess.clone() * excess * self.weight)
    }

    /// Probability of each option of each layer.
    pub(crate) fn probabilities(&self, scores: &[f32]) -> Vec<Vec<f32>> {
        let rows = scores.chunks_exact(self.options()).zip(&self.costs);
        rows.map(|(row, costs)| {
            let row = &row[..costs.len()];
            let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let exponentials: Vec<f32> = row.iter().map(|score| (score - highest).exp()).collect();
            let sum: f32 = exponentials.iter().sum();
            exponentials.into_iter().map(|e| e / sum).collect()
        })
        .collect()
    }
}
