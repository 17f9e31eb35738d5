//! Task Adaptive Parameter Sharing (Wallingford et al. 2022, arXiv 2203.16708).
//!
//! Every layer's difference counts if its score reaches a threshold; scores have a straight-through gradient and are
//! drawn towards zero. Normalisations always adapt, which the paper found to help. It has no budget: the penalty's
//! weight decides how much is shared.

use anyhow::Result;

use crate::adaptation::form::Form;
use crate::adaptation::stages::Stages;
use crate::adaptation::task::{Adapted, Task, train};
use crate::training::gates::Gates;
use crate::training::parametrisation::{GATES, Parametrisation, Rule};

/// The paper's threshold τ.
const THRESHOLD: f32 = 0.1;
/// Weight of the mean score in the loss.
const SPARSITY: f32 = 0.01;

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    let mut gated = Parametrisation::frozen(task.base.clone());
    for (index, layer) in task.layers.iter().enumerate() {
        Form::Scale.apply(layer, None, &mut gated.rules);
        gated.rules[layer.kernel] = Rule::GatedDifference { layer: index };
    }
    let layers = task.layers.len();
    gated.gates = Some(Gates::Threshold { layers, threshold: THRESHOLD, sparsity: SPARSITY });
    let mut adapted = train(stages, "share", gated, None)?;
    for (layer, score) in task.layers.iter().zip(adapted.trained.get(GATES).to_vec()) {
        adapted.parametrisation.rules[layer.kernel] =
            if score >= THRESHOLD { Rule::Difference(None) } else { Rule::Frozen };
    }
    adapted.parametrisation.gates = None;
    Ok(adapted)
}
