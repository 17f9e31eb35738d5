//! Scalable Weight Reparametrization (Kim, Lee, Yang, Chang: arXiv 2302.13435, US 2024/0185088).
//!
//! Realised from the paper's abstract and the application's claims; its figures are not claimed to be reproduced.
//! Three stages, each an ordinary training run:
//!
//! 1. *Reparametrize*: every layer and the head learn the language for a while. The difference ΔW of each layer to the
//!    base is what it would change if it were free to.
//! 2. *Decide*: a policy learns, for each layer, how much of ΔW to keep: nothing, the normalisation, some of the
//!    kernel's weights (those whose change matters most), or all. How many weights it is offered goes by their Fisher information;
//!    of a budget that holds the normalisations of all layers, those have their part beforehand. The options are drawn by hard
//!    Gumbel-softmax, and what exceeds the budget is punished in proportion to its square. The most probable choice that fits the
//!    budget is taken.
//! 3. *Settle*: policy and ΔW are thrown away, and for most of the steps the chosen forms train from the base again, under
//!    the head of stage 1.

use anyhow::{Result, ensure};

use super::single_weights::{information, kernel_budget};
use crate::adaptation::budget::likeliest;
use crate::adaptation::form::{Form, FreeChange, Parts};
use crate::adaptation::stages::{Stage, Stages};
use crate::adaptation::task::{Adapted, Task};
use crate::network::pruning::top_weights;
use crate::network::{Layer, Weights};
use crate::training::gates::{Gates, Policy};
use crate::training::parametrisation::{GATES, Parametrisation, Rule};

/// Shares of the steps that the stages take.
const REPARAMETRIZE: f64 = 0.1;
const DECIDE: f64 = 0.05;
const SETTLE: f64 = 0.85;
/// Factor of single weights' changes, which makes their steps as many times as long: where few may change, each has further to go.
const REACH: f32 = 2.0;
/// Weight λ of the squared excess over the budget, ρ being a share of the parameters.
const EXCESS_WEIGHT: f32 = 20.0;
/// Parts and multiples of the budget whose weights of highest information a layer is offered.
const PARTS: [f64; 6] = [0.25, 0.5, 0.75, 1.0, 1.5, 2.5];

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>, parts: Parts) -> Result<Adapted> {
    ensure!(
        !task.layers.is_empty(),
        "expected a part of the network that may change, found all shared: --method head trains the head alone"
    );
    let mut everything = Parametrisation::frozen(task.base.clone());
    for layer in &task.layers {
        Form::Whole.apply(layer, None, &mut everything.rules);
    }
    let free = stages.run(&Stage::new("reparametrize", REPARAMETRIZE, &everything))?;
    let free = everything.fused(&free)?;
    let mut with_head = free.clone();
    with_head.take_over(&task.base)?;

    let changes = changes(task, information(task, stages, &with_head)?, &free);
    let forms = decide(task, stages, parts, &free, &changes)?;

    let mut settling = Parametrisation::frozen(task.base.clone());
    let counts = weight_counts(task, &forms);
    for (((layer, form), count), change) in task.layers.iter().zip(&forms).zip(counts).zip(&changes) {
        let factors = count.map(|count| change.mask(count).into_iter().map(|m| REACH * m).collect());
        form.apply(layer, factors, &mut settling.rules);
    }
    let trained =
        stages.run(&Stage { start: Some(&with_head), ..Stage::new("settle", SETTLE, &settling) })?;
    Ok(Adapted { parametrisation: settling, trained })
}

/// How many weights of each kernel change, where only some do: as its form says, and its part of what the forms
/// leave of the budget.
fn weight_counts(task: &Task<'_>, forms: &[Form]) -> Vec<Option<usize>> {
    let kernel = |layer: &Layer| task.base.at(layer.kernel).len();
    let chosen: Vec<Option<usize>> = forms.iter().map(|form| form.single_weights()).collect();
    let used: usize = task.layers.iter().zip(forms).map(|(layer, form)| form.cost(layer, &task.base)).sum();
    let sum: usize = chosen.iter().flatten().sum();
    let left = task.budget.allowed.saturating_sub(used);
    let more = |count: usize, layer| (count + count * left / sum.max(1)).min(kernel(layer));
    task.layers.iter().zip(chosen).map(|(layer, count)| count.map(|count| more(count, layer))).collect()
}

/// What each layer may become, the cheapest first, and what they all may cost together beyond the cheapest.
fn options(task: &Task<'_>, parts: Parts, changes: &[FreeChange]) -> (Vec<Vec<Form>>, usize) {
    // Where the budget holds the normalisations, they adapt in every layer.
    let for_kernels = kernel_budget(task).ok().filter(|_| parts != Parts::None);
    let allowed = for_kernels.unwrap_or(task.budget.allowed);
    let options_of = |(layer, counts): (&Layer, Vec<usize>)| {
        let mut forms = Form::options(layer, &task.base, parts, &counts);
        forms.retain(|form| *form != Form::Base || for_kernels.is_none() || layer.norm.is_none());
        forms
    };
    (task.layers.iter().zip(offered(changes, allowed)).map(options_of).collect(), allowed)
}

/// Numbers of single weights that each layer is offered, ascending: as many as it has among the `count` of highest information in
/// the whole network, and among these parts and multiples of them.
fn offered(changes: &[FreeChange], count: usize) -> Vec<Vec<usize>> {
    let information: Vec<Vec<f32>> = changes.iter().map(|change| change.curvature.clone()).collect();
    let masks = PARTS.map(|part| top_weights(&information, (count as f64 * part) as usize));
    let counts_of = |(layer, information): (usize, &Vec<f32>)| {
        let chosen = |masks: &Vec<Vec<f32>>| masks[layer].iter().filter(|&&mask| mask == 1.0).count();
        let mut counts: Vec<usize> = masks.iter().map(chosen).collect();
        counts.retain(|count| (1..information.len()).contains(count));
        counts.dedup();
        counts
    };
    information.iter().enumerate().map(counts_of).collect()
}

/// What a slot changed when it was free to.
fn difference(task: &Task<'_>, free: &Weights, slot: usize) -> Vec<f32> {
    free.at(slot).iter().zip(task.base.at(slot)).map(|(free, base)| free - base).collect()
}

/// What each layer's kernel changed, and the loss's curvature there.
fn changes(task: &Task<'_>, curvature: Vec<Vec<f32>>, free: &Weights) -> Vec<FreeChange> {
    let change = |(layer, curvature): (&Layer, Vec<f32>)| FreeChange {
        difference: difference(task, free, layer.kernel),
        curvature,
        shape: task.base.slots[layer.kernel].shape,
    };
    task.layers.iter().zip(curvature).map(change).collect()
}

/// The form of each layer, within the budget.
fn decide(
    task: &Task<'_>,
    stages: &mut Stages<'_>,
    parts: Parts,
    free: &Weights,
    changes: &[FreeChange],
) -> Result<Vec<Form>> {
    let (options, allowed) = options(task, parts, changes);
    let costs: Vec<Vec<usize>> = task
        .layers
        .iter()
        .zip(&options)
        .map(|(layer, forms)| {
            let cost = |form: &Form| form.cost(layer, &task.base);
            forms.iter().map(|form| cost(form) - cost(&forms[0])).collect()
        })
        .collect();
    let share = |cost: usize| cost as f32 / task.budget.parameters as f32;
    let policy = Policy {
        costs: costs.iter().map(|costs| costs.iter().copied().map(share).collect()).collect(),
        budget: share(allowed),
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
    let chosen = likeliest(&probabilities, &costs, allowed);
    Ok(options.iter().zip(chosen).map(|(forms, option)| forms[option]).collect())
}
