//! Training: recordings in, a checkpoint out.

mod charts;
pub(crate) mod checkpoint;
pub(crate) mod corpus;
pub(crate) mod dev;
mod history;
mod optimiser;
pub(crate) mod recipe;
mod run;
mod sampler;
pub(crate) mod step;
pub(crate) mod vocabulary;

pub(crate) use checkpoint::Checkpoint;
pub(crate) use recipe::Recipe;
pub(crate) use run::Run;
