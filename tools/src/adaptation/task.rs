//! What a method is given, and what it gives.

use anyhow::Result;

use super::budget::Budget;
use super::stages::{Stage, Stages};
use crate::network::{Layer, NetworkShape, Weights};
use crate::training::corpus::Corpus;
use crate::training::parametrisation::Parametrisation;

/// What a method adapts, and within which bounds.
pub(crate) struct Task<'a> {
    pub(crate) shape: &'a NetworkShape,
    /// The base with a fresh head for the language.
    pub(crate) base: Weights,
    /// The layers that may change.
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

/// Rules and trained values of a finished adaptation.
pub(crate) struct Adapted {
    pub(crate) parametrisation: Parametrisation,
    pub(crate) trained: Weights,
}

/// Trains once, with given rules, for the whole length of the adaptation; from the base, or from `start`.
pub(super) fn train(
    stages: &mut Stages<'_>,
    name: &str,
    parametrisation: Parametrisation,
    start: Option<&Weights>,
) -> Result<Adapted> {
    let stage = Stage { start, ..Stage::new(name, 1.0, &parametrisation) };
    let trained = stages.run(&stage)?;
    Ok(Adapted { parametrisation, trained })
}
