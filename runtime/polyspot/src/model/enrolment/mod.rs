//! New words in model files: the closed form of [`polyspot_core::enrolment`], read from a file and written to one.

mod statistics;

use polyspot_core::NetworkDescription;
use polyspot_core::enrolment::{Enrolled, Enrolment, EnrolmentError};
use polyspot_core::kernel::{Layer, Operation as Layered};
use polyspot_core::stream::LabelKind;
use prost::Message;

use super::error::ModelError;
use super::file::{copied, decode};
use super::graph::{Graph, Node, Operation, Window};
use super::load::described;
use super::loaded::Model;
use super::manifest::{Label, Manifest};
use super::onnx::{self, ModelProto};

pub use statistics::{add_filler_statistics, filler_statistics};

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
    #[error(
        "the model has no metadata entry {:?}: it does not say what other speech is like to it",
        statistics::KEY
    )]
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

/// Adds a keyword to a model file from a few takes of it: mono, at the model's rate, full scale ±1, one word in each.
///
/// The network keeps its weights and gets a word more; the keywords that it had keep theirs, and their thresholds. The evidence behind
/// these is left out, because it is not of the new file. Takes well under a second.
///
/// # Errors
/// When the model is refused, is not of the kernel's family, or has no statistics of other speech; when a take is silent, too short or
/// too long; when the name is no keyword's, or one that the model has.
pub fn enrol(model: &[u8], word: &str, takes: &[impl AsRef<[f32]>]) -> Result<NewWord, EnrolError> {
    let file = File::read(model)?;
    let enrolled = file.learn(takes)?;
    Ok(NewWord { bytes: file.with(word, &enrolled)?, word: enrolled })
}

/// What [`enrol`] learns of a word, to be [added](add_word) under a name, perhaps [nearer or further](Enrolled::at) from other speech.
///
/// # Errors
/// As [`enrol`]'s, but those of the name.
pub fn learn(model: &[u8], takes: &[impl AsRef<[f32]>]) -> Result<Enrolled, EnrolError> {
    File::read(model)?.learn(takes)
}

/// The model file with a word that was [learnt](learn) with it.
///
/// # Errors
/// When the model is refused or is another one; when the name is no keyword's, or one that the model has.
pub fn add_word(model: &[u8], word: &str, enrolled: &Enrolled) -> Result<Vec<u8>, EnrolError> {
    File::read(model)?.with(word, enrolled)
}

/// A model file that is read.
struct File {
    proto: ModelProto,
    manifest: Manifest,
    graph: Graph,
}

impl File {
    fn read(model: &[u8]) -> Result<Self, ModelError> {
        let (proto, manifest) = decode(&copied(model)?)?;
        let graph = onnx::read(&proto)?;
        Ok(Self { proto, manifest, graph })
    }

    fn network(&self) -> Result<NetworkDescription, ModelError> {
        described(&self.graph, &self.manifest)
    }

    fn learn(&self, takes: &[impl AsRef<[f32]>]) -> Result<Enrolled, EnrolError> {
        let statistics = statistics::of_file(&self.proto)?.ok_or(EnrolError::NoStatistics)?;
        let (spec, network) = (self.manifest.stream_spec(), self.network()?);
        let mut enrolment = Enrolment::new(&spec, &network, &statistics)?;
        for (index, take) in takes.iter().enumerate() {
            let refused = |source| EnrolError::Take { number: index + 1, source };
            enrolment.add(take.as_ref()).map_err(refused)?;
        }
        Ok(enrolment.finish()?)
    }

    fn with(self, word: &str, enrolled: &Enrolled) -> Result<Vec<u8>, EnrolError> {
        let network = self.network()?;
        let Self { proto, mut manifest, mut graph } = self;
        let spec = manifest.stream_spec();
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
        let (_, changed) = enrolled.add_to(&spec, &network, word)?;
        let same = network.layers.iter().zip(&changed.layers).take_while(|(before, after)| before == after);
        replace_end(&mut graph, &changed.layers[same.count()..])?;
        let mut written = ModelProto { metadata_props: proto.metadata_props, ..onnx::write(&graph) };
        written.producer_name = proto.producer_name;
        written.producer_version = proto.producer_version;
        written.set_metadata(Manifest::KEY, json);
        let bytes = written.encode_to_vec();
        Model::from_bytes(&bytes)?;
        Ok(bytes)
    }
}

/// Puts these layers in the place of all operations from the one that the first of them is called like. Layers that keep their names
/// keep those of their tensors.
fn replace_end(graph: &mut Graph, layers: &[Layer]) -> Result<(), ModelError> {
    let refused = || ModelError::NotOfTheFamily("other operations at the end".into());
    let first = layers.first().ok_or_else(refused)?;
    let place = graph.nodes.iter().position(|node| node.name == first.name).ok_or_else(refused)?;
    let before: Vec<Node> = graph.nodes.drain(place..).collect();
    let mut signal = *before[0].inputs.first().ok_or_else(refused)?;
    let mut labels = None;
    for layer in layers {
        let (operation, tensors) = match &layer.operation {
            Layered::Softmax => (Operation::Softmax { axis: 1 }, vec![]),
            Layered::Convolve(convolution) => {
                labels = Some(convolution.outputs);
                let (outputs, taps) = (convolution.outputs, convolution.taps);
                let groups = if convolution.is_depthwise { outputs } else { 1 };
                let inputs = convolution.weights.len() / (outputs * taps).max(1);
                let kernel = ("kernel", vec![outputs, inputs, taps], convolution.weights.to_vec());
                let bias = convolution.bias.as_ref().map(|bias| ("bias", vec![outputs], bias.to_vec()));
                let window = Window::causal(taps, convolution.stride);
                let operation = Operation::Conv { window, groups: groups as i64 };
                (operation, [kernel].into_iter().chain(bias).collect())
            }
            _ => return Err(refused()),
        };
        let known = before.iter().find(|node| node.name == layer.name);
        let mut inputs = vec![signal];
        for (place, (part, dims, values)) in tensors.into_iter().enumerate() {
            let known =
                known.and_then(|node| graph.tensor_of(node, place + 1)).map(|tensor| tensor.name.clone());
            let name = known.unwrap_or_else(|| format!("{}.{part}", layer.name));
            inputs.push(graph.set_tensor(&name, &dims, values));
        }
        signal = graph.add_node(operation, &inputs, &layer.name);
        if let (Some(known), Some(node)) = (known, graph.nodes.last_mut()) {
            node.output.clone_from(&known.output);
        }
    }
    graph.labels = labels;
    Ok(())
}
