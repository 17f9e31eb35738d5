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

/// Masks over the layers' kernels: 1 at so many weights of highest value, of the values of each layer's kernel.
pub(super) fn top_weights(values: &[Vec<f32>], count: usize) -> Vec<Vec<f32>> {
    let mut order: Vec<(usize, usize)> =
        values.iter().enumerate().flat_map(|(l, values)| (0..values.len()).map(move |at| (l, at))).collect();
    order.sort_by(|a, b| values[b.0][b.1].total_cmp(&values[a.0][a.1]));
    let mut masks: Vec<Vec<f32>> = values.iter().map(|values| vec![0.0; values.len()]).collect();
    for &(layer, at) in order.iter().take(count) {
        masks[layer][at] = 1.0;
    }
    masks
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
