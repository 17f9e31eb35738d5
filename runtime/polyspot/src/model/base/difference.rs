//! An adapter written: what a language's network changes in the base.

use prost::Message;

use super::Base;
use super::change::mismatch;
use crate::model::error::{BaseError, ModelError};
use crate::model::file::{AdapterLink, VERSION, copied, decode};
use crate::model::graph::{Numbers, Tensor, unsupported};
use crate::model::manifest::{Manifest, ManifestError, to_json};
use crate::model::onnx::{self, GraphProto, ModelProto, SparseTensorProto, StringStringEntryProto};

/// Bytes of a value, and of a value with its position at most.
const BYTES: [usize; 2] = [4, 8];

impl Base {
    /// The adapter that makes this base the given network: an ONNX file with a manifest, whose operations are the base's and
    /// whose normalisations stand apart as the base's do.
    ///
    /// # Errors
    /// When the bytes are no such file.
    pub fn adapter(&self, language: &[u8]) -> Result<Vec<u8>, ModelError> {
        let (proto, manifest) = decode(&copied(language)?)?;
        let graph = onnx::read(&proto)?;
        if graph.first_difference(&self.graph).is_some() {
            return Err(unsupported("operations", "those of the base", "others").into());
        }
        let mut changes = GraphProto::default();
        for tensor in &graph.tensors {
            self.add_change(tensor, &mut changes)?;
        }
        let link = AdapterLink { version: VERSION, base_sha256: self.sha256.clone() };
        let link = to_json(&link).map_err(ManifestError::from)?;
        let entry = StringStringEntryProto::new;
        let adapter = ModelProto {
            graph: Some(changes),
            metadata_props: vec![entry(Manifest::KEY, manifest.to_json()?), entry(Self::ADAPTER_KEY, link)],
            ..onnx::empty(graph.operator_set)
        };
        Ok(adapter.encode_to_vec())
    }

    /// Adds what a tensor changes in the base's of its name, in the shorter form.
    fn add_change(&self, tensor: &Tensor, changes: &mut GraphProto) -> Result<(), BaseError> {
        let Some(own) = self.graph.tensor(&tensor.name).filter(|own| own.numbers != Numbers::Open) else {
            changes.initializer.extend(onnx::write_tensor(tensor));
            return Ok(());
        };
        let (Numbers::Floats(old), Numbers::Floats(new)) = (&own.numbers, &tensor.numbers) else {
            return Err(mismatch(&tensor.name, "32-bit floats in both", "others"));
        };
        if own.dims != tensor.dims {
            let [expected, found] = [&own.dims, &tensor.dims].map(|dims| format!("of shape {dims:?}"));
            return Err(mismatch(&tensor.name, expected, found));
        }
        let differs = |(_, (a, b)): &(i64, (&f32, &f32))| a.to_bits() != b.to_bits();
        let (positions, values): (Vec<i64>, Vec<f32>) =
            (0..).zip(old.iter().zip(new)).filter(differs).map(|(at, (_, value))| (at, *value)).unzip();
        let [whole, single] = BYTES;
        if values.len() * single >= new.len() * whole {
            changes.initializer.extend(onnx::write_tensor(tensor));
        } else if !values.is_empty() {
            let dims = vec![values.len()];
            let indices =
                Tensor { name: String::new(), dims: dims.clone(), numbers: Numbers::Integers(positions) };
            changes.sparse_initializer.push(SparseTensorProto {
                values: onnx::write_tensor(&Tensor::of_floats(&tensor.name, dims, values)),
                indices: onnx::write_tensor(&indices),
                dims: tensor.dims.iter().map(|&dim| dim as i64).collect(),
            });
        }
        Ok(())
    }
}
