//! `SynQT`: a side network that queries a frozen one (Zhang et al. 2024, arXiv 2407.06964).
//!
//! The base only gives features; the language's own small network stands beside it (`network/side.rs`). A query module makes queries of
//! the side network's state, which take from each frozen block's output what the language needs. No gradient goes through the base, so
//! that training keeps none of its activations. The budget gives the width: the widest that it can hold.
//!
//! The paper has a vision transformer, whose queries attend to the tokens of each frozen layer; here they attend to the channels of each
//! frozen block at the same moment, since a softmax over time would have to wait for the end of a stream. It cannot be fused: its file
//! has operations that the base does not have, which tract runs and the kernel does not (`cost` shows them).
//!
//! The paper's claim, that training takes much less memory than full fine-tuning, is a column of `sweep`
//! (`experiments/2026-11-29-methods-in-streams.md`).

use anyhow::{Result, ensure};

use crate::adaptation::budget::Budget;
use crate::adaptation::stages::Stages;
use crate::adaptation::task::{Adapted, Task, train};
use crate::network::NetworkShape;
use crate::training::parametrisation::Parametrisation;

/// The base's shape with a side network.
pub(super) fn shape(base: &NetworkShape, budget: &Budget) -> Result<NetworkShape> {
    ensure!(base.side_blocks().next().is_some(), "expected a residual block for queries, found none");
    let with = |side: usize| NetworkShape { side, ..base.clone() };
    let least = with(1).side_parameters();
    ensure!(
        least <= budget.allowed,
        "the budget allows {} parameters, expected room for at least {least}: a side network of one channel",
        budget.allowed
    );
    let fits = |side: &usize| with(*side).side_parameters() <= budget.allowed;
    Ok(with((1..=base.features()).take_while(fits).last().unwrap_or(1)))
}

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    train(stages, "query", Parametrisation::frozen(task.base.clone()), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_network_is_as_wide_as_the_budget_allows() {
        let base = NetworkShape::default();
        let width = |allowed| shape(&base, &Budget { parameters: 0, allowed }).map(|shape| shape.side);
        // Of s channels: start and end of 192 · s, and beside six blocks s² + s + 192 · s.
        let cost = |s: usize| 2 * 192 * s + 6 * (s * s + s + 192 * s);
        assert_eq!(width(cost(7)).unwrap(), 7);
        assert_eq!(width(cost(8) - 1).unwrap(), 7);
        assert!(width(cost(1) - 1).unwrap_err().to_string().contains("at least 1548"));
    }
}
