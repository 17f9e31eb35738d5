//! Scalable Weight Reparametrization (Kim, Lee, Yang, Chang: arXiv 2302.13435, US 2024/0185088).
//!
//! Realised from the paper's abstract and the application's claims; its figures are not claimed to be reproduced.
//! Three stages, each an ordinary training run:
//!
//! 1. *Reparametrize*: every layer and the head learn the language. The difference ΔW of each layer to the base is
//!    what it would change if it were free to.
//! 2. *Decide*: a policy learns, for each layer, how much of ΔW to keep: nothing, the normalisation, the nearest
//!    product of a small rank, or all. Its options are drawn by hard Gumbel-softmax, and what exceeds the budget is
//!    punished in proportion to its square. The most probable choice that fits the budget is taken.
//! 3. *Settle*: the policy is thrown away, and the chosen forms train on from what they kept of ΔW. Their targets
//!    are in part the posteriors of the network of stage 1: it knows the language with all its parameters.

use anyhow::Result;

use super::adapter::Adapted;
use super::budget::likeliest;
use super::form::Form;
use super::method::Task;
use super::stages::{Stage, Stages};
use crate::network::Weights;
use crate::training::gates::{Gates, Policy};
use crate::training::low_rank::{factors, product};
use crate::training::parametrisation::{GATES, Parametrisation, Rule};

/// Shares of the steps that the stages take.
const REPARAMETRIZE: f64 = 0.5;
const DECIDE: f64 = 0.1;
const SETTLE: f64 = 0.4;
/// Weight λ of the squared excess over the budget, ρ being a share of the parameters.
const EXCESS_WEIGHT: f32 = 1_000.0;
/// Share of the targets that are the posteriors of stage 1's network.
const TEACHER_SHARE: f32 = 0.5;

/// What a policy may choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choices {
    /// A layer changes as a whole or not at all.
    Where,
    /// All [forms](Form).
    WhereAndHowMuch,
}

pub(super) fn adapt(task: &Task<'_>, stages: &mut Stages<'_>, choices: Choices) -> Result<Adapted> {
    let mut everything = Parametrisation::frozen(task.base.clone());
    for layer in &task.layers {
        Form::Whole.apply(layer, &mut everything.rules);
    }
    let free = stages.run(&Stage {
        name: "reparametrize",
        share: REPARAMETRIZE,
        parametrisation: &everything,
        start: None,
        teacher: None,
        corpus: None,
    })?;
    let free = everything.fused(&free)?;

    let forms = decide(task, stages, choices, &free)?;

    let mut settled = Parametrisation::frozen(task.base.clone());
    for (layer, form) in task.layers.iter().zip(&forms) {
        form.apply(layer, &mut settled.rules);
    }
    let trained = stages.run(&Stage {
        name: "settle",
        share: SETTLE,
        parametrisation: &settled,
        start: Some(&free),
        teacher: Some((&free, TEACHER_SHARE)),
        corpus: None,
    })?;
    Ok(Adapted { parametrisation: settled, trained })
}

/// The form of each layer, within the budget.
fn decide(task: &Task<'_>, stages: &mut Stages<'_>, choices: Choices, free: &Weights) -> Result<Vec<Form>> {
    let options: Vec<Vec<Form>> = task
        .layers
        .iter()
        .map(|layer| match choices {
            Choices::Where => vec![Form::Base, Form::Whole],
            Choices::WhereAndHowMuch => Form::options(layer, &task.base),
        })
        .collect();
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
        let difference = |slot: usize| -> Vec<f32> {
            free.at(slot).iter().zip(task.base.at(slot)).map(|(free, base)| free - base).collect()
        };
        let whole = difference(layer.kernel);
        let shape = task.base.slots[layer.kernel].shape;
        let kept = forms.iter().map(|form| match form {
            Form::Base | Form::Scale => None,
            Form::LowRank(rank) => {
                let (up, down) = factors(&whole, shape, *rank);
                Some(product(&up, &down, *rank))
            }
            Form::Whole => Some(whole.clone()),
        });
        deciding.rules[layer.kernel] = Rule::Choice { layer: index, differences: kept.collect() };
        if let Some(norm) = layer.norm {
            for slot in [norm.scale, norm.shift] {
                let change = |form: &Form| (*form != Form::Base).then(|| difference(slot));
                let differences = forms.iter().map(change).collect();
                deciding.rules[slot] = Rule::Choice { layer: index, differences };
            }
            // Whichever change is drawn, the statistics of its outcome are the batch's.
            deciding.rules[norm.mean] = Rule::Free;
            deciding.rules[norm.variance] = Rule::Free;
        }
    }
    deciding.gates = Some(Gates::Policy(policy.clone()));
    let decided = stages.run(&Stage {
        name: "decide",
        share: DECIDE,
        parametrisation: &deciding,
        start: Some(free),
        teacher: None,
        corpus: None,
    })?;
    let probabilities = policy.probabilities(decided.get(GATES));
    let chosen = likeliest(&probabilities, &costs, task.budget.allowed);
    Ok(options.iter().zip(chosen).map(|(forms, option)| forms[option]).collect())
}
