//! How the network's weights are made from what is trained: the one thing in which methods differ.
//!
//! Every tensor of the network follows a [`Rule`]. Training from scratch lets all of them free; a language's
//! adaptation freezes most and lets the rest depart from the base in some restricted form. The training loop
//! knows none of this: it moves a flat list of trained values against their gradient.

use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand::rngs::StdRng;

use super::branches;
use super::gates::Gates;
use super::power;
use super::recipe::Recipe;
use crate::network::forward::{numbers, tensors};
use crate::network::weights::standard_normal;
use crate::network::{Layer, Role, Weights};

/// How one tensor of the network is made.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    /// As in the base.
    Frozen,
    /// Trained as it stands.
    Free,
    /// A power of what is trained (Powerpropagation).
    Power(f32),
    /// The sum of several branches, of which one may be this shortcut (structural reparametrisation).
    Branches { shortcut: Option<Vec<f32>> },
    /// The base's plus a trained difference; with factors, times these: 0 leaves the base's value, and the larger a factor
    /// is, the further a step goes.
    Difference(Option<Vec<f32>>),
    /// The base's plus a product `[rows, rank] · [rank, columns]`.
    LowRank(usize),
    /// The base's rows, each times 1 + a trained number; rules may share these numbers by their name.
    RowScale { by: String },
    /// The base's plus a trained difference, times the layer's gate.
    GatedDifference { layer: usize },
    /// The base's plus whichever of these differences the layer's gates choose; `None` is no difference.
    Choice { layer: usize, differences: Vec<Option<Vec<f32>>> },
}

/// The rules of a whole network.
#[derive(Clone, Debug)]
pub(crate) struct Parametrisation {
    /// What the rules start from.
    pub(crate) base: Weights,
    /// One per slot of the base.
    pub(crate) rules: Vec<Rule>,
    pub(crate) gates: Option<Gates>,
}

/// The network's tensors, and what is added to the loss.
pub(crate) struct Made {
    pub(crate) tensors: Vec<Tensor<2>>,
    pub(crate) penalty: Option<Tensor<1>>,
}

/// Name of the trained gates, `[layers, options]`.
pub(crate) const GATES: &str = "gates";

impl Parametrisation {
    /// Everything is trained as it stands.
    pub(crate) fn free(base: Weights) -> Self {
        Self { rules: vec![Rule::Free; base.slots.len()], base, gates: None }
    }

    /// Everything of a base is trained; its kernels as powers or as branches, where the recipe says so.
    pub(crate) fn of_base(base: Weights, recipe: &Recipe) -> Self {
        let mut all = Self::free(base);
        if recipe.branches {
            let layers = Layer::all(&recipe.network, &all.base);
            return all.branched(&layers);
        }
        if recipe.power != 1.0 {
            for (rule, slot) in all.rules.iter_mut().zip(&all.base.slots) {
                if slot.role == Role::Weight {
                    *rule = Rule::Power(recipe.power);
                }
            }
        }
        all
    }

    /// The same with the kernels of these layers as branches.
    pub(crate) fn branched(mut self, layers: &[Layer]) -> Self {
        for layer in layers {
            self.rules[layer.kernel] = branches::rule(layer, &self.base);
        }
        self
    }

    /// Everything stays, except what is the language's: heads and grafts.
    pub(crate) fn frozen(base: Weights) -> Self {
        let rules = base.slots.iter().map(|slot| if slot.is_languages() { Rule::Free } else { Rule::Frozen });
        Self { rules: rules.collect(), base, gates: None }
    }

    /// The values that are trained, as they are before training.
    ///
    /// The network they make is the base or, where `start` is given, as near to `start` as the rules allow.
    pub(crate) fn initial(&self, start: Option<&Weights>, rng: &mut StdRng) -> Weights {
        let mut trained = Weights { slots: Vec::new(), values: Vec::new() };
        for (index, (slot, rule)) in self.base.slots.iter().zip(&self.rules).enumerate() {
            let values = start.unwrap_or(&self.base).at(index);
            let difference = || values.iter().zip(self.base.at(index)).map(|(a, b)| a - b);
            let [rows, columns] = slot.shape;
            let mut add = |part: &str, shape, values: &mut dyn Iterator<Item = f32>| {
                trained
                    .add(&format!("{}{part}", slot.name), shape, slot.role, || values.next().unwrap_or(0.0));
            };
            match rule {
                Rule::Frozen | Rule::Choice { .. } => {}
                Rule::Free => add("", slot.shape, &mut values.iter().copied()),
                Rule::Power(power) => {
                    let mut roots = values.iter().map(|&weight| power::root(weight, *power));
                    let mut next = || roots.next().unwrap_or(0.0);
                    trained.add(&format!("{}.root", slot.name), slot.shape, Role::Root(*power), &mut next);
                }
                Rule::Branches { shortcut } => {
                    branches::add(slot, values, shortcut.is_some(), &mut trained, rng);
                }
                Rule::Difference(None) | Rule::GatedDifference { .. } => {
                    add(".difference", slot.shape, &mut difference());
                }
                Rule::Difference(Some(factors)) => {
                    let trained = |(d, f): (f32, &f32)| if *f == 0.0 { 0.0 } else { d / f };
                    add(".difference", slot.shape, &mut difference().zip(factors).map(trained));
                }
                Rule::LowRank(rank) => {
                    let difference: Vec<f32> = difference().collect();
                    let (up, mut down) = super::low_rank::factors(&difference, slot.shape, *rank);
                    if up.iter().all(|&value| value == 0.0) {
                        // Two zero factors would have no gradient: one is drawn at random (LoRA, arXiv 2106.09685).
                        let deviation = (1.0 / columns as f32).sqrt();
                        down.fill_with(|| deviation * standard_normal(rng));
                    }
                    add(".up", [rows, *rank], &mut up.into_iter());
                    add(".down", [*rank, columns], &mut down.into_iter());
                }
                Rule::RowScale { by } => {
                    if trained.slots.iter().all(|slot| slot.name != *by) {
                        trained.add(by, [rows, 1], Role::Bias, || 0.0);
                    }
                }
            }
        }
        if let Some(gates) = &self.gates {
            let mut values = gates.initial().into_iter();
            trained.add(GATES, gates.shape(), Role::Gate, || values.next().unwrap_or(0.0));
        }
        trained
    }

    /// The network's tensors from the trained ones, in the order of the base's slots.
    pub(crate) fn network(
        &self,
        trained: &Weights,
        values: &[Tensor<2>],
        device: &Device,
        rng: &mut impl Rng,
    ) -> Made {
        let get = |name: &str| values[trained.index(name)].clone();
        let opened = self.gates.as_ref().map(|gates| gates.open(get(GATES), device, rng));
        let gate = |layer: usize, option: usize| {
            let (open, _) = opened.as_ref().expect("a rule with a gate comes with gates");
            open.clone().slice([layer..=layer, option..=option])
        };
        let constant = |values: &[f32], shape: [usize; 2]| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), device)
        };
        let base = tensors(&self.base, device, |_| false);
        let made = base.into_iter().zip(&self.base.slots).zip(&self.rules).map(|((base, slot), rule)| {
            let part = |part: &str| get(&format!("{}{part}", slot.name));
            match rule {
                Rule::Frozen => base,
                Rule::Free => part(""),
                Rule::Power(power) => {
                    let root = trained.get(&format!("{}.root", slot.name));
                    power::weights(part(".root"), constant(root, slot.shape), *power)
                }
                Rule::Branches { shortcut } => {
                    branches::folded(part, shortcut.as_ref().map(|kernel| constant(kernel, slot.shape)))
                }
                Rule::Difference(None) => base + part(".difference"),
                Rule::Difference(Some(factors)) => base + part(".difference") * constant(factors, slot.shape),
                Rule::LowRank(_) => base + part(".up").matmul(part(".down")),
                Rule::RowScale { by } => base.clone() + base * get(by),
                Rule::GatedDifference { layer } => base + part(".difference") * gate(*layer, 0),
                Rule::Choice { layer, differences } => {
                    let mut sum = base;
                    for (option, difference) in differences.iter().enumerate() {
                        if let Some(difference) = difference {
                            sum = sum + constant(difference, slot.shape) * gate(*layer, option);
                        }
                    }
                    sum
                }
            }
        });
        Made { tensors: made.collect(), penalty: opened.map(|(_, penalty)| penalty) }
    }

    /// The network's weights from the trained values: the two fused.
    pub(crate) fn fused(&self, trained: &Weights) -> Result<Weights> {
        use rand::SeedableRng;
        let device = Device::flex();
        let made = self.network(
            trained,
            &tensors(trained, &device, |_| false),
            &device,
            &mut StdRng::seed_from_u64(0),
        );
        let mut fused = self.base.clone();
        for (index, tensor) in made.tensors.into_iter().enumerate() {
            fused.at_mut(index).copy_from_slice(&numbers(tensor)?);
        }
        Ok(fused)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn factors_make_the_start_where_they_are_not_zero_and_the_base_elsewhere() {
        let network = |values: &[f32]| {
            let mut weights = Weights { slots: Vec::new(), values: Vec::new() };
            let mut values = values.iter().copied();
            weights.add("kernel", [1, 3], Role::Weight, || values.next().unwrap());
            weights
        };
        let mut parametrisation = Parametrisation::free(network(&[1.0, 2.0, 3.0]));
        parametrisation.rules[0] = Rule::Difference(Some(vec![0.0, 2.0, 0.5]));
        let mut rng = StdRng::seed_from_u64(1);
        let trained = parametrisation.initial(Some(&network(&[5.0, 6.0, 7.0])), &mut rng);
        assert_eq!(parametrisation.fused(&trained).unwrap().values, [1.0, 6.0, 7.0]);
    }
}
