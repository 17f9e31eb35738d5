//! What a layer may become in a language, and what each choice costs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::network::{Layer, Weights};
use crate::training::low_rank::{factors, product};
use crate::training::parametrisation::Rule;

/// Ranks that a layer is offered.
const RANKS: [usize; 7] = [1, 2, 4, 6, 8, 12, 16];

/// What a kernel changes when it is free to.
#[derive(Clone, Debug)]
pub(crate) struct FreeChange {
    /// To the base, row by row.
    pub(crate) difference: Vec<f32>,
    /// The loss's curvature at each value of the base, by the mean squared gradient. The scale is arbitrary.
    pub(crate) curvature: Vec<f32>,
    pub(crate) shape: [usize; 2],
}

impl FreeChange {
    /// 1 at so many of the values, those whose difference would cost most to drop: by the curvature there times the
    /// difference squared (Optimal Brain Damage: `LeCun`, Denker, Solla 1989); 0 elsewhere.
    pub(crate) fn mask(&self, count: usize) -> Vec<f32> {
        let importance: Vec<f32> =
            self.difference.iter().zip(&self.curvature).map(|(d, curvature)| d * d * curvature).collect();
        let mut order: Vec<usize> = (0..importance.len()).collect();
        order.sort_by(|&a, &b| importance[b].total_cmp(&importance[a]));
        let mut mask = vec![0.0; importance.len()];
        order.iter().take(count).for_each(|&at| mask[at] = 1.0);
        mask
    }
}

/// How a layer may change in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// Not at all: only as a whole.
    None,
    /// By products of small rank.
    LowRank,
    /// In some of its weights.
    Sparse,
}

/// How much of a layer a language changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// Nothing: bit for bit the base's.
    Base,
    /// Scale and shift of its normalisation.
    Scale,
    /// Those, and its kernel by a product of this rank.
    LowRank(usize),
    /// Those, and so many of its kernel's weights: the ones whose change matters most.
    Sparse(usize),
    /// All of it.
    Whole,
}

impl Form {
    /// What a layer may become, the cheapest first; with `counts` of single weights, ascending, that it is offered.
    pub(crate) fn options(layer: &Layer, weights: &Weights, parts: Parts, counts: &[usize]) -> Vec<Self> {
        let [rows, columns] = weights.slots[layer.kernel].shape;
        let mut options = vec![Self::Base];
        if parts != Parts::None && layer.norm.is_some() {
            options.push(Self::Scale);
        }
        match parts {
            Parts::None => {}
            Parts::LowRank => {
                let pays = |rank: &usize| 2 * rank * (rows + columns) <= rows * columns;
                options.extend(RANKS.into_iter().filter(pays).map(Self::LowRank));
            }
            Parts::Sparse => options.extend(counts.iter().copied().map(Self::Sparse)),
        }
        options.push(Self::Whole);
        options
    }

    /// Numbers that a language stores for a layer of this form.
    pub(crate) fn cost(self, layer: &Layer, weights: &Weights) -> usize {
        let [rows, columns] = weights.slots[layer.kernel].shape;
        let norm = if layer.norm.is_some() { 2 * rows } else { 0 };
        match self {
            Self::Base => 0,
            Self::Scale => norm,
            Self::LowRank(rank) => rank * (rows + columns) + norm,
            Self::Sparse(count) => count + norm,
            Self::Whole => rows * columns + norm,
        }
    }

    /// What this form keeps of a kernel's change; `None` if nothing.
    pub(crate) fn kept(self, change: &FreeChange) -> Option<Vec<f32>> {
        let FreeChange { difference, shape, .. } = change;
        match self {
            Self::Base | Self::Scale => None,
            Self::LowRank(rank) => {
                let (up, down) = factors(difference, *shape, rank);
                Some(product(&up, &down, rank))
            }
            Self::Sparse(count) => {
                let mask = change.mask(count);
                Some(difference.iter().zip(mask).map(|(d, m)| d * m).collect())
            }
            Self::Whole => Some(difference.clone()),
        }
    }

    /// Weights of the kernel that change, where only some do.
    pub(crate) fn single_weights(self) -> Option<usize> {
        match self {
            Self::Sparse(count) => Some(count),
            _ => None,
        }
    }

    /// Sets the rules of a layer's slots: the kernel as the form says; the normalisation, where anything changes,
    /// gathers its own statistics while it is trained.
    ///
    /// # Panics
    /// If the form is sparse and there are no factors that say which weights change.
    pub(crate) fn apply(self, layer: &Layer, factors: Option<Vec<f32>>, rules: &mut [Rule]) {
        rules[layer.kernel] = match self {
            Self::Base | Self::Scale => Rule::Frozen,
            Self::LowRank(rank) => Rule::LowRank(rank),
            Self::Sparse(_) => Rule::Difference(Some(factors.expect("a sparse form comes with its weights"))),
            Self::Whole => Rule::Difference(None),
        };
        if self != Self::Base {
            layer.norm_slots().for_each(|slot| rules[slot] = Rule::Free);
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("base"),
            Self::Scale => f.write_str("scale"),
            Self::LowRank(rank) => write!(f, "rank {rank}"),
            Self::Sparse(count) => write!(f, "{count} values"),
            Self::Whole => f.write_str("whole"),
        }
    }
}
