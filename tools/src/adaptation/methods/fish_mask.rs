//! FISH mask: the single weights with the largest Fisher information (Sung, Nair, Raffel 2021, arXiv 2111.09839).
//!
//! The information is the mean squared gradient over single examples of the language, under a head that was trained
//! first. Normalisations always adapt; the rest of the budget goes to kernels' weights.

use anyhow::Result;

use super::single_weights::{information, kernel_budget, masked};
use crate::adaptation::stages::{Stage, Stages};
use crate::adaptation::task::{Adapted, Task};
use crate::network::pruning::top_weights;
use crate::training::parametrisation::Parametrisation;

/// Share of the steps that train the head alone.
const HEAD: f64 = 0.1;

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    let count = kernel_budget(task)?;
    let fixed = Parametrisation::frozen(task.base.clone());
    let head = stages.run(&Stage::new("head", HEAD, &fixed))?;
    let with_head = fixed.fused(&head)?;
    let masks = top_weights(&information(task, stages, &with_head)?, count);
    let masked = masked(task, &with_head, masks);
    let trained =
        stages.run(&Stage { start: Some(&with_head), ..Stage::new("fine-tune", 1.0 - HEAD, &masked) })?;
    Ok(Adapted { parametrisation: masked, trained })
}
