//! `PeterRec`: small networks grafted into a frozen one (Yuan et al. 2020, arXiv 2001.04253).
//!
//! Behind each residual block stands a patch x + W·relu(N·x + b), a bottleneck beside a shortcut. N, W and b are the language's, as its
//! head is; the base and its statistics stay bit for bit. W begins at 0, so that training starts from the base. The budget gives the
//! width: the widest that it can hold, the same behind every block.
//!
//! The `ReLU` inside keeps a patch from being fused: the file has operations that the base does not have, and costs a
//! multiply-accumulate for each number of a patch at every step (`cost` shows them). The kernel runs it. It is no language of a file
//! that is fused while loading.
//!
//! The paper grafts into the residual blocks of a dilated convolutional network, serially behind each of its layers or beside it, with
//! little between the two; one patch behind each block is its cheaper form. Its claim, on our data: with a small part of the parameters
//! it comes near to fine-tuning all of them (`experiments/2026-11-29-methods-in-streams.md`).

use anyhow::{Result, ensure};

use crate::adaptation::budget::Budget;
use crate::adaptation::stages::Stages;
use crate::adaptation::task::{Adapted, Task, train};
use crate::network::NetworkShape;
use crate::training::parametrisation::Parametrisation;

/// The base's shape with patches behind the residual blocks that languages do not share.
pub(super) fn shape(base: &NetworkShape, budget: &Budget, share_prefix: usize) -> Result<NetworkShape> {
    let with = |channels: usize| {
        let blocks = base.blocks_with_inputs().enumerate();
        let grafts = blocks.map(|(index, (inputs, block))| {
            let is_patched = block.is_residual(inputs) && index + 1 >= share_prefix;
            if is_patched { channels } else { 0 }
        });
        let grafts = grafts.collect();
        NetworkShape { grafts, ..base.clone() }
    };
    let cost = |shape: &NetworkShape| -> usize {
        (0..shape.blocks.len()).map(|block| shape.graft_parameters(block)).sum()
    };
    let each = cost(&with(1));
    ensure!(each > 0, "expected a residual block that languages do not share, to graft a bottleneck behind");
    let channels = budget.allowed / each;
    ensure!(
        channels > 0,
        "the budget allows {} parameters, expected room for at least {each}: a channel of each graft",
        budget.allowed
    );
    Ok(with(channels))
}

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    train(stages, "graft", Parametrisation::frozen(task.base.clone()), None)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::network::Weights;

    #[test]
    fn patches_are_as_wide_as_the_budget_allows_and_behind_residual_blocks_that_are_not_shared() {
        let base = NetworkShape::default();
        let weights = Weights::new(&base, &[], &mut StdRng::seed_from_u64(1));
        let budget = Budget::new(0.1, &weights, None).unwrap();
        let grafts = |budget: &Budget, prefix| shape(&base, budget, prefix).map(|shape| shape.grafts);
        // A channel has 2 · 192 + 1 numbers; 27,236 parameters hold 11 channels behind six blocks, and 17 behind four.
        let channels = budget.allowed / (6 * 385);
        assert_eq!(
            grafts(&budget, 0).unwrap(),
            [0, channels, channels, channels, channels, channels, channels]
        );
        let channels = budget.allowed / (4 * 385);
        assert_eq!(grafts(&budget, 4).unwrap(), [0, 0, 0, channels, channels, channels, channels]);
        let none = Budget { allowed: 6 * 385 - 1, ..budget };
        assert!(grafts(&none, 0).unwrap_err().to_string().contains("at least 2310"));
        assert!(grafts(&budget, 8).is_err());
    }
}
