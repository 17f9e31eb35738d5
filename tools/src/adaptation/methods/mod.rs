//! The methods: each sets rules for the network's tensors and runs one stage or a few.

mod fine_tuning;
mod fish_mask;
mod pac_net;
mod peter_rec;
mod single_weights;
mod swr;
mod syn_qt;
mod taps;

use anyhow::Result;

use super::budget::Budget;
use super::form::Parts;
use super::method::Method;
use super::stages::Stages;
use super::task::{Adapted, Task};
use crate::network::NetworkShape;

/// Adapts the base by a method.
pub(crate) fn adapt(method: Method, task: &Task<'_>, stages: &mut Stages<'_>) -> Result<Adapted> {
    match method {
        Method::Swr => swr::adapt(task, stages, Parts::Sparse),
        Method::SwrLowRank => swr::adapt(task, stages, Parts::LowRank),
        Method::SwrWhere => swr::adapt(task, stages, Parts::None),
        Method::Full => fine_tuning::full(task, stages),
        Method::Branches => fine_tuning::branches(task, stages),
        Method::Head => fine_tuning::head(task, stages),
        Method::Norm => fine_tuning::norm(task, stages),
        Method::Ia3 => fine_tuning::ia3(task, stages),
        Method::Taps => taps::adapt(task, stages),
        Method::FishMask => fish_mask::adapt(task, stages),
        Method::PacNet => pac_net::adapt(task, stages),
        Method::PeterRec => peter_rec::adapt(task, stages),
        Method::SynQt => syn_qt::adapt(task, stages),
        Method::Scratch => fine_tuning::scratch(task, stages),
    }
}

/// The network that a method adapts: the base's shape, with what the method adds to it.
pub(crate) fn shape(
    method: Method,
    base: &NetworkShape,
    budget: &Budget,
    share_prefix: usize,
) -> Result<NetworkShape> {
    match method {
        Method::PeterRec => peter_rec::shape(base, budget, share_prefix),
        Method::SynQt => syn_qt::shape(base, budget),
        _ => Ok(base.clone()),
    }
}
