//! The plain ways: everything, as it is or as branches, the head alone, the normalisation, one factor per channel; and no base at all.

use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::adaptation::form::Form;
use crate::adaptation::stages::Stages;
use crate::adaptation::task::{Adapted, Task, train};
use crate::network::Weights;
use crate::training::parametrisation::{Parametrisation, Rule};
use crate::training::vocabulary::Vocabulary;

/// Every parameter departs from the base; weight decay draws it back.
pub(super) fn full(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    forms(task, stages, Form::Whole)
}

/// Every parameter is trained, the kernels as branches.
pub(super) fn branches(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    train(stages, "fine-tune", formed(task, Form::Whole).branched(&task.layers), None)
}

/// The base is a fixed extractor of features.
pub(super) fn head(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    forms(task, stages, Form::Base)
}

/// Scale and shift of the normalisations, with statistics of the language ("`BitFit`" of normalised networks; Li et al.,
/// Adaptive Batch Normalization, arXiv 1603.04779).
pub(super) fn norm(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    forms(task, stages, Form::Scale)
}

fn forms(task: &Task<'_>, stages: &mut Stages<'_>, form: Form) -> Result<Adapted> {
    train(stages, "fine-tune", formed(task, form), None)
}

/// Every layer of this form.
fn formed(task: &Task<'_>, form: Form) -> Parametrisation {
    let mut parametrisation = Parametrisation::frozen(task.base.clone());
    for layer in &task.layers {
        form.apply(layer, None, &mut parametrisation.rules);
    }
    parametrisation
}

/// One factor for each channel that a layer gives out ((IA)³: Liu et al. 2022, arXiv 2205.05638, which has them on
/// attention and feed-forward activations). The base's statistics stay.
pub(super) fn ia3(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    let mut parametrisation = Parametrisation::frozen(task.base.clone());
    for layer in &task.layers {
        for slot in layer.row_slots() {
            parametrisation.rules[slot] = Rule::RowScale { by: layer.rows_name() };
        }
    }
    train(stages, "scale", parametrisation, None)
}

/// Fresh weights, nothing of the base but its input's scale.
pub(super) fn scratch(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    let mut rng = StdRng::seed_from_u64(stages.recipe.seed);
    let heads: Vec<_> = stages.vocabularies.iter().map(Vocabulary::head).collect();
    let fresh = Weights::new(task.shape, &heads, &mut rng);
    let mut parametrisation = Parametrisation::free(task.base.clone());
    for (rule, slot) in parametrisation.rules.iter_mut().zip(&task.base.slots) {
        if slot.name.starts_with("input.") {
            *rule = Rule::Frozen;
        }
    }
    train(stages, "train", parametrisation, Some(&fresh))
}
