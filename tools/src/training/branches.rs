//! Kernels that are trained as several branches and run as one (structural reparametrisation: `RepVGG`, Ding et al. 2021, arXiv
//! 2101.03697; for keywords `RepCNN`, arXiv 2406.02652).
//!
//! A layer gives the sum of two kernels' outputs, each times a factor for each channel, and where its input has the shape of its output
//! of the input itself, times a factor for each channel. Convolution is linear: the sum is the output of one kernel, the sum of the
//! branches' kernels.
//!
//! In the paper each branch has a normalisation of its own, and training costs as many convolutions as there are branches. Here the
//! factors stand in their place and the layer's one normalisation follows the sum, so that the branches are folded at every step and
//! training costs what one kernel does (`OREPA`, Hu et al. 2022, arXiv 2204.00826). A first branch that is the given kernel, beside a
//! random second one and a shortcut with factors of 0, begins where the kernel is.
//!
//! What it brings on our data is a row of `sweep` (`experiments/2026-11-29-methods-in-streams.md`).

use burn::tensor::Tensor;
use rand::rngs::StdRng;

use super::parametrisation::Rule;
use crate::network::weights::{Slot, standard_normal};
use crate::network::{Layer, Role, Weights};

/// The rule of a layer's kernel.
pub(super) fn rule(layer: &Layer, weights: &Weights) -> Rule {
    let [rows, columns] = weights.slots[layer.kernel].shape;
    let is_one = |row: usize, column: usize| match layer.name.rsplit_once('.') {
        // A causal kernel's last tap is at the step that it gives.
        Some((_, "depthwise")) => column + 1 == columns,
        _ => column == row,
    };
    let has_shortcut =
        layer.name.ends_with("depthwise") || layer.name.ends_with("pointwise") && rows == columns;
    let kernel = || (0..rows * columns).map(|at| f32::from(u8::from(is_one(at / columns, at % columns))));
    Rule::Branches { shortcut: has_shortcut.then(|| kernel().collect()) }
}

/// Adds what is trained of a kernel's branches; together they are these values.
pub(super) fn add(slot: &Slot, values: &[f32], has_shortcut: bool, trained: &mut Weights, rng: &mut StdRng) {
    let [rows, columns] = slot.shape;
    let deviation = (1.0 / columns as f32).sqrt();
    let mut values = values.iter().copied();
    let name = |part: &str| format!("{}{part}", slot.name);
    trained.add(&name(".first"), slot.shape, Role::Weight, || values.next().unwrap_or(0.0));
    trained.add(&name(".first.factor"), [rows, 1], Role::Bias, || 1.0);
    trained.add(&name(".second"), slot.shape, Role::Weight, || deviation * standard_normal(rng));
    trained.add(&name(".second.factor"), [rows, 1], Role::Bias, || 0.0);
    if has_shortcut {
        trained.add(&name(".shortcut.factor"), [rows, 1], Role::Bias, || 0.0);
    }
}

/// The one kernel of the branches.
pub(super) fn folded(part: impl Fn(&str) -> Tensor<2>, shortcut: Option<Tensor<2>>) -> Tensor<2> {
    let kernels = part(".first") * part(".first.factor") + part(".second") * part(".second.factor");
    match shortcut {
        Some(shortcut) => kernels + shortcut * part(".shortcut.factor"),
        None => kernels,
    }
}
