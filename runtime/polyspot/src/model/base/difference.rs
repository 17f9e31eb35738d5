//! An adapter written: what a language's network changes in the base.

use prost::Message;

use super::Base;
use super::change::mismatch;
use crate::model::error::ModelError;
use crate::model::file::{AdapterLink, VERSION, copied, decode};
use crate::model::manifest::{Manifest, ManifestError, to_json};
use crate::model::onnx::{
    GraphProto, INT64, ModelProto, SparseTensorProto, StringStringEntryProto, TensorProto, unsupported,
};

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
        let graph = proto.graph.unwrap_or_default();
        if graph.node != self.graph.node {
            return Err(unsupported("operations", "those of the base", "others").into());
        }
        let mut changes = GraphProto::default();
        for tensor in graph.initializer {
            self.add_change(tensor, &mut changes)?;
        }
        let link = AdapterLink { version: VERSION, base_sha256: self.sha256.clone() };
        let entry = |key: &str, value| StringStringEntryProto { key: key.to_owned(), value };
        let link = to_json(&link).map_err(ManifestError::from)?;
        let adapter = ModelProto {
            ir_version: proto.ir_version,
            opset_import: proto.opset_import,
            graph: Some(changes),
            metadata_props: vec![entry(Manifest::KEY, manifest.to_json()?), entry(Self::ADAPTER_KEY, link)],
        };
        Ok(adapter.encode_to_vec())
    }

    /// Adds what a tensor changes in the base's of its name, in the shorter form.
    fn add_change(&self, tensor: TensorProto, changes: &mut GraphProto) -> Result<(), ModelError> {
        let Some(own) = self.graph.initializer.iter().find(|own| own.name == tensor.name) else {
            changes.initializer.push(tensor);
            return Ok(());
        };
        let (Some(old), Some(new)) = (own.floats(), tensor.floats()) else {
            return Err(mismatch(&tensor.name, "32-bit floats of its shape in both", "others").into());
        };
        if own.dims != tensor.dims {
            return Err(mismatch(
                &tensor.name,
                format!("of shape {:?}", own.dims),
                format!("{:?}", tensor.dims),
            )
            .into());
        }
        let differs = |(_, (a, b)): &(i64, (&f32, &f32))| a.to_bits() != b.to_bits();
        let (positions, values): (Vec<i64>, Vec<f32>) =
            (0..).zip(old.iter().zip(&new)).filter(differs).map(|(at, (_, value))| (at, *value)).unzip();
        let [whole, single] = BYTES;
        if values.len() * single >= new.len() * whole {
            changes.initializer.push(tensor);
        } else if !values.is_empty() {
            let dims = vec![values.len() as i64];
            let indices = TensorProto {
                dims: dims.clone(),
                data_type: INT64,
                int64_data: positions,
                ..TensorProto::default()
            };
            changes.sparse_initializer.push(SparseTensorProto {
                values: Some(TensorProto::of_floats(&tensor.name, dims, &values)),
                indices: Some(indices),
                dims: tensor.dims,
            });
        }
        Ok(())
    }
}
