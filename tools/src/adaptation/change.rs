//! What an adaptation changed in each tensor.

use anyhow::Result;

use super::task::Adapted;
use crate::network::forward::NORM_EPSILON;
use crate::network::{Layer, NetworkShape, Weights};
use crate::training::low_rank::product;
use crate::training::parametrisation::{Parametrisation, Rule};

/// How one tensor changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Whole(Vec<f32>),
    LowRank { rank: usize, up: Vec<f32>, down: Vec<f32> },
    Rows(Vec<f32>),
    Sparse { positions: Vec<u32>, values: Vec<f32> },
}

impl Change {
    /// Numbers stored, positions not counted.
    pub(crate) fn numbers(&self) -> usize {
        match self {
            Self::Whole(values) | Self::Rows(values) | Self::Sparse { values, .. } => values.len(),
            Self::LowRank { up, down, .. } => up.len() + down.len(),
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Whole(_) => "whole".into(),
            Self::LowRank { rank, .. } => format!("rank {rank}"),
            Self::Rows(_) => "rows".into(),
            Self::Sparse { values, .. } => format!("{} values", values.len()),
        }
    }

    pub(super) fn apply(&self, values: &mut [f32], columns: usize) {
        match self {
            Self::Whole(new) => values.copy_from_slice(new),
            Self::LowRank { rank, up, down } => {
                values.iter_mut().zip(product(up, down, *rank)).for_each(|(value, d)| *value += d);
            }
            Self::Rows(factors) => {
                for (row, factor) in values.chunks_exact_mut(columns).zip(factors) {
                    for value in row {
                        *value += *value * factor;
                    }
                }
            }
            Self::Sparse { positions, values: new } => {
                positions.iter().zip(new).for_each(|(&at, new)| values[at as usize] = *new);
            }
        }
    }
}

/// The changes of an adaptation, tensor by tensor.
pub(crate) fn changes(shape: &NetworkShape, adapted: &Adapted) -> Result<Vec<(String, Change)>> {
    let Adapted { parametrisation: Parametrisation { base, rules, .. }, trained } = adapted;
    let mut fused = adapted.parametrisation.fused(trained)?;
    keep_statistics(shape, base, &mut fused);
    let mut changes: Vec<(String, Change)> = Vec::new();
    let mut push = |name: &str, change| {
        if changes.iter().all(|(other, _)| other != name) {
            changes.push((name.to_owned(), change));
        }
    };
    for (index, (slot, rule)) in base.slots.iter().zip(rules).enumerate() {
        let part = |part: &str| trained.get(&format!("{}{part}", slot.name)).to_vec();
        match rule {
            Rule::Frozen => {}
            // Statistics are the base's again.
            _ if fused.at(index) == base.at(index) && !slot.is_languages() => {}
            Rule::LowRank(rank) => {
                push(&slot.name, Change::LowRank { rank: *rank, up: part(".up"), down: part(".down") });
            }
            Rule::RowScale { by } => push(by, Change::Rows(trained.get(by).to_vec())),
            Rule::Difference(Some(factors)) => {
                let positions: Vec<u32> =
                    (0..).zip(factors).filter(|(_, f)| **f != 0.0).map(|(i, _)| i).collect();
                let values = positions.iter().map(|&i| fused.at(index)[i as usize]).collect();
                push(&slot.name, Change::Sparse { positions, values });
            }
            _ => push(&slot.name, Change::Whole(fused.at(index).to_vec())),
        }
    }
    Ok(changes)
}

/// Gives every normalisation the base's mean and variance and the scale and shift with which it does what it did.
fn keep_statistics(shape: &NetworkShape, base: &Weights, weights: &mut Weights) {
    for norm in Layer::all(shape, base).iter().filter_map(|layer| layer.norm) {
        if [norm.mean, norm.variance].iter().all(|&slot| weights.at(slot) == base.at(slot)) {
            continue;
        }
        for row in 0..base.at(norm.mean).len() {
            let deviation = (weights.at(norm.variance)[row] + NORM_EPSILON).sqrt();
            let factor = weights.at(norm.scale)[row] / deviation;
            let base_deviation = (base.at(norm.variance)[row] + NORM_EPSILON).sqrt();
            weights.at_mut(norm.scale)[row] = factor * base_deviation;
            let moved = factor * (base.at(norm.mean)[row] - weights.at(norm.mean)[row]);
            weights.at_mut(norm.shift)[row] += moved;
        }
        for slot in [norm.mean, norm.variance] {
            weights.at_mut(slot).copy_from_slice(base.at(slot));
        }
    }
}
