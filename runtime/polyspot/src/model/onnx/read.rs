//! From ONNX's protobuf form to a graph: the form of network that polyspot runs, and no other.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::proto::{
    AttributeProto, FLOAT, GraphProto, INT64, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    ValueInfoProto,
};
use crate::model::graph::{
    Attribute, Graph, GraphError, MAX_NODES, Mismatch, Node, Numbers, Operation, Tensor, Value, mismatch,
    unsupported,
};

/// Versions of ONNX's operator set in which the operations mean what they mean to both engines.
const OPERATOR_SETS: RangeInclusive<i64> = 13..=18;

/// The network of a file. Names that nothing makes are tensors whose numbers are open.
pub(crate) fn read(proto: &ModelProto) -> Result<Graph, GraphError> {
    let operator_set = operator_set(&proto.opset_import)?;
    let graph = proto.graph.as_ref().ok_or_else(|| unsupported("graph", "present", "none"))?;
    if graph.node.len() > MAX_NODES {
        return Err(unsupported("nodes", format!("at most {MAX_NODES}"), graph.node.len()));
    }
    if !graph.sparse_initializer.is_empty() {
        return Err(unsupported("initialisers", "dense", "sparse ones"));
    }
    let mut reader = Reader::new(graph);
    for (at, proto) in graph.initializer.iter().enumerate() {
        reader.add(&proto.name, Value::Tensor(at))?;
        reader.tensors.push(tensor(proto)?);
    }
    let inputs =
        graph.input.iter().filter(|input| !matches!(reader.values.get(input.name.as_str()), Some(Some(_))));
    let (input, coefficients) = end("input", &inputs.collect::<Vec<_>>())?;
    let (output, labels) = end("output", &graph.output.iter().collect::<Vec<_>>())?;
    let coefficients =
        coefficients.ok_or_else(|| unsupported("input", "of so many coefficients", "any number"))?;
    reader.add(input, Value::Signal(0))?;
    let mut nodes = Vec::with_capacity(graph.node.len());
    for node in &graph.node {
        nodes.push(reader.node(node)?);
        reader.add(&node.output[0], Value::Signal(nodes.len()))?;
    }
    let Some(&Some(Value::Signal(output))) = reader.values.get(output) else {
        return Err(unsupported(format!("output {output:?}"), "made by an operation", "none"));
    };
    let (input, tensors) = (input.to_owned(), reader.tensors);
    Ok(Graph { operator_set, input, coefficients, nodes, tensors, output, labels })
}

fn is_onnx(domain: &str) -> bool {
    ["", "ai.onnx"].contains(&domain)
}

fn operator_set(found: &[OperatorSetIdProto]) -> Result<i64, GraphError> {
    let sets: Vec<i64> = found.iter().filter(|set| is_onnx(&set.domain)).map(|set| set.version).collect();
    match *sets.as_slice() {
        [only] if OPERATOR_SETS.contains(&only) => Ok(only),
        _ => Err(unsupported("operator set", format!("one of {OPERATOR_SETS:?}"), format!("{sets:?}"))),
    }
}

/// The name and channels of an end of the network, of which there must be one: `[1, channels, time]`.
fn end<'a>(part: &str, found: &[&'a ValueInfoProto]) -> Result<(&'a str, Option<usize>), GraphError> {
    let &[only] = found else {
        return Err(unsupported(part, "one", found.len()));
    };
    let tensor = only.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let dims = tensor.and_then(|tensor| tensor.shape.as_ref()).into_iter().flat_map(|shape| &shape.dim);
    let dims: Vec<Option<i64>> = dims.map(|dim| dim.dim_value).collect();
    let kind = tensor.map(|tensor| tensor.elem_type);
    if let (Some(FLOAT), &[Some(1), channels, None]) = (kind, dims.as_slice())
        && let Ok(channels) = channels.map(usize::try_from).transpose()
    {
        return Ok((&only.name, channels));
    }
    let found = format!("element type {kind:?} of shape {dims:?}");
    Err(unsupported(part, "32-bit floats of shape [1, channels, any time]", found))
}

/// A tensor: its numbers must be in the file, as many as its shape says, and finite.
pub(crate) fn tensor(proto: &TensorProto) -> Result<Tensor, GraphError> {
    let unsupported = |expected: &str, found: String| {
        Err(unsupported(format!("initialiser {:?}", proto.name), expected, found))
    };
    if proto.data_location != 0 || !proto.external_data.is_empty() {
        return unsupported("inside the model file", "a reference to another file".into());
    }
    let numbers = match proto.data_type {
        FLOAT => numbers(&proto.raw_data, &proto.float_data, f32::from_le_bytes).map(Numbers::Floats),
        INT64 => numbers(&proto.raw_data, &proto.int64_data, i64::from_le_bytes).map(Numbers::Integers),
        other => {
            return unsupported("of 32-bit floats or 64-bit integers", format!("element type {other}"));
        }
    };
    let dims = proto.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect::<Option<Vec<_>>>();
    let tensor = dims.zip(numbers);
    let tensor = tensor.map(|(dims, numbers)| Tensor { name: proto.name.clone(), dims, numbers });
    let is_whole = |tensor: &Tensor| {
        let count = tensor.dims.iter().try_fold(1usize, |product, &dim| product.checked_mul(dim));
        count == Some(tensor.count())
    };
    let Some(tensor) = tensor.filter(is_whole) else {
        let found = proto.raw_data.len() + 4 * proto.float_data.len() + 8 * proto.int64_data.len();
        let expected = format!("as many values as its shape {:?}", proto.dims);
        return unsupported(&expected, format!("{found} bytes"));
    };
    // Without leaving early the compiler takes many at once.
    if !tensor.floats().iter().fold(true, |all, value| all & value.is_finite()) {
        return unsupported("of finite numbers", "others".into());
    }
    Ok(tensor)
}

/// Numbers from their bytes or, where there are none, as they are; nothing if the bytes end in the
/// middle of one.
fn numbers<T: Copy, const N: usize>(raw: &[u8], typed: &[T], from: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
    match raw.as_chunks() {
        ([], []) => Some(typed.to_vec()),
        (whole, []) => Some(whole.iter().map(|&bytes| from(bytes)).collect()),
        _ => None,
    }
}

/// Reads node after node.
struct Reader<'a> {
    /// What names stand for; nothing yet where a node is still to make it.
    values: HashMap<&'a str, Option<Value>>,
    tensors: Vec<Tensor>,
}

impl<'a> Reader<'a> {
    fn new(graph: &'a GraphProto) -> Self {
        let made = graph.node.iter().flat_map(|node| &node.output);
        Self { values: made.map(|name| (name.as_str(), None)).collect(), tensors: Vec::new() }
    }

    fn add(&mut self, name: &'a str, value: Value) -> Result<(), GraphError> {
        match self.values.insert(name, Some(value)) {
            None | Some(None) => Ok(()),
            Some(Some(_)) => Err(unsupported(format!("value {name:?}"), "made once", "made twice")),
        }
    }

    fn node(&mut self, node: &'a NodeProto) -> Result<Node, GraphError> {
        let NodeProto { name, op_type, domain, .. } = node;
        let all = Operation::all().into_iter();
        let Some((_, mut operation)) =
            all.clone().find(|(name, _)| name == op_type).filter(|_| is_onnx(domain))
        else {
            let expected = format!("among {:?} of ONNX", all.map(|(name, _)| name).collect::<Vec<_>>());
            return Err(unsupported("operations", expected, format!("{op_type:?} of domain {domain:?}")));
        };
        let refused = |mismatch: Mismatch| mismatch.of(op_type, name);
        for (name, place) in operation.attributes() {
            if let Some(found) = node.attribute.iter().find(|attribute| attribute.name == name) {
                set(place, found).map_err(refused)?;
            }
        }
        let inputs = node.input.iter().map(|name| self.input(name)).collect::<Result<_, _>>();
        let inputs = inputs.map_err(refused)?;
        let [output] = node.output.as_slice() else {
            return Err(refused(mismatch("of one output", node.output.len().to_string())));
        };
        Ok(Node { name: name.clone(), operation, inputs, output: output.clone() })
    }

    /// What an input of a node names.
    fn input(&mut self, name: &'a str) -> Result<Value, Mismatch> {
        if name.is_empty() {
            return Ok(Value::Absent);
        }
        match self.values.get(name) {
            Some(&Some(value)) => return Ok(value),
            // In a cycle, something is read before it is made.
            Some(None) => return Err(mismatch("fed by what comes before it", format!("{name:?}"))),
            None => {}
        }
        let open = Value::Tensor(self.tensors.len());
        self.tensors.push(Tensor::open(name));
        self.values.insert(name, Some(open));
        Ok(open)
    }
}

/// Gives an attribute what a file says of it.
fn set(attribute: Attribute, found: &AttributeProto) -> Result<(), Mismatch> {
    match attribute {
        Attribute::Float(value) if found.f.is_finite() => *value = found.f,
        Attribute::Float(_) => {
            return Err(mismatch(format!("of a finite {}", found.name), format!("{}", found.f)));
        }
        Attribute::Int(value) => *value = found.i,
        Attribute::Text(value) => *value = String::from_utf8_lossy(&found.s).into_owned(),
        Attribute::Ints(values) if values.len() == found.ints.len() => values.copy_from_slice(&found.ints),
        Attribute::Ints(_) if found.ints.is_empty() => {}
        Attribute::Ints(values) => {
            let expected = format!("of {} of {}", found.name, values.len());
            return Err(mismatch(expected, format!("{:?}", found.ints)));
        }
    }
    Ok(())
}
