//! Safetensors files: named matrices and a line of JSON that says what they are.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::network::Weights;

/// Longest file that is read, in bytes: a hundred times a shipped base.
pub(crate) const MOST_BYTES: u64 = 64 << 20;

/// The contents of a file.
#[derive(Default)]
pub(crate) struct TensorFile {
    tensors: Vec<Tensor>,
}

struct Tensor {
    name: String,
    shape: [usize; 2],
    dtype: Dtype,
    /// Little-endian.
    bytes: Vec<u8>,
}

impl TensorFile {
    /// Adds a matrix, row by row.
    ///
    /// # Panics
    /// If `values.len() != rows * columns`.
    pub(crate) fn add(&mut self, name: impl Into<String>, shape: [usize; 2], values: &[f32]) {
        assert_eq!(values.len(), shape[0] * shape[1]);
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensors.push(Tensor { name: name.into(), shape, dtype: Dtype::F32, bytes });
    }

    /// Adds positions, as one row.
    pub(crate) fn add_positions(&mut self, name: impl Into<String>, positions: &[u32]) {
        let bytes = positions.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensors.push(Tensor {
            name: name.into(),
            shape: [1, positions.len()],
            dtype: Dtype::U32,
            bytes,
        });
    }

    /// Adds all parameters of a list, with `group` before their names.
    pub(crate) fn add_group(&mut self, group: &str, weights: &Weights) {
        for slot in &weights.slots {
            self.add(format!("{group}{}", slot.name), slot.shape, &weights.values[slot.range.clone()]);
        }
    }

    /// Fills a list's parameters from those with `group` before their names.
    ///
    /// # Errors
    /// When one is not there or has another shape.
    pub(crate) fn fill_group(&self, group: &str, weights: &mut Weights) -> Result<()> {
        for slot in weights.slots.clone() {
            let name = format!("{group}{}", slot.name);
            let (shape, values) = self.get(&name)?;
            ensure!(shape == slot.shape, "tensor {name:?} is {shape:?}, expected {:?}", slot.shape);
            weights.values[slot.range].copy_from_slice(&values);
        }
        Ok(())
    }

    /// Names of all matrices.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.iter().map(|tensor| tensor.name.as_str())
    }

    /// Shape and values of a matrix.
    ///
    /// # Errors
    /// When there is none of this name, or it holds something else.
    pub(crate) fn get(&self, name: &str) -> Result<([usize; 2], Vec<f32>)> {
        let (shape, words) = self.words(name, Dtype::F32)?;
        Ok((shape, words.map(f32::from_bits).collect()))
    }

    /// Positions.
    ///
    /// # Errors
    /// When there are none of this name.
    pub(crate) fn positions(&self, name: &str) -> Result<Vec<u32>> {
        Ok(self.words(name, Dtype::U32)?.1.collect())
    }

    fn words(&self, name: &str, dtype: Dtype) -> Result<([usize; 2], impl Iterator<Item = u32>)> {
        let tensor = self.tensors.iter().find(|tensor| tensor.name == name);
        let tensor = tensor.with_context(|| format!("it lacks tensor {name:?}"))?;
        ensure!(tensor.dtype == dtype, "tensor {name:?} is {:?}, expected {dtype:?}", tensor.dtype);
        let words = tensor.bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        Ok((tensor.shape, words))
    }

    /// Writes the file, whole or not at all, with `about` as its metadata entry `key`.
    pub(crate) fn save(&self, path: &Path, key: &str, about: &impl Serialize) -> Result<()> {
        crate::files::write_whole(path, &self.bytes(key, about)?)
    }

    /// The file's bytes.
    pub(crate) fn bytes(&self, key: &str, about: &impl Serialize) -> Result<Vec<u8>> {
        let views = self.tensors.iter().map(|Tensor { name, shape, dtype, bytes }| {
            Ok((name, TensorView::new(*dtype, shape.to_vec(), bytes)?))
        });
        let metadata = HashMap::from([(key.to_owned(), serde_json::to_string(about)?)]);
        Ok(safetensors::serialize(views.collect::<Result<Vec<_>>>()?, Some(metadata))?)
    }

    /// Reads a file and what its metadata entry `key` says.
    ///
    /// # Errors
    /// When it is no such file. The path is left for the caller to name.
    pub(crate) fn open<T: DeserializeOwned>(path: &Path, key: &str) -> Result<(Self, T)> {
        let file = polyspot_files::read(path, MOST_BYTES)?;
        let (_, header) = SafeTensors::read_metadata(&file).context("no safetensors file")?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let about = metadata.get(key).with_context(|| format!("no metadata entry {key:?}"))?;
        let about = serde_json::from_str(about).context("its metadata cannot be read")?;
        let mut tensors = Vec::new();
        for (name, view) in SafeTensors::deserialize(&file)?.tensors() {
            let &[rows, columns] = view.shape() else {
                anyhow::bail!("tensor {name:?} has shape {:?}, expected a matrix", view.shape());
            };
            let shape = [rows, columns];
            tensors.push(Tensor { name, shape, dtype: view.dtype(), bytes: view.data().to_vec() });
        }
        Ok((Self { tensors }, about))
    }
}
