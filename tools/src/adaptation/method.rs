//! The ways to adapt a base to a language.

use std::fmt;

use anyhow::Result;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::adapter::Adapted;
use super::budget::Budget;
use super::form::Parts;
use super::stages::Stages;
use super::{fine_tuning, fish_mask, pac_net, swr, taps};
use crate::network::{Layer, NetworkShape, Weights};
use crate::training::corpus::Corpus;

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
        matches!(self, Self::Swr | Self::SwrLowRank | Self::SwrWhere | Self::FishMask | Self::PacNet)
    }
}

/// What a method adapts, and within which bounds.
pub(crate) struct Task<'a> {
    pub(crate) shape: &'a NetworkShape,
    /// The base with a fresh head for the language.
    pub(crate) base: Weights,
    pub(crate) layers: Vec<Layer>,
    pub(crate) budget: Budget,
    /// What the base was trained on, for the method that needs it.
    pub(crate) source: Option<Source<'a>>,
}

/// The recordings that a base was trained on, and the base with their languages' heads.
pub(crate) struct Source<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) base: Weights,
}

/// Adapts the base by a method.
pub(crate) fn adapt(method: Method, task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    match method {
        Method::Swr => swr::adapt(task, stages, Parts::Sparse),
        Method::SwrLowRank => swr::adapt(task, stages, Parts::LowRank),
        Method::SwrWhere => swr::adapt(task, stages, Parts::None),
        Method::Full => fine_tuning::full(task, stages),
        Method::Head => fine_tuning::head(task, stages),
        Method::Norm => fine_tuning::norm(task, stages),
        Method::Ia3 => fine_tuning::ia3(task, stages),
        Method::Taps => taps::adapt(task, stages),
        Method::FishMask => fish_mask::adapt(task, stages),
        Method::PacNet => pac_net::adapt(task, stages),
        Method::Scratch => fine_tuning::scratch(task, stages),
    }
}

impl Task<'_> {
    /// Trains once, with given rules, for the whole length of the adaptation.
    pub(super) fn train(
        &self,
        stages: &mut Stages<'_>,
        name: &str,
        parametrisation: crate::training::parametrisation::Parametrisation,
    ) -> Result<Adapted> {
        let stage = super::stages::Stage {
            name,
            share: 1.0,
            parametrisation: &parametrisation,
            start: None,
            teacher: None,
            corpus: None,
        };
        let trained = stages.run(&stage)?;
        Ok(Adapted { parametrisation, trained })
    }
}
