//! Adapters: what a language changes in a base, and nothing else.
//!
//! A safetensors file. Each changed tensor is stored in the form in which it changed: whole (its own name), as two
//! factors (`.up`, `.down`), as numbers by which rows are multiplied (`.rows`), or as single values with their
//! positions (`.values`, `.positions`). The normalisations keep the base's statistics: what the language measured
//! anew is worked into their scale and shift, which gives the same function for half the numbers.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use polyspot::front_end::FrontEndSpec;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::method::Method;
use crate::network::{Layer, NetworkShape, Weights};
use crate::tensor_file::TensorFile;
use crate::training::Recipe;
use crate::training::checkpoint::About as AboutBase;
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
    /// Numbers stored per layer, and for what is added to the layers, the head apart.
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

impl Adapter {
    /// Gathers what an adaptation changed.
    pub(crate) fn new(about: About, changes: Vec<(String, Change)>) -> Self {
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
        let numbers = |of: &str| -> usize {
            let changes = adapter.changes.iter().filter(|(name, _)| name.contains(of));
            changes.map(|(_, change)| change.numbers()).sum()
        };
        let added = [("grafts", numbers(".graft.")), ("side network", numbers("side."))];
        adapter.about.head = numbers("heads.");
        for (name, updated) in added.into_iter().filter(|(_, numbers)| *numbers > 0) {
            let (name, form) = (name.to_owned(), "added".to_owned());
            adapter.about.layers.push(LayerUse { name, form, updated, parameters: updated });
        }
        adapter
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
                        *rank > 0 && up.len() == rows * rank && down.len() == rank * columns
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

    /// The fused weights, checked to belong to this base.
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
            mine.recipe.network.of_base() == about.recipe.network && mine.front_end == about.front_end,
            "the adapter's network or front end is not the base's"
        );
        self.fuse(base)
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
        about.vocabulary.check()?;
        about.recipe.check(about.vocabulary.classes())?;
        let mut changes = Vec::new();
        for name in file.names() {
            let (slot, part) = match name.rsplit_once('.') {
                Some((slot, part @ ("up" | "down" | "values" | "positions" | "rows"))) => (slot, part),
                _ => (name, ""),
            };
            let change = match part {
                "up" => {
                    let ((shape, up), (_, down)) = (file.get(name)?, file.get(&format!("{slot}.down"))?);
                    Change::LowRank { rank: shape[1], up, down }
                }
                "values" => {
                    let positions = file.positions(&format!("{slot}.positions"))?;
                    let (_, values) = file.get(name)?;
                    let (found, expected) = (values.len(), positions.len());
                    ensure!(found == expected, "{name:?} has {found} values for {expected} positions");
                    Change::Sparse { positions, values }
                }
                "rows" => {
                    changes.push((name.to_owned(), Change::Rows(file.get(name)?.1)));
                    continue;
                }
                // Read with its other half.
                "down" | "positions" => continue,
                _ => Change::Whole(file.get(name)?.1),
            };
            changes.push((slot.to_owned(), change));
        }
        Ok(Self { about, changes })
    }

    pub(crate) const VERSION: u32 = VERSION;
}

/// A network of this shape with one language's head.
pub(crate) fn blank(shape: &NetworkShape, vocabulary: &Vocabulary) -> Weights {
    Weights::new(shape, &[vocabulary.head()], &mut StdRng::seed_from_u64(0))
}

#[cfg(test)]
#[path = "adapter_tests.rs"]
mod tests;
