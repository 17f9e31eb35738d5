//! Ways of single initialisers, operations and attributes.

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, StringStringEntryProto, TensorProto};

use super::{LENGTHS, Ways, remove};

const NUMBERS: [f32; 9] =
    [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e30, -1e20, f32::MIN_POSITIVE, 0.0];

const OPERATIONS: [&str; 16] = [
    "Add",
    "AveragePool",
    "Clip",
    "Conv",
    "Identity",
    "Mul",
    "Pad",
    "Relu",
    "Sigmoid",
    "Softmax",
    "Sub",
    "LSTM",
    "Loop",
    "If",
    "Reshape",
    "",
];

/// Ways of changing an initialiser.
pub(super) const INITIALISER: &Ways<TensorProto> = &[
    ("shape", |tensor, dice| {
        let at = dice.below(tensor.dims.len());
        if let Some(dim) = tensor.dims.get_mut(at) {
            *dim = dice.pick(&LENGTHS);
        }
    }),
    ("rank", |tensor, dice| {
        if dice.below(2) == 0 {
            tensor.dims.push(dice.pick(&[0, 1, 2, i64::MAX]));
        } else {
            tensor.dims.truncate(tensor.dims.len().saturating_sub(1));
        }
    }),
    ("length", |tensor, dice| {
        let length = dice.count(&[0, 1, 3, 4, 7, 4_096, 1 << 20]);
        tensor.raw_data.resize(length, 0x3f);
    }),
    ("weights", |tensor, dice| {
        for _ in 0..=dice.below(3) {
            let at = dice.below(tensor.raw_data.len() / 4) * 4;
            if let Some(value) = tensor.raw_data.get_mut(at..at + 4) {
                value.copy_from_slice(&dice.pick(&NUMBERS).to_le_bytes());
            }
        }
    }),
    ("all weights", |tensor, dice| {
        let value = dice.pick(&NUMBERS).to_le_bytes();
        tensor.raw_data.as_chunks_mut().0.iter_mut().for_each(|number| *number = value);
    }),
    ("element type", |tensor, dice| {
        tensor.data_type = dice.pick(&[0, 2, 7, 8, 10, 11, 16, -1]);
    }),
    ("values elsewhere", |tensor, dice| {
        tensor.data_location = Some(dice.pick(&[0, 1, 2]));
        let (key, value) = ("location".to_owned(), "/etc/passwd".to_owned());
        tensor.external_data.push(StringStringEntryProto { key, value });
    }),
];

/// Ways of changing an operation.
pub(super) const OPERATION: &Ways<NodeProto> = &[
    ("cycle", |node, dice| {
        let at = dice.below(node.input.len());
        if let (Some(input), Some(output)) = (node.input.get_mut(at), node.output.first()) {
            input.clone_from(output);
        }
    }),
    ("operation", |node, dice| node.op_type = dice.pick(&OPERATIONS).into()),
    ("domain", |node, dice| {
        node.domain = dice.pick(&["ai.onnx", "com.microsoft", "x"]).into();
    }),
    ("attribute gone", |node, dice| remove(&mut node.attribute, dice)),
];

/// Ways of changing an operation's attribute.
pub(super) const ATTRIBUTE: &Ways<AttributeProto> = &[
    ("attribute", |attribute, dice| {
        let at = dice.below(attribute.ints.len());
        match attribute.ints.get_mut(at) {
            Some(value) => *value = dice.pick(&LENGTHS),
            None => attribute.i = dice.pick(&LENGTHS),
        }
    }),
    ("attribute's axes", |attribute, dice| {
        attribute.ints.resize(dice.pick(&[0, 1, 2, 3, 4, 6, 1_000]), dice.pick(&LENGTHS));
    }),
    ("attribute's type", |attribute, dice| {
        attribute.r#type = dice.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 99]);
    }),
    ("attribute's name", |attribute, dice| {
        let names = [
            "strides",
            "dilations",
            "pads",
            "group",
            "kernel_shape",
            "auto_pad",
            "ceil_mode",
            "axis",
            "mode",
        ];
        attribute.name = dice.pick(&names).into();
    }),
    ("subgraph", |attribute, dice| {
        for _ in 0..dice.pick(&[1, 20, 150]) {
            let inner =
                AttributeProto { g: attribute.g.take(), name: "body".into(), ..AttributeProto::default() };
            let node = NodeProto { attribute: vec![inner], ..NodeProto::default() };
            attribute.g = Some(GraphProto { node: vec![node], ..GraphProto::default() });
        }
    }),
];
