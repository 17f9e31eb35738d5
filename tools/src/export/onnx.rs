//! The graph in ONNX's protobuf form.

use anyhow::{Context, Result};
use polyspot::{Base, Manifest};
use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_shape_proto, type_proto,
};

use super::graph::{Graph, HEAD_TENSORS, INPUT, Initialiser, Node, OUTPUT, Operation};

/// Operator set of the files written: the last one before layer normalisation changed what nobody here uses.
const OPSET: i64 = 17;
/// Version of the file format that belongs to it.
const IR_VERSION: i64 = 8;
/// ONNX's number for 32-bit floats.
const FLOAT: i32 = 1;

/// The bytes of a model file.
pub(super) fn encode(graph: &Graph, manifest: &Manifest) -> Result<Vec<u8>> {
    Ok(encode_with(graph, metadata(manifest)?))
}

/// The bytes of a base file: what [`Base`] reads. The head is left to the languages.
pub(super) fn encode_base(mut graph: Graph) -> Vec<u8> {
    graph.initialisers.retain(|initialiser| !HEAD_TENSORS.contains(&initialiser.name.as_str()));
    let about = StringStringEntryProto { key: Base::KEY.into(), value: r#"{"version":1}"#.into() };
    encode_with(&graph, about)
}

fn encode_with(graph: &Graph, about: StringStringEntryProto) -> Vec<u8> {
    let proto = GraphProto {
        name: "polyspot".into(),
        node: graph.nodes.iter().map(node).collect(),
        initializer: graph.initialisers.iter().map(initialiser).collect(),
        input: vec![value(INPUT, graph.coefficients, "T")],
        output: vec![value(OUTPUT, graph.labels, "steps")],
        ..GraphProto::default()
    };
    let model = ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        producer_name: "polyspot-tools".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(proto),
        metadata_props: vec![about],
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

/// A model file's bytes with another manifest.
pub(super) fn with_manifest(bytes: &[u8], manifest: &Manifest) -> Result<Vec<u8>> {
    let mut model = ModelProto::decode(bytes).context("no ONNX file")?;
    model.metadata_props.retain(|entry| entry.key != Manifest::KEY);
    model.metadata_props.push(metadata(manifest)?);
    Ok(model.encode_to_vec())
}

fn metadata(manifest: &Manifest) -> Result<StringStringEntryProto> {
    Ok(StringStringEntryProto { key: Manifest::KEY.into(), value: manifest.to_json()? })
}

fn node(node: &Node) -> NodeProto {
    let (op_type, attribute) = match node.operation {
        Operation::Add => ("Add", vec![]),
        Operation::Mul => ("Mul", vec![]),
        Operation::Relu => ("Relu", vec![]),
        Operation::Sub => ("Sub", vec![]),
        Operation::Softmax => ("Softmax", vec![int("axis", 1)]),
        Operation::Normalise { epsilon } => ("BatchNormalization", vec![float("epsilon", epsilon)]),
        Operation::Conv { kernel, stride, group } => (
            "Conv",
            vec![
                ints("dilations", &[1]),
                int("group", group),
                ints("kernel_shape", &[kernel]),
                ints("pads", &[kernel - stride, 0]),
                ints("strides", &[stride]),
            ],
        ),
    };
    NodeProto {
        name: node.output.clone(),
        op_type: op_type.into(),
        input: node.inputs.clone(),
        output: vec![node.output.clone()],
        attribute,
        ..NodeProto::default()
    }
}

fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Float.into(), f: value, ..Default::default() }
}

fn int(name: &str, value: usize) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Int.into(),
        i: value as i64,
        ..Default::default()
    }
}

fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|&value| value as i64).collect();
    AttributeProto { name: name.into(), r#type: AttributeType::Ints.into(), ints, ..Default::default() }
}

fn initialiser(constant: &Initialiser) -> TensorProto {
    TensorProto {
        name: constant.name.clone(),
        dims: constant.shape.iter().map(|&n| n as i64).collect(),
        data_type: FLOAT,
        raw_data: constant.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

/// A value `[1, channels, <time>]`.
fn value(name: &str, channels: usize, time: &str) -> ValueInfoProto {
    use tensor_shape_proto::{Dimension, dimension::Value};
    let dim = |value| Dimension { value: Some(value), ..Dimension::default() };
    let shape = TensorShapeProto {
        dim: vec![
            dim(Value::DimValue(1)),
            dim(Value::DimValue(channels as i64)),
            dim(Value::DimParam(time.into())),
        ],
    };
    let tensor = type_proto::Tensor { elem_type: FLOAT, shape: Some(shape) };
    let value = Some(type_proto::Value::TensorType(tensor));
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto { value, ..TypeProto::default() }),
        ..ValueInfoProto::default()
    }
}
