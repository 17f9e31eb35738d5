//! What a layer may become in a language, and what each choice costs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::network::{Layer, Weights};
use crate::training::parametrisation::Rule;

/// Ranks that a layer is offered.
const RANKS: [usize; 8] = [1, 2, 3, 4, 6, 8, 12, 16];

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
    /// All of it.
    Whole,
}

impl Form {
    /// What a layer may become, the cheapest first.
    pub(crate) fn options(layer: &Layer, weights: &Weights) -> Vec<Self> {
        let [rows, columns] = weights.slots[layer.kernel].shape;
        let ranks = RANKS.into_iter().filter(|rank| 2 * rank * (rows + columns) <= rows * columns);
        std::iter::once(Self::Base)
            .chain(layer.norm.map(|_| Self::Scale))
            .chain(ranks.map(Self::LowRank))
            .chain([Self::Whole])
            .collect()
    }

    /// Numbers that a language stores for a layer of this form.
    pub(crate) fn cost(self, layer: &Layer, weights: &Weights) -> usize {
        let [rows, columns] = weights.slots[layer.kernel].shape;
        let norm = if layer.norm.is_some() { 2 * rows } else { 0 };
        match self {
            Self::Base => 0,
            Self::Scale => norm,
            Self::LowRank(rank) => rank * (rows + columns) + norm,
            Self::Whole => rows * columns + norm,
        }
    }

    /// Sets the rules of a layer's slots: the kernel as the form says; the normalisation, where anything changes,
    /// gathers its own statistics while it is trained.
    pub(crate) fn apply(self, layer: &Layer, rules: &mut [Rule]) {
        rules[layer.kernel] = match self {
            Self::Base | Self::Scale => Rule::Frozen,
            Self::LowRank(rank) => Rule::LowRank(rank),
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
            Self::Whole => f.write_str("whole"),
        }
    }
}
