//! PAC-Net: prune, allocate, calibrate (Myung et al. 2022, arXiv 2206.05703).
//!
//! The weights of least magnitude are what the source can do without. They are set to zero, the others train on with
//! the source's recordings, and then the language trains only the pruned ones. It needs the source's data, and it
//! makes a base of its own, which the adapter belongs to: a base for every budget. Normalisations always adapt.

use anyhow::{Context, Result};

use super::single_weights::{kernel_budget, masked};
use crate::adaptation::stages::{Stage, Stages};
use crate::adaptation::task::{Adapted, Task};
use crate::network::pruning::{least_weights, prune};
use crate::training::parametrisation::{Parametrisation, Rule};

/// Share of the steps that train on the source.
const ALLOCATE: f64 = 0.3;

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    let source = task
        .source
        .as_ref()
        .context("pac-net needs the recordings that the base was trained on (--source)")?;
    let redundant = least_weights(&task.base, &task.layers, kernel_budget(task)?);

    let mut pruned = Parametrisation::free(source.base.clone());
    // The heads, in which both networks differ, come last.
    prune(&mut pruned.base, &task.layers, &redundant);
    for (layer, mask) in task.layers.iter().zip(&redundant) {
        pruned.rules[layer.kernel] =
            Rule::Difference(Some(mask.iter().map(|redundant| 1.0 - redundant).collect()));
    }
    let allocated =
        stages.run(&Stage { corpus: Some(source.corpus), ..Stage::new("allocate", ALLOCATE, &pruned) })?;
    let allocated = pruned.fused(&allocated)?;

    let mut base = task.base.clone();
    base.take_over(&allocated)?;
    let calibrated = masked(task, &base, redundant);
    let trained = stages.run(&Stage::new("calibrate", 1.0 - ALLOCATE, &calibrated))?;
    Ok(Adapted { parametrisation: calibrated, trained })
}
