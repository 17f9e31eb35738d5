//! Scalable Weight Reparametrization (Kim, Lee, Yang, Chang: arXiv 2302.13435, US 2024/0185088).
//!
//! Realised from the paper's abstract and the application's claims; its figures are not claimed to be reproduced.
//! Three stages, each an ordinary training run:
//!
//! 1. *Reparametrize*: every layer and the head learn the language. The difference ΔW of each layer to the base is
//!    what it would change if it were free to.
//! 2. *Decide*: a policy learns, for each layer, how much of ΔW to keep: nothing, the normalisation, some of the
//!    kernel's weights (those whose change matters most), or all. Its options are drawn by hard Gumbel-softmax, and what exceeds the budget is
//!    punished in proportion to its square. The most probable choice that fits the budget is taken.
//! 3. *Settle*: the policy is thrown away, and the chosen forms train on from what they kept of ΔW; single weights come
//!    down to their number in rounds. Their targets are in part the posteriors of the network of stage 1: it knows the
//!    language with all its parameters.

use std::ops::Range;

use anyhow::Result;

use crate::adaptation::budget::likeliest;
use crate::adaptation::form::{Form, FreeChange, Parts};
use crate::adaptation::stages::{Stage, Stages};
use crate::adaptation::task::{Adapted, Task};
use crate::network::{Layer, Weights};
use crate::training::gates::{Gates, Policy};
use crate::training::parametrisation::{GATES, Parametrisation, Rule};

/// Shares of the steps that the stages take.
const REPARAMETRIZE: f64 = 0.4;
const DECIDE: f64 = 0.1;
const SHRINK: f64 = 0.2;
const SETTLE: f64 = 0.3;
/// Rounds in which kernels come down to the weights that may change, by the same factor each. All at once would lose more
/// than the rest can mend (gradual pruning: Zhu and Gupta 2017, arXiv 1710.01878).
const ROUNDS: usize = 6;
/// Weight λ of the squared excess over the budget, ρ being a share of the parameters.
const EXCESS_WEIGHT: f32 = 20.0;
/// Examples that the importance of changes is measured on.
const EXAMPLES: usize = 512;
/// Share of the targets that are the posteriors of stage 1's network.
const TEACHER_SHARE: f32 = 0.5;

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>, parts: Parts) -> Result<Adapted> {
    let mut everything = Parametrisation::frozen(task.base.clone());
    for layer in &task.layers {
        Form::Whole.apply(layer, None, &mut everything.rules);
    }
    let free = stages.run(&Stage {
        course: course(0.0, REPARAMETRIZE),
        ..Stage::new("reparametrize", REPARAMETRIZE, &everything)
    })?;
    let free = everything.fused(&free)?;

    let mut changes = changes(task, stages, &everything, &free)?;
    let forms = decide(task, stages, parts, &free, &changes)?;

    let last = last_weights(task, &forms);
    let sparse = last.iter().any(Option::is_some);
    let rounds = if sparse { ROUNDS } else { 1 };
    let (mut parametrisation, mut trained, mut network) = (everything, None, free.clone());
    let mut begun = REPARAMETRIZE;
    for round in 1..=rounds {
        let depth = round as f64 / rounds as f64;
        parametrisation = shrunk(task, &forms, &last, &changes, depth);
        let (name, share) = if round < rounds {
            ("shrink", SHRINK / (rounds - 1) as f64)
        } else {
            ("settle", if sparse { SETTLE } else { SHRINK + SETTLE })
        };
        let values = stages.run(&Stage {
            start: Some(&network),
            teacher: Some((&free, TEACHER_SHARE)),
            course: course(begun, share),
            ..Stage::new(name, share, &parametrisation)
        })?;
        begun += share;
        network = parametrisation.fused(&values)?;
        for (layer, change) in task.layers.iter().zip(&mut changes) {
            change.difference = difference(task, &network, layer.kernel);
        }
        trained = Some(values);
    }
    let trained = trained.expect("there is at least one round");
    Ok(Adapted { parametrisation, trained })
}

/// The part of the learning rate's course that a stage goes through which begins after a share of the steps. The stages that
/// train weights share one course: each that began anew at the full rate would undo some of what the last one settled.
fn course(begun: f64, share: f64) -> Range<f32> {
    let whole = REPARAMETRIZE + SHRINK + SETTLE;
    (begun / whole) as f32..((begun + share) / whole) as f32
}

/// How many weights of each kernel change in the end, where only some do: as its form says, and its part of what the forms
/// leave of the budget.
fn last_weights(task: &Task<'_>, forms: &[Form]) -> Vec<Option<usize>> {
    let kernel = |layer: &Layer| task.base.at(layer.kernel).len();
    let chosen: Vec<Option<usize>> =
        task.layers.iter().zip(forms).map(|(layer, form)| form.weights_of(kernel(layer))).collect();
    let used: usize = task.layers.iter().zip(forms).map(|(layer, form)| form.cost(layer, &task.base)).sum();
    let sum: usize = chosen.iter().flatten().sum();
    let left = task.budget.allowed.saturating_sub(used);
    let more = |count: usize, layer| (count + count * left / sum.max(1)).min(kernel(layer));
    task.layers.iter().zip(chosen).map(|(layer, count)| count.map(|count| more(count, layer))).collect()
}

/// The chosen forms with as many weights of each kernel as remain at a depth, 0 being all and 1 the last number.
fn shrunk(
    task: &Task<'_>,
    forms: &[Form],
    last: &[Option<usize>],
    changes: &[FreeChange],
    depth: f64,
) -> Parametrisation {
    let mut parametrisation = Parametrisation::frozen(task.base.clone());
    for (((layer, form), last), change) in task.layers.iter().zip(forms).zip(last).zip(changes) {
        let mask = last.map(|last| {
            let kernel = change.difference.len() as f64;
            change.mask((kernel * (last as f64 / kernel).powf(depth)).round() as usize)
        });
        form.apply(layer, mask, &mut parametrisation.rules);
    }
    parametrisation
}

/// What a slot changed when it was free to.
fn difference(task: &Task<'_>, free: &Weights, slot: usize) -> Vec<f32> {
    free.at(slot).iter().zip(task.base.at(slot)).map(|(free, base)| free - base).collect()
}

/// What each layer's kernel changed, and the loss's curvature there.
fn changes(
    task: &Task<'_>,
    stages: &Stages<'_>,
    everything: &Parametrisation,
    free: &Weights,
) -> Result<Vec<FreeChange>> {
    let mut kernels = everything.clone();
    for layer in &task.layers {
        // One example has no statistics of its own.
        layer.statistics().for_each(|slot| kernels.rules[slot] = Rule::Frozen);
        layer.statistics().for_each(|slot| kernels.base.at_mut(slot).copy_from_slice(free.at(slot)));
    }
    let curvature = stages.squared_gradients(&kernels, Some(free), EXAMPLES)?;
    let change = |layer: &Layer| {
        let difference = difference(task, free, layer.kernel);
        let curvature = curvature.get(&format!("{}.difference", layer.name)).to_vec();
        FreeChange { difference, curvature, shape: task.base.slots[layer.kernel].shape }
    };
    Ok(task.layers.iter().map(change).collect())
}

/// The form of each layer, within the budget.
fn decide(
    task: &Task<'_>,
    stages: &mut Stages<'_>,
    parts: Parts,
    free: &Weights,
    changes: &[FreeChange],
) -> Result<Vec<Form>> {
    let options: Vec<Vec<Form>> =
        task.layers.iter().map(|layer| Form::options(layer, &task.base, parts)).collect();
    let costs: Vec<Vec<usize>> = task
        .layers
        .iter()
        .zip(&options)
        .map(|(layer, forms)| forms.iter().map(|form| form.cost(layer, &task.base)).collect())
        .collect();
    let share = |cost: &usize| *cost as f32 / task.budget.parameters as f32;
    let policy = Policy {
        costs: costs.iter().map(|costs| costs.iter().map(share).collect()).collect(),
        budget: task.budget.share() as f32,
        weight: EXCESS_WEIGHT,
        temperature: 1.0,
    };
    let mut deciding = Parametrisation::frozen(task.base.clone());
    for (index, (layer, forms)) in task.layers.iter().zip(&options).enumerate() {
        let difference = |slot: usize| difference(task, free, slot);
        let kept = forms.iter().map(|form| form.kept(&changes[index]));
        deciding.rules[layer.kernel] = Rule::Choice { layer: index, differences: kept.collect() };
        if let Some(norm) = layer.norm {
            for slot in [norm.scale, norm.shift] {
                let change = |form: &Form| (*form != Form::Base).then(|| difference(slot));
                let differences = forms.iter().map(change).collect();
                deciding.rules[slot] = Rule::Choice { layer: index, differences };
            }
            // Whichever change is drawn, the statistics of its outcome are the batch's.
            layer.statistics().for_each(|slot| deciding.rules[slot] = Rule::Free);
        }
    }
    deciding.gates = Some(Gates::Policy(policy.clone()));
    let decided = stages.run(&Stage { start: Some(free), ..Stage::new("decide", DECIDE, &deciding) })?;
    let probabilities = policy.probabilities(decided.get(GATES));
    let chosen = likeliest(&probabilities, &costs, task.budget.allowed);
    Ok(options.iter().zip(chosen).map(|(forms, option)| forms[option]).collect())
}
