//! Adapters: what a language changes in a base, and nothing else.
//!
//! A safetensors file. Each changed tensor is stored in the form in which it changed: whole (its own name), as two
//! factors (`.up`, `.down`), as numbers by which rows are multiplied (`.rows`), or as single values with their
//! positions (`.values`, `.positions`). The normalisations keep the base's statistics: what the language measured
//! anew is worked into their scale and shift, which gives the same function for half the numbers.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use polyspot::FrontEndSpec;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::method::Method;
use crate::network::forward::NORM_EPSILON;
use crate::network::{Layer, NetworkShape, Weights};
use crate::tensor_file::TensorFile;
use crate::training::Recipe;
use crate::training::checkpoint::{About as AboutBase, for_equal_priors};
use crate::training::low_rank::product;
use crate::training::parametrisation::{Parametrisation, Rule};
use crate::training::vocabulary::Vocabulary;

/// Key of the header's metadata entry.
const KEY: &str = "polyspot.adapter";
const VERSION: u32 = 1;

/// One language's changes.
#[derive(Clone)]
pub(crate) struct Adapter {
    pub(crate) about: About,
    /// Changed tensors, in the order of the network's slots.
    pub(crate) changes: Vec<(String, Change)>,
}

/// What an adapter says of itself.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) version: u32,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) front_end: FrontEndSpec,
    /// How it was trained, with the network's shape.
    pub(crate) recipe: Recipe,
    pub(crate) method: Method,
    /// SHA-256 of the base's file.
    pub(crate) base_sha256: String,
    /// Parameters of the base without heads.
    pub(crate) base_parameters: usize,
    /// Numbers stored per layer, the head apart.
    pub(crate) layers: Vec<LayerUse>,
    /// Numbers stored for the head.
    pub(crate) head: usize,
}

/// What a layer became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LayerUse {
    pub(crate) name: String,
    /// In words: `base`, `scale`, `rank 4`, `whole`, …
    pub(crate) form: String,
    /// Numbers stored.
    pub(crate) updated: usize,
    /// Numbers that the layer has.
    pub(crate) parameters: usize,
}

/// How one tensor changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Whole(Vec<f32>),
    LowRank { rank: usize, up: Vec<f32>, down: Vec<f32> },
    Rows(Vec<f32>),
    Sparse { positions: Vec<u32>, values: Vec<f32> },
}

impl Change {
    /// Numbers stored, positions not counted.
    pub(crate) fn numbers(&self) -> usize {
        match self {
            Self::Whole(values) | Self::Rows(values) | Self::Sparse { values, .. } => values.len(),
            Self::LowRank { up, down, .. } => up.len() + down.len(),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Whole(_) => "whole".into(),
            Self::LowRank { rank, .. } => format!("rank {rank}"),
            Self::Rows(_) => "rows".into(),
            Self::Sparse { values, .. } => format!("{} values", values.len()),
        }
    }

    fn apply(&self, values: &mut [f32], columns: usize) {
        match self {
            Self::Whole(new) => values.copy_from_slice(new),
            Self::LowRank { rank, up, down } => {
                values.iter_mut().zip(product(up, down, *rank)).for_each(|(value, d)| *value += d);
            }
            Self::Rows(factors) => {
                for (row, factor) in values.chunks_exact_mut(columns).zip(factors) {
                    row.iter_mut().for_each(|value| *value += *value * factor);
                }
            }
            Self::Sparse { positions, values: new } => {
                positions.iter().zip(new).for_each(|(&at, new)| values[at as usize] = *new);
            }
        }
    }
}

/// Weights and rules of a finished adaptation.
pub(crate) struct Adapted {
    pub(crate) parametrisation: Parametrisation,
    pub(crate) trained: Weights,
}

/// The changes of an adaptation, tensor by tensor.
pub(crate) fn changes(shape: &NetworkShape, adapted: &Adapted) -> Result<Vec<(String, Change)>> {
    let Adapted { parametrisation: Parametrisation { base, rules, .. }, trained } = adapted;
    let mut fused = adapted.parametrisation.fused(trained)?;
    keep_statistics(shape, base, &mut fused);
    let mut changes: Vec<(String, Change)> = Vec::new();
    let mut push = |name: &str, change| {
        if changes.iter().all(|(other, _)| other != name) {
            changes.push((name.to_owned(), change));
        }
    };
    for (index, (slot, rule)) in base.slots.iter().zip(rules).enumerate() {
        let part = |part: &str| trained.get(&format!("{}{part}", slot.name)).to_vec();
        match rule {
            Rule::Frozen => {}
            // Statistics are the base's again.
            _ if fused.at(index) == base.at(index) && !slot.is_head() => {}
            Rule::LowRank(rank) => {
                push(&slot.name, Change::LowRank { rank: *rank, up: part(".up"), down: part(".down") });
            }
            Rule::RowScale { by } => push(by, Change::Rows(trained.get(by).to_vec())),
            Rule::Difference(Some(mask)) => {
                let positions: Vec<u32> = (0..).zip(mask).filter(|(_, m)| **m != 0.0).map(|(i, _)| i).collect();
                let values = positions.iter().map(|&i| fused.at(index)[i as usize]).collect();
                push(&slot.name, Change::Sparse { positions, values });
            }
            _ => push(&slot.name, Change::Whole(fused.at(index).to_vec())),
        }
    }
    Ok(changes)
}

/// Gives every normalisation the base's mean and variance and the scale and shift with which it does what it did.
fn keep_statistics(shape: &NetworkShape, base: &Weights, weights: &mut Weights) {
    for norm in Layer::all(shape, base).iter().filter_map(|layer| layer.norm) {
        if [norm.mean, norm.variance].iter().all(|&slot| weights.at(slot) == base.at(slot)) {
            continue;
        }
        for row in 0..base.at(norm.mean).len() {
            let deviation = (weights.at(norm.variance)[row] + NORM_EPSILON).sqrt();
            let factor = weights.at(norm.scale)[row] / deviation;
            let base_deviation = (base.at(norm.variance)[row] + NORM_EPSILON).sqrt();
            weights.at_mut(norm.scale)[row] = factor * base_deviation;
            let moved = factor * (base.at(norm.mean)[row] - weights.at(norm.mean)[row]);
            weights.at_mut(norm.shift)[row] += moved;
        }
        for slot in [norm.mean, norm.variance] {
            weights.at_mut(slot).copy_from_slice(base.at(slot));
        }
    }
}

impl Adapter {
    /// Gathers what an adaptation changed.
    pub(crate) fn new(about: About, changes: Vec<(String, Change)>) -> Result<Self> {
        let mut adapter = Self { about, changes };
        let shape = &adapter.about.recipe.network;
        let network = blank(shape, &adapter.about.vocabulary);
        adapter.about.layers = Layer::all(shape, &network)
            .iter()
            .map(|layer| {
                let own = |slot: &str| layer.slot_names(&network).any(|name| name == slot);
                let changes: Vec<_> = adapter.changes.iter().filter(|(name, _)| own(name)).collect();
                let kernel = changes.iter().find(|(name, _)| *name == layer.name);
                let form = match (kernel, changes.first()) {
                    (Some((_, change)), _) => change.words(),
                    (None, Some((_, Change::Rows(_)))) => "rows".into(),
                    (None, Some(_)) => "scale".into(),
                    (None, None) => "base".into(),
                };
                LayerUse {
                    name: layer.name.clone(),
                    form,
                    updated: changes.iter().map(|(_, change)| change.numbers()).sum(),
                    parameters: layer.slots().map(|slot| network.at(slot).len()).sum(),
                }
            })
            .collect();
        adapter.about.head =
            adapter.changes.iter().filter(|(name, _)| name.starts_with("heads.")).map(|(_, c)| c.numbers()).sum();
        Ok(adapter)
    }

    /// Numbers stored, without the head.
    pub(crate) fn updated(&self) -> usize {
        self.about.layers.iter().map(|layer| layer.updated).sum()
    }

    /// Share of the base's parameters that they are.
    pub(crate) fn share(&self) -> f64 {
        self.updated() as f64 / self.about.base_parameters as f64
    }

    /// The language's network: the base with these changes, and with this head alone.
    ///
    /// # Errors
    /// When the base is of another shape, or a change does not fit it.
    pub(crate) fn fuse(&self, base: &Weights) -> Result<Weights> {
        let shape = &self.about.recipe.network;
        let mut fused = blank(shape, &self.about.vocabulary);
        fused.take_over(base).context("the base")?;
        for (name, change) in &self.changes {
            let slots: Vec<usize> = match change {
                Change::Rows(_) => {
                    let layers = Layer::all(shape, &fused);
                    let layer = layers.iter().find(|layer| layer.rows_name() == *name);
                    let layer = layer.with_context(|| format!("no layer has rows called {name:?}"))?;
                    layer.row_slots().collect()
                }
                _ => fused.slots.iter().position(|slot| slot.name == *name).into_iter().collect(),
            };
            ensure!(!slots.is_empty(), "the network has no tensor {name:?}");
            for slot in slots {
                let [rows, columns] = fused.slots[slot].shape;
                let fits = match change {
                    Change::Whole(values) => values.len() == rows * columns,
                    Change::LowRank { rank, up, down } => {
                        up.len() == rows * rank && down.len() == rank * columns
                    }
                    Change::Rows(factors) => factors.len() == rows,
                    Change::Sparse { positions, .. } => {
                        positions.iter().all(|&at| (at as usize) < rows * columns)
                    }
                };
                ensure!(fits, "the change of {name:?} does not fit its shape [{rows}, {columns}]");
                change.apply(fused.at_mut(slot), columns);
            }
        }
        Ok(fused)
    }

    /// The fused weights as a model runs them, checked to belong to this base.
    ///
    /// # Errors
    /// When the base is not the one that the adapter was made for.
    pub(crate) fn fuse_into(&self, about: &AboutBase, sha256: &str, base: &Weights) -> Result<Weights> {
        let mine = &self.about;
        ensure!(
            mine.base_sha256 == sha256,
            "the adapter was made for the base with SHA-256 {}, found {sha256}",
            mine.base_sha256
        );
        ensure!(
            mine.recipe.network == about.recipe.network && mine.front_end == about.front_end,
            "the adapter's network or front end is not the base's"
        );
        let fused = self.fuse(base)?;
        Ok(for_equal_priors(&fused, std::slice::from_ref(&mine.vocabulary), &mine.recipe))
    }

    /// Writes the adapter, whole or not at all.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let network = blank(&self.about.recipe.network, &self.about.vocabulary);
        let mut file = TensorFile::default();
        for (name, change) in &self.changes {
            match change {
                Change::Whole(values) => file.add(name, network.slots[network.index(name)].shape, values),
                Change::LowRank { rank, up, down } => {
                    file.add(format!("{name}.up"), [up.len() / rank, *rank], up);
                    file.add(format!("{name}.down"), [*rank, down.len() / rank], down);
                }
                Change::Rows(factors) => file.add(name, [factors.len(), 1], factors),
                Change::Sparse { positions, values } => {
                    file.add_positions(format!("{name}.positions"), positions);
                    file.add(format!("{name}.values"), [1, values.len()], values);
                }
            }
        }
        file.save(path, KEY, &self.about)
    }

    /// Reads an adapter.
    ///
    /// # Errors
    /// When the file is none, or of another version.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::read(path).with_context(|| format!("adapter {}", path.display()))
    }

    fn read(path: &Path) -> Result<Self> {
        let (file, about): (_, About) = TensorFile::open(path, KEY)?;
        ensure!(about.version == VERSION, "has version {}, expected {VERSION}", about.version);
        about.front_end.check()?;
        let mut changes = Vec::new();
        for name in file.names() {
            if let Some(kernel) = name.strip_suffix(".up") {
                let ((shape, up), (_, down)) = (file.get(name)?, file.get(&format!("{kernel}.down"))?);
                changes.push((kernel.to_owned(), Change::LowRank { rank: shape[1], up, down }));
            } else if let Some(kernel) = name.strip_suffix(".values") {
                let positions = file.positions(&format!("{kernel}.positions"))?;
                let (_, values) = file.get(name)?;
                ensure!(
                    positions.len() == values.len(),
                    "{name:?} has {} values for {} positions",
                    values.len(),
                    positions.len()
                );
                changes.push((kernel.to_owned(), Change::Sparse { positions, values }));
            } else if name.ends_with(".rows") {
                changes.push((name.to_owned(), Change::Rows(file.get(name)?.1)));
            } else if !name.ends_with(".down") && !name.ends_with(".positions") {
                changes.push((name.to_owned(), Change::Whole(file.get(name)?.1)));
            }
        }
        Ok(Self { about, changes })
    }

    pub(crate) const VERSION: u32 = VERSION;
}

/// A network of this shape with one language's head.
pub(crate) fn blank(shape: &NetworkShape, vocabulary: &Vocabulary) -> Weights {
    let heads = [(vocabulary.language.clone(), vocabulary.classes())];
    Weights::new(shape, &heads, &mut StdRng::seed_from_u64(0))
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::adaptation::form::Form;
    use crate::network::forward::{FrameBatch, WeightTensors, forward, head};
    use crate::network::shape::ConvShape;
    use crate::training::step::numbers;

    fn shape() -> NetworkShape {
        let block = |stride| ConvShape { channels: 6, kernel: 3, stride };
        NetworkShape {
            coefficients: 40,
            stem: ConvShape { channels: 4, kernel: 5, stride: 2 },
            blocks: vec![block(2), block(1)],
            pool_steps: 4,
        }
    }

    fn vocabulary() -> Vocabulary {
        Vocabulary { language: "xx".into(), words: vec!["a".into(), "b".into()], keywords: 2 }
    }

    fn about(method: Method) -> About {
        About {
            version: VERSION,
            vocabulary: vocabulary(),
            front_end: FrontEndSpec::default(),
            recipe: Recipe { network: shape(), ..Recipe::default() },
            method,
            base_sha256: String::new(),
            base_parameters: 1_000,
            layers: Vec::new(),
            head: 0,
        }
    }

    fn logits(weights: &Weights, frames: &[f32]) -> Vec<f32> {
        let device = burn::tensor::Device::flex();
        let tensors = WeightTensors::new(weights, &device);
        let batch = FrameBatch::new(&shape(), weights, &[frames]);
        let pooled = forward(&shape(), &tensors, &batch, &device).pooled;
        numbers(head(&tensors, "xx", pooled)).unwrap()
    }

    /// A language that changed every layer's slots as these rules allow, by random amounts.
    fn adapted(rules: impl Fn(&Layer, &mut [Rule]), rng: &mut StdRng) -> Adapted {
        let mut base = blank(&shape(), &vocabulary());
        for slot in base.slots.clone() {
            if slot.name.contains(".norm.") {
                base.values[slot.range].fill_with(|| rng.random_range(0.5..1.5));
            }
        }
        let mut parametrisation = Parametrisation::frozen(base);
        for layer in Layer::all(&shape(), &parametrisation.base) {
            rules(&layer, &mut parametrisation.rules);
        }
        let mut trained = parametrisation.initial(None, rng);
        trained.values.iter_mut().for_each(|value| *value += rng.random_range(0.0..0.3));
        Adapted { parametrisation, trained }
    }

    #[test]
    fn a_fused_network_is_the_base_and_the_adapter() {
        let mut rng = StdRng::seed_from_u64(3);
        let frames: Vec<f32> = (0..40 * 24).map(|_| rng.random_range(-2.0..2.0)).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("xx.safetensors");
        let forms = |form: Form| move |layer: &Layer, rules: &mut [Rule]| form.apply(layer, None, rules);
        let rows = |layer: &Layer, rules: &mut [Rule]| {
            layer.row_slots().for_each(|slot| rules[slot] = Rule::RowScale { by: layer.rows_name() });
        };
        let masked = |layer: &Layer, rules: &mut [Rule]| {
            let size = blank(&shape(), &vocabulary()).at(layer.kernel).len();
            let mask = (0..size).map(|i| f32::from(u8::from(i % 3 == 0))).collect();
            rules[layer.kernel] = Rule::Difference(Some(mask));
        };
        let cases = [
            adapted(forms(Form::Base), &mut rng),
            adapted(forms(Form::Scale), &mut rng),
            adapted(forms(Form::LowRank(2)), &mut rng),
            adapted(forms(Form::Whole), &mut rng),
            adapted(rows, &mut rng),
            adapted(masked, &mut rng),
        ];
        for (number, adapted) in cases.iter().enumerate() {
            let expected = logits(&adapted.parametrisation.fused(&adapted.trained).unwrap(), &frames);
            let changes = changes(&shape(), adapted).unwrap();
            Adapter::new(about(Method::Swr), changes).unwrap().save(&path).unwrap();
            let fused = Adapter::open(&path).unwrap().fuse(&adapted.parametrisation.base).unwrap();
            for (found, expected) in logits(&fused, &frames).iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-5, "case {number}: {found} {expected}");
            }
        }
    }

    #[test]
    fn a_layer_that_is_not_changed_is_the_base_s_bit_for_bit() {
        let mut rng = StdRng::seed_from_u64(4);
        let only_last = |layer: &Layer, rules: &mut [Rule]| {
            let form = if layer.name == "blocks.1.pointwise" { Form::Whole } else { Form::Base };
            form.apply(layer, None, rules);
        };
        let adapted = adapted(only_last, &mut rng);
        let base = &adapted.parametrisation.base;
        let adapter = Adapter::new(about(Method::Swr), changes(&shape(), &adapted).unwrap()).unwrap();
        let fused = adapter.fuse(base).unwrap();
        for layer in Layer::all(&shape(), base) {
            let same = layer.slots().all(|slot| fused.at(slot) == base.at(slot));
            assert_eq!(same, layer.name != "blocks.1.pointwise", "{}", layer.name);
        }
        // Kernel, scale and shift; the statistics stay, though the language had its own.
        assert_eq!(adapter.updated(), 36 + 2 * 6);
        assert_eq!(adapter.about.head, 4 * 6 + 4);
    }

    #[test]
    fn a_change_that_does_not_fit_is_refused() {
        let adapter = |name: &str, values| {
            Adapter::new(about(Method::Full), vec![(name.to_owned(), Change::Whole(values))])
        };
        let base = blank(&shape(), &vocabulary());
        let refused = |adapter: Adapter| adapter.fuse(&base).unwrap_err().to_string();
        let short = refused(adapter("stem.weight", vec![0.0; 3]).unwrap());
        assert!(short.contains("does not fit its shape [4, 200]"), "{short}");
        assert!(refused(adapter("stem.bias", vec![0.0; 3]).unwrap()).contains("no tensor"));
    }
}
