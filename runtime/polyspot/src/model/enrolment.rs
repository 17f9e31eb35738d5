//! New words in model files: the closed form of [`polyspot_core::enrolment`], read from a file and written to one.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use polyspot_core::enrolment::{Enrolled, Enrolment, EnrolmentError, FillerStatistics};
use polyspot_core::stream::LabelKind;
use polyspot_core::{NetworkDescription, kernel};
use prost::Message;
use serde::{Deserialize, Serialize};

use super::error::{FileError, ModelError};
use super::file::{VERSION, check_version, copied, decode, metadata_from_json};
use super::graph::{Graph, Node, Operation, Tensor, Value};
use super::load::described;
use super::loaded::Model;
use super::manifest::{Label, Manifest};
use super::onnx::{self, ModelProto};

/// Key of the statistics' entry among an ONNX file's `metadata_props`.
const KEY: &str = "polyspot.filler";

/// What the entry [`KEY`] says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    version: u32,
    features: usize,
    /// The statistics' numbers, each the first 16 bits of an `f32` (bfloat16), little-endian, in Base64.
    values: String,
}

/// A model file with a word more.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewWord {
    /// The model file's bytes, for [`Model::from_bytes`] or to be kept.
    pub bytes: Vec<u8>,
    /// The word's row, and how far its takes are from other speech.
    pub word: Enrolled,
}

/// Why a word was not added to a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The model file, or what would come of it, was refused.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The file does not say what its features are like without keywords.
    #[error("the model has no metadata entry {KEY:?}: it does not say what other speech is like to it")]
    NoStatistics,
    /// A take was refused.
    #[error("take {number}")]
    Take {
        /// Which one, from 1.
        number: usize,
        /// Why.
        #[source]
        source: EnrolmentError,
    },
    /// The word cannot be added.
    #[error(transparent)]
    Word(#[from] EnrolmentError),
}

/// What a model file says of its network's features over speech and noise without keywords, if it says anything.
///
/// # Errors
/// When the bytes are no model file, or what they say is damaged.
pub fn filler_statistics(model: &[u8]) -> Result<Option<FillerStatistics>, EnrolError> {
    let (proto, _) = decode(&copied(model).map_err(ModelError::from)?)?;
    read_statistics(&proto)
}

/// A model file with these statistics, in place of those that it had.
///
/// # Errors
/// When the bytes are no model file.
pub fn add_filler_statistics(model: &[u8], statistics: &FillerStatistics) -> Result<Vec<u8>, ModelError> {
    let (mut proto, _) = decode(&copied(model)?)?;
    let values = statistics.to_numbers().into_iter().flat_map(|value| bfloat16(value).to_le_bytes());
    let values = BASE64_STANDARD.encode(values.collect::<Vec<u8>>());
    let entry = Entry { version: VERSION, features: statistics.features(), values };
    // Numbers and text: nothing that JSON has not.
    proto.set_metadata(KEY, serde_json::to_string(&entry).unwrap_or_default());
    Ok(proto.encode_to_vec())
}

/// Adds a keyword to a model file from a few takes of it: mono, at the model's rate, full scale ±1, one word in each.
///
/// The network keeps its weights and gets a row more; the keywords that it had keep theirs, and their thresholds. The evidence behind
/// these is left out, because it is not of the new file. Takes well under a second.
///
/// # Errors
/// When the model is refused, is not of the kernel's family, or has no statistics of other speech; when a take is silent, too short or
/// too long; when the name is no keyword's, or one that the model has.
pub fn enrol(model: &[u8], word: &str, takes: &[impl AsRef<[f32]>]) -> Result<NewWord, EnrolError> {
    let (proto, mut manifest) = decode(&copied(model).map_err(ModelError::from)?)?;
    let statistics = read_statistics(&proto)?.ok_or(EnrolError::NoStatistics)?;
    let mut graph = onnx::read(&proto).map_err(ModelError::from)?;
    let (spec, network) = (manifest.stream_spec(), described(&graph, &manifest)?);
    let mut enrolment = Enrolment::new(&spec, &network, &statistics)?;
    for (index, take) in takes.iter().enumerate() {
        let refused = |source| EnrolError::Take { number: index + 1, source };
        enrolment.add(take.as_ref()).map_err(refused)?;
    }
    let enrolled = enrolment.finish()?;
    let label = Label {
        name: word.to_owned(),
        kind: LabelKind::Keyword,
        threshold: Some(Enrolled::THRESHOLD),
        gloss: None,
        romanisation: None,
    };
    manifest.labels.insert(Enrolled::place(&spec), label);
    manifest.evidence = None;
    let json = manifest.to_json().map_err(ModelError::from)?;
    let (_, network) = enrolled.add_to(&spec, &network, word)?;
    replace_end(&mut graph, &network)?;
    let mut written = ModelProto { metadata_props: proto.metadata_props, ..onnx::write(&graph) };
    written.producer_name = proto.producer_name;
    written.producer_version = proto.producer_version;
    written.set_metadata(Manifest::KEY, json);
    let bytes = written.encode_to_vec();
    Model::from_bytes(&bytes)?;
    Ok(NewWord { bytes, word: enrolled })
}

/// Puts the numbers of a description's last two convolutions into the graph that it was made of.
fn replace_end(graph: &mut Graph, network: &NetworkDescription) -> Result<(), ModelError> {
    let missing = || ModelError::NotOfTheFamily("no two convolutions at the end".into());
    let layers = network.layers.iter().rev().filter_map(|layer| match &layer.operation {
        kernel::Operation::Convolve(convolution) => Some(convolution),
        _ => None,
    });
    let is_convolution = |node: &&Node| matches!(node.operation, Operation::Conv { .. });
    let nodes = graph.nodes.iter().rev().filter(is_convolution);
    let inputs: Vec<Vec<Value>> = nodes.take(2).map(|node| node.inputs.clone()).collect();
    for (inputs, convolution) in inputs.iter().zip(layers) {
        let outputs = convolution.outputs;
        let of_one = convolution.weights.len() / outputs.max(1);
        let weights = (vec![outputs, of_one, 1], convolution.weights.to_vec());
        let bias = convolution.bias.as_ref().map(|bias| (vec![outputs], bias.to_vec()));
        for (input, (dims, values)) in inputs[1..].iter().zip([Some(weights), bias].into_iter().flatten()) {
            let Value::Tensor(tensor) = *input else { return Err(missing()) };
            let tensor = &mut graph.tensors[tensor];
            *tensor = Tensor::of_floats(&tensor.name, dims, values);
        }
    }
    graph.labels = graph.labels.map(|labels| labels + 1);
    if inputs.len() == 2 { Ok(()) } else { Err(missing()) }
}

fn read_statistics(proto: &ModelProto) -> Result<Option<FillerStatistics>, EnrolError> {
    let Some(json) = proto.metadata(KEY) else { return Ok(None) };
    let of_file = |error: FileError| EnrolError::Model(error.into());
    let Entry { version, features, values } = metadata_from_json(KEY, json).map_err(of_file)?;
    check_version(KEY, version).map_err(of_file)?;
    let bytes = BASE64_STANDARD.decode(values).map_err(|error| {
        let expected = "Base64".into();
        of_file(FileError::Metadata { key: KEY, expected, found: error.to_string() })
    })?;
    let numbers = bytes.as_chunks().0.iter();
    let numbers: Vec<f32> =
        numbers.map(|&bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16)).collect();
    Ok(Some(FillerStatistics::from_numbers(features, &numbers)?))
}

/// The first 16 bits of the nearest `f32` that ends in zeros.
fn bfloat16(value: f32) -> u16 {
    (value.to_bits().saturating_add(1 << 15) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_loses_half_a_hundredth_of_itself_at_most() {
        for value in [1.0f32, -2.346_592_7, 1e-20, 123_456.79, 0.0] {
            let read = f32::from_bits(u32::from(bfloat16(value)) << 16);
            assert!((read - value).abs() <= value.abs() / 256.0, "{value} became {read}");
        }
    }
}
