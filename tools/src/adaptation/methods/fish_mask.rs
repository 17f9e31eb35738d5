//! FISH mask: the single weights with the largest Fisher information (Sung, Nair, Raffel 2021, arXiv 2111.09839).
//!
//! The information is the mean squared gradient over single examples of the language, under a head that was trained
//! first. Normalisations always adapt; the rest of the budget goes to kernels' weights.

use anyhow::{Context, Result};

use crate::adaptation::form::Form;
use crate::adaptation::stages::{Stage, Stages};
use crate::adaptation::task::{Adapted, Task};
use crate::network::Weights;
use crate::training::parametrisation::{Parametrisation, Rule};

/// Share of the steps that train the head alone.
const HEAD: f64 = 0.1;
/// Examples that the information is measured on.
const EXAMPLES: usize = 1_024;

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    let count = kernel_budget(task)?;
    let fixed = Parametrisation::frozen(task.base.clone());
    let head = stages.run(&Stage::new("head", HEAD, &fixed))?;
    let with_head = fixed.fused(&head)?;
    let information = information(task, stages, &with_head)?;
    let masks = top_weights(task, count, |kernel, at| information.get(&difference_of(task, kernel))[at]);
    let masked = masked(task, &with_head, masks);
    let trained =
        stages.run(&Stage { start: Some(&with_head), ..Stage::new("fine-tune", 1.0 - HEAD, &masked) })?;
    Ok(Adapted { parametrisation: masked, trained })
}

/// The Fisher information of each kernel's weights, up to a factor; by the name that [`difference_of`] gives.
pub(super) fn information(task: &Task<'_>, stages: &Stages<'_>, weights: &Weights) -> Result<Weights> {
    let mut kernels = Parametrisation::frozen(weights.clone());
    for layer in &task.layers {
        kernels.rules[layer.kernel] = Rule::Difference(None);
    }
    stages.squared_gradients(&kernels, EXAMPLES)
}

/// Name of a kernel's trained difference.
pub(super) fn difference_of(task: &Task<'_>, kernel: usize) -> String {
    format!("{}.difference", task.base.slots[kernel].name)
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

/// Masks over the layers' kernels: 1 at so many weights of highest value.
pub(super) fn top_weights(
    task: &Task<'_>,
    count: usize,
    value: impl Fn(usize, usize) -> f32,
) -> Vec<Vec<f32>> {
    let kernels = || task.layers.iter().map(|layer| layer.kernel);
    let mut order: Vec<(usize, usize)> =
        kernels().enumerate().flat_map(|(l, k)| (0..task.base.at(k).len()).map(move |at| (l, at))).collect();
    let values: Vec<Vec<f32>> =
        kernels().map(|k| (0..task.base.at(k).len()).map(|at| value(k, at)).collect()).collect();
    order.sort_by(|a, b| values[b.0][b.1].total_cmp(&values[a.0][a.1]));
    let mut masks: Vec<Vec<f32>> = kernels().map(|k| vec![0.0; task.base.at(k).len()]).collect();
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
