//! Models made hostile: changes of their graphs, their initialisers, their manifests and their bytes.

mod graph;
mod manifest;
mod parts;

use polyspot::Manifest;
use prost::Message;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto};

/// A way to change something.
type Way<T> = fn(&mut T, &mut Dice);
/// Ways, with what they are called.
type Ways<T> = [(&'static str, Way<T>)];

/// Random numbers; the same for the same seed.
pub(crate) struct Dice {
    state: u64,
    /// The largest of counts.
    most: usize,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with_counts_to(usize::MAX, seed)
    }

    /// Dice for changes that add no more than so many things, for files that are to stay small.
    pub(crate) fn with_counts_to(most: usize, seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1, most }
    }

    /// A number below `n`; 0 if that is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % n.max(1)
    }

    /// How many things to add.
    fn count(&mut self, among: &[usize]) -> usize {
        self.pick(among).min(self.most)
    }

    pub(crate) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())]
    }
}

/// Lengths, shapes and paddings that nobody expects.
const LENGTHS: [i64; 16] =
    [0, 1, 2, 3, 5, 40, 41, 1_000, 50_000, 1 << 20, 1 << 31, 1 << 40, i64::MAX, i64::MIN, -1, -2];

/// A way of changing a file: what is changed, and how.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    File(Way<ModelProto>),
    Graph(Way<GraphProto>),
    Initialiser(Way<TensorProto>),
    Operation(Way<NodeProto>),
    Attribute(Way<AttributeProto>),
    Manifest(Way<String>),
}

/// Ways of changing what a file says outside its graph.
const FILE: &Ways<ModelProto> = &[
    ("operator set", |model, dice| {
        let version = dice.pick(&[0, 1, 7, 9, 11, 12, 13, 18, 19, 25, i64::MAX, -1]);
        match dice.below(3) {
            0 => model.opset_import.clear(),
            1 => model.opset_import.push(OperatorSetIdProto { domain: String::new(), version }),
            _ => model.opset_import.iter_mut().for_each(|set| set.version = version),
        }
    }),
    ("no graph", |model, _| model.graph = None),
    ("manifest gone", |model, dice| remove(&mut model.metadata_props, dice)),
];

/// Every way of changing what a file says.
pub(crate) fn changes() -> Vec<(&'static str, Change)> {
    let mut all = Vec::new();
    all.extend(FILE.iter().map(|&(name, change)| (name, Change::File(change))));
    all.extend(graph::GRAPH.iter().map(|&(name, change)| (name, Change::Graph(change))));
    all.extend(parts::INITIALISER.iter().map(|&(name, change)| (name, Change::Initialiser(change))));
    all.extend(parts::OPERATION.iter().map(|&(name, change)| (name, Change::Operation(change))));
    all.extend(parts::ATTRIBUTE.iter().map(|&(name, change)| (name, Change::Attribute(change))));
    all.extend(manifest::MANIFEST.iter().map(|&(name, change)| (name, Change::Manifest(change))));
    all
}

impl Change {
    /// Changes something of its kind in the file, if there is such a thing.
    pub(crate) fn apply(self, model: &mut ModelProto, dice: &mut Dice) {
        match self {
            Self::File(change) => change(model, dice),
            Self::Graph(change) => model.graph.iter_mut().for_each(|graph| change(graph, dice)),
            Self::Initialiser(change) => {
                let Some(graph) = &mut model.graph else { return };
                let sparse = graph.sparse_initializer.iter_mut();
                let sparse = sparse.flat_map(|sparse| [&mut sparse.values, &mut sparse.indices]).flatten();
                let mut tensors: Vec<_> = graph.initializer.iter_mut().chain(sparse).collect();
                let at = dice.below(tensors.len());
                tensors.get_mut(at).into_iter().for_each(|tensor| change(tensor, dice));
            }
            Self::Operation(change) => {
                if let Some(node) = node(model, dice) {
                    change(node, dice);
                }
            }
            Self::Attribute(change) => {
                let Some(node) = node(model, dice) else { return };
                let at = dice.below(node.attribute.len());
                node.attribute.get_mut(at).into_iter().for_each(|attribute| change(attribute, dice));
            }
            Self::Manifest(change) => {
                let entries = model.metadata_props.iter_mut().filter(|entry| entry.key == Manifest::KEY);
                entries.for_each(|entry| change(&mut entry.value, dice));
            }
        }
    }
}

/// One of the operations.
fn node<'a>(model: &'a mut ModelProto, dice: &mut Dice) -> Option<&'a mut NodeProto> {
    let graph = model.graph.as_mut()?;
    let at = dice.below(graph.node.len());
    graph.node.get_mut(at)
}

fn remove<T>(from: &mut Vec<T>, dice: &mut Dice) {
    if !from.is_empty() {
        from.remove(dice.below(from.len()));
    }
}

/// Damages a file's bytes.
pub(crate) fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) -> &'static str {
    let at = dice.below(bytes.len());
    match dice.below(4) {
        0 => {
            bytes.truncate(at);
            "cut off"
        }
        1 => {
            for _ in 0..=dice.below(20) {
                let at = dice.below(bytes.len());
                let bit = 1 << dice.below(8);
                bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= bit);
            }
            "bits"
        }
        2 => {
            let end = (at + dice.below(40)).min(bytes.len());
            bytes.splice(at..end, [0xff; 9].into_iter().take(dice.below(10)));
            "lengths"
        }
        _ => {
            // Messages of two bytes each.
            let count = dice.count(&[1_000, 100_000, 4_000_000]);
            let tag = dice.pick(&[0x0a, 0x2a, 0x3a, 0x42, 0x72]);
            bytes.splice(..0, std::iter::repeat_n([tag, 0], count).flatten());
            "empty messages"
        }
    }
}

/// A file changed in one to three ways, and what was done.
pub(crate) fn mutant(original: &[u8], dice: &mut Dice) -> (Vec<u8>, String) {
    let changes = changes();
    let mut bytes = original.to_vec();
    let mut done = Vec::new();
    for _ in 0..=dice.below(3) {
        let Ok(mut model) = ModelProto::decode(bytes.as_slice()) else { break };
        if dice.below(8) == 0 {
            done.push(damage(&mut bytes, dice));
        } else {
            let (name, change) = dice.pick(&changes);
            change.apply(&mut model, dice);
            bytes = model.encode_to_vec();
            done.push(name);
        }
    }
    (bytes, done.join(", "))
}
