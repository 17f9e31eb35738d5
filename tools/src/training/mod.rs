//! Training: recordings in, weights out.

mod base;
mod branches;
#[cfg(test)]
mod branches_tests;
mod charts;
pub(crate) mod checkpoint;
mod composer;
pub(crate) mod corpus;
pub(crate) mod dev;
pub(crate) mod example;
mod extrapolation;
pub(crate) mod gates;
mod history;
pub(crate) mod loss;
pub(crate) mod low_rank;
pub(crate) mod made_up;
mod mining;
pub(crate) mod optimiser;
pub(crate) mod parametrisation;
mod power;
#[cfg(test)]
mod power_tests;
pub(crate) mod recipe;
pub(crate) mod run;
mod sampler;
pub(crate) mod state;
pub(crate) mod step;
#[cfg(test)]
mod step_tests;
pub(crate) mod teacher;
pub(crate) mod tutor;
pub(crate) mod vocabulary;
pub(crate) mod windows;

pub(crate) use base::BaseRun;
pub(crate) use checkpoint::Checkpoint;
pub(crate) use recipe::Recipe;
