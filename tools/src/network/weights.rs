//! The network's parameters and statistics: one flat list of numbers with names.

use std::ops::Range;

use anyhow::{Context, Result, ensure};
use rand::Rng;

use super::shape::NetworkShape;

/// What a parameter is to training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    /// Trained, with weight decay.
    Weight,
    /// Trained in the place of a weight, which is this power of it; with weight decay.
    Root(f32),
    /// Trained, without weight decay: biases, normalisation scales and shifts.
    Bias,
    /// A running mean or variance, gathered while training.
    Statistic,
    /// Set once from the data.
    Constant,
    /// A score that opens or closes a part of the network; no part of a model.
    Gate,
}

impl Role {
    /// Whether gradients are taken of it.
    pub(crate) fn is_trained(self) -> bool {
        matches!(self, Self::Weight | Self::Root(_) | Self::Bias | Self::Gate)
    }

    /// Whether it decays.
    pub(crate) fn decays(self) -> bool {
        matches!(self, Self::Weight | Self::Root(_))
    }
}

/// Name, shape and place of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    pub(crate) name: String,
    /// `[rows, columns]`.
    pub(crate) shape: [usize; 2],
    pub(crate) role: Role,
    pub(crate) range: Range<usize>,
}

impl Slot {
    /// Whether it belongs to a language alone: its head, what it grafts into the network, and what it has beside it.
    pub(crate) fn is_languages(&self) -> bool {
        self.name.starts_with("heads.") || self.name.contains(".graft.") || self.name.starts_with("side.")
    }
}

/// A language's head: its name and how many classes it has.
pub(crate) type HeadShape = (String, usize);

/// Values of all parameters, one after the other in `slots`' order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weights {
    pub(crate) slots: Vec<Slot>,
    pub(crate) values: Vec<f32>,
}

impl Weights {
    /// All parameters of a network, with freshly drawn weights: normal, variance 2 / inputs (He et al. 2015,
    /// arXiv 1502.01852) before a `ReLU`, 1 / inputs elsewhere.
    pub(crate) fn new(shape: &NetworkShape, heads: &[HeadShape], rng: &mut impl Rng) -> Self {
        let mut weights = Self { slots: Vec::new(), values: Vec::new() };
        let c = shape.coefficients;
        weights.add("input.mean", [c, 1], Role::Constant, || 0.0);
        weights.add("input.scale", [c, 1], Role::Constant, || 1.0);
        let stem = [shape.stem.channels, c * shape.stem.kernel];
        weights.add_normal("stem.weight", stem, 2.0, rng);
        weights.add_norm("stem", shape.stem.channels);
        for (index, (inputs, block)) in shape.blocks_with_inputs().enumerate() {
            let name = format!("blocks.{index}");
            weights.add_normal(&format!("{name}.depthwise"), [inputs, block.kernel], 1.0, rng);
            weights.add_normal(&format!("{name}.pointwise"), [block.channels, inputs], 2.0, rng);
            weights.add_norm(&name, block.channels);
            let graft = shape.graft(index);
            if graft > 0 {
                weights.add_normal(&format!("{name}.graft.narrow"), [graft, block.channels], 2.0, rng);
                weights.add(&format!("{name}.graft.bias"), [graft, 1], Role::Bias, || 0.0);
                // A new graft changes nothing.
                weights.add(&format!("{name}.graft.widen"), [block.channels, graft], Role::Weight, || 0.0);
            }
        }
        if shape.side > 0 {
            weights.add_side(shape, rng);
        }
        for (language, classes) in heads {
            weights.add_normal(&format!("heads.{language}.weight"), [*classes, shape.features()], 1.0, rng);
            weights.add(&format!("heads.{language}.bias"), [*classes, 1], Role::Bias, || 0.0);
        }
        weights
    }

    /// Values of the parameter called `name`.
    ///
    /// # Panics
    /// If there is none: names come from the network's own code.
    pub(crate) fn get(&self, name: &str) -> &[f32] {
        &self.values[self.slot(name).range.clone()]
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> &mut [f32] {
        let range = self.slot(name).range.clone();
        &mut self.values[range]
    }

    /// Position in `slots` of the parameter called `name`.
    ///
    /// # Panics
    /// As [`Weights::get`].
    pub(crate) fn index(&self, name: &str) -> usize {
        let index = self.slots.iter().position(|slot| slot.name == name);
        index.unwrap_or_else(|| panic!("the network has no parameter {name:?}"))
    }

    fn slot(&self, name: &str) -> &Slot {
        &self.slots[self.index(name)]
    }

    /// Values of the parameter at a position of `slots`.
    pub(crate) fn at(&self, slot: usize) -> &[f32] {
        &self.values[self.slots[slot].range.clone()]
    }

    pub(crate) fn at_mut(&mut self, slot: usize) -> &mut [f32] {
        let range = self.slots[slot].range.clone();
        &mut self.values[range]
    }

    /// Takes over the parameters that all languages share: all of `other`'s but what is one language's.
    ///
    /// # Errors
    /// When one of them is missing in `other`, or has another shape there.
    pub(crate) fn take_over(&mut self, other: &Self) -> Result<()> {
        for slot in self.slots.iter().filter(|slot| !slot.is_languages()) {
            let source = other.slots.iter().find(|s| s.name == slot.name);
            let source = source.with_context(|| format!("parameter {:?} is missing", slot.name))?;
            ensure!(
                source.shape == slot.shape,
                "parameter {:?} has shape {:?}, expected {:?}",
                slot.name,
                source.shape,
                slot.shape
            );
            self.values[slot.range.clone()].copy_from_slice(&other.values[source.range.clone()]);
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, name: &str, shape: [usize; 2], role: Role, mut value: impl FnMut() -> f32) {
        let start = self.values.len();
        self.values.extend(std::iter::repeat_with(&mut value).take(shape[0] * shape[1]));
        self.slots.push(Slot { name: name.to_owned(), shape, role, range: start..self.values.len() });
    }

    /// The network beside the blocks.
    fn add_side(&mut self, shape: &NetworkShape, rng: &mut impl Rng) {
        let (side, features) = (shape.side, shape.features());
        self.add_normal("side.start", [side, features], 2.0, rng);
        for block in shape.side_blocks() {
            self.add_normal(&format!("side.{block}.query"), [side, side], 1.0, rng);
            self.add(&format!("side.{block}.bias"), [side, 1], Role::Bias, || 0.0);
            self.add_normal(&format!("side.{block}.extract"), [side, features], 2.0, rng);
        }
        // A new side network changes nothing.
        self.add("side.end", [features, side], Role::Weight, || 0.0);
    }

    fn add_normal(&mut self, name: &str, shape: [usize; 2], gain: f32, rng: &mut impl Rng) {
        let deviation = (gain / shape[1] as f32).sqrt();
        self.add(name, shape, Role::Weight, || deviation * standard_normal(rng));
    }

    fn add_norm(&mut self, name: &str, channels: usize) {
        let mut add =
            |part, role, value| self.add(&format!("{name}.norm.{part}"), [channels, 1], role, || value);
        add("scale", Role::Bias, 1.0);
        add("shift", Role::Bias, 0.0);
        add("mean", Role::Statistic, 0.0);
        add("variance", Role::Statistic, 1.0);
    }
}

/// A standard normal variate by the polar Box–Muller transform.
pub(crate) fn standard_normal(rng: &mut impl Rng) -> f32 {
    loop {
        let (u, v): (f32, f32) = (rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0));
        let s = u * u + v * v;
        if s > 0.0 && s < 1.0 {
            return u * (-2.0 * s.ln() / s).sqrt();
        }
    }
}
