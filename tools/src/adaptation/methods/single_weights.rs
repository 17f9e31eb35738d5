//! Which single weights of the kernels may change.

use anyhow::{Context, Result};

use crate::adaptation::form::Form;
use crate::adaptation::stages::Stages;
use crate::adaptation::task::Task;
use crate::network::Weights;
use crate::training::parametrisation::{Parametrisation, Rule};

/// Examples that the information is measured on.
const EXAMPLES: usize = 1_024;

/// The Fisher information of the weights of each layer's kernel, up to a factor.
pub(super) fn information(task: &Task<'_>, stages: &Stages<'_>, weights: &Weights) -> Result<Vec<Vec<f32>>> {
    let mut kernels = Parametrisation::frozen(weights.clone());
    for layer in &task.layers {
        kernels.rules[layer.kernel] = Rule::Difference(None);
    }
    let squared = stages.squared_gradients(&kernels, EXAMPLES)?;
    let difference = |kernel: usize| format!("{}.difference", task.base.slots[kernel].name);
    Ok(task.layers.iter().map(|layer| squared.get(&difference(layer.kernel)).to_vec()).collect())
}

/// Single weights that the budget has left beside the normalisations.
///
/// # Errors
/// When it cannot hold those.
pub(super) fn kernel_budget(task: &Task<'_>) -> Result<usize> {
    let norms: usize = task.layers.iter().map(|layer| Form::Scale.cost(layer, &task.base)).sum();
    task.budget.allowed.checked_sub(norms).with_context(|| {
        format!(
            "the budget allows {} parameters, expected room for at least the normalisations' {norms}",
            task.budget.allowed
        )
    })
}

/// Rules that free the normalisations and the masked weights.
pub(super) fn masked(task: &Task<'_>, base: &Weights, masks: Vec<Vec<f32>>) -> Parametrisation {
    let mut masked = Parametrisation::frozen(base.clone());
    for (layer, mask) in task.layers.iter().zip(masks) {
        Form::Scale.apply(layer, None, &mut masked.rules);
        masked.rules[layer.kernel] = Rule::Difference(Some(mask));
    }
    masked
}
