//! The ways to adapt a base to a language.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A way to adapt a base to a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Method {
    /// Scalable Weight Reparametrization: a policy decides under the budget where to change how much
    Swr,
    /// The same with products of small rank in place of single weights
    SwrLowRank,
    /// The same, but a layer changes as a whole or not at all
    SwrWhere,
    /// Everything is fine-tuned
    Full,
    /// Everything, each kernel as several branches that are folded into one: `RepVGG`
    Branches,
    /// Nothing but the head
    Head,
    /// Normalisation and head
    Norm,
    /// One factor per channel, and the head: (IA)³
    Ia3,
    /// Task Adaptive Parameter Sharing: threshold gates with a sparsity penalty
    Taps,
    /// The single weights with the largest squared gradients
    FishMask,
    /// Prune, allocate, calibrate: the weights that the source can do without; needs the source's data
    PacNet,
    /// Bottlenecks grafted behind the residual blocks: `PeterRec`; cannot be fused into the base's operations
    PeterRec,
    /// A side network that asks the frozen one for what it needs: `SynQT`; cannot be fused, takes little memory in training
    #[value(name = "synqt")]
    #[serde(rename = "synqt")]
    SynQt,
    /// Training from scratch
    Scratch,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

impl Method {
    /// Whether it needs the recordings that the base was trained on.
    pub(crate) fn needs_source(self) -> bool {
        self == Self::PacNet
    }

    /// Whether it keeps to a budget.
    pub(crate) fn has_budget(self) -> bool {
        matches!(
            self,
            Self::Swr
                | Self::SwrLowRank
                | Self::SwrWhere
                | Self::FishMask
                | Self::PacNet
                | Self::PeterRec
                | Self::SynQt
        )
    }
}
