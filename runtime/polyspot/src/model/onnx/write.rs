//! From a graph to ONNX's protobuf form.

use prost::Message;

use super::proto::{
    AttributeProto, Dimension, FLOAT, GraphProto, INT64, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, TensorShapeProto, TensorType, TypeProto, ValueInfoProto,
};
use crate::model::graph::{Attribute, Graph, Node, Numbers, Tensor, Value};

/// Version of the file format that belongs to the operator sets that are read and written.
const IR_VERSION: i64 = 8;

impl Graph {
    /// The bytes of an ONNX file that a program of this name and version has made, with one entry of
    /// metadata: of a model, its manifest.
    pub fn to_onnx(&self, [producer, version]: [&str; 2], [key, value]: [&str; 2]) -> Vec<u8> {
        let proto = ModelProto {
            producer_name: producer.to_owned(),
            producer_version: version.to_owned(),
            metadata_props: vec![StringStringEntryProto::new(key, value.to_owned())],
            ..write(self)
        };
        proto.encode_to_vec()
    }
}

/// A file that holds the network and nothing else.
pub(crate) fn write(graph: &Graph) -> ModelProto {
    let output = graph.name(Value::Signal(graph.output));
    let proto = GraphProto {
        node: graph.nodes.iter().map(|node| self::node(graph, node)).collect(),
        name: "polyspot".into(),
        initializer: graph.tensors.iter().filter_map(tensor).collect(),
        input: vec![end(&graph.input, Some(graph.coefficients), "T")],
        output: vec![end(output, graph.labels, "steps")],
        ..GraphProto::default()
    };
    ModelProto { graph: Some(proto), ..empty(graph.operator_set) }
}

/// A file of this operator set without anything in it.
pub(crate) fn empty(operator_set: i64) -> ModelProto {
    let operator_set = OperatorSetIdProto { domain: String::new(), version: operator_set };
    ModelProto { ir_version: IR_VERSION, opset_import: vec![operator_set], ..ModelProto::default() }
}

fn node(graph: &Graph, node: &Node) -> NodeProto {
    let mut operation = node.operation.clone();
    let mut attributes = operation.attributes();
    attributes.sort_by_key(|(name, _)| *name);
    NodeProto {
        name: node.name.clone(),
        op_type: node.operation.name().into(),
        input: node.inputs.iter().map(|&input| graph.name(input).to_owned()).collect(),
        output: vec![node.output.clone()],
        attribute: attributes.into_iter().filter_map(attribute).collect(),
        ..NodeProto::default()
    }
}

/// An attribute; none if it says nothing: an empty text, or a window that is as its weights. Its type is ONNX's number for it.
fn attribute((name, value): (&str, Attribute)) -> Option<AttributeProto> {
    let empty = |r#type| AttributeProto { name: name.into(), r#type, ..AttributeProto::default() };
    Some(match value {
        Attribute::Float(f) => AttributeProto { f: *f, ..empty(1) },
        Attribute::Int(i) => AttributeProto { i: *i, ..empty(2) },
        Attribute::Text(text) if text.is_empty() => return None,
        Attribute::Text(text) => AttributeProto { s: text.as_bytes().to_vec(), ..empty(3) },
        Attribute::Ints([0]) => return None,
        Attribute::Ints(ints) => AttributeProto { ints: ints.to_vec(), ..empty(7) },
    })
}

/// A tensor; none if its numbers are open.
pub(crate) fn tensor(tensor: &Tensor) -> Option<TensorProto> {
    let dims = tensor.dims.iter().map(|&dim| dim as i64).collect();
    let proto = TensorProto { name: tensor.name.clone(), dims, ..TensorProto::default() };
    match &tensor.numbers {
        Numbers::Floats(values) => {
            let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            Some(TensorProto { data_type: FLOAT, raw_data, ..proto })
        }
        Numbers::Integers(values) => {
            Some(TensorProto { data_type: INT64, int64_data: values.clone(), ..proto })
        }
        Numbers::Open => None,
    }
}

/// An end of the network, `[1, channels, time]`.
fn end(name: &str, channels: Option<usize>, time: &str) -> ValueInfoProto {
    let known = |size: usize| Dimension { dim_value: Some(size as i64), dim_param: None };
    let open = |name: &str| Dimension { dim_value: None, dim_param: Some(name.to_owned()) };
    let dim = vec![known(1), channels.map_or_else(|| open("labels"), known), open(time)];
    let tensor_type = Some(TensorType { elem_type: FLOAT, shape: Some(TensorShapeProto { dim }) });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}
