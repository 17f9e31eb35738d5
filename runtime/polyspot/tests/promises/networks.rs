//! Networks of the kernel's family, of any shape, with random weights.

use polyspot::{DetectorSpec, FrontEndSpec, Label, LabelKind, Manifest, NetworkSpec};
use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

/// A block: channels, taps, stride.
pub(crate) type Block = (usize, usize, usize);

const COEFFICIENTS: usize = 40;

/// The file of a network: a full convolution, depthwise-separable blocks (residual where shapes allow), a mean over
/// `window` steps, a head for `labels` labels.
pub(crate) fn network(stem: Block, blocks: &[Block], window: usize, labels: usize, seed: u32) -> Vec<u8> {
    let mut graph = Builder { proto: GraphProto::default(), last: "features".into(), random: seed | 1 };
    graph.conv(COEFFICIENTS, stem, false);
    graph.node("Relu", vec![], vec![]);
    let (mut channels, mut stride) = (stem.0, stem.2);
    for &(outputs, taps, block_stride) in blocks {
        let before = graph.last.clone();
        graph.conv(channels, (channels, taps, block_stride), true);
        graph.conv(channels, (outputs, 1, 1), false);
        if outputs == channels && block_stride == 1 {
            graph.node("Add", vec![before], vec![]);
        }
        graph.node("Relu", vec![], vec![]);
        (channels, stride) = (outputs, stride * block_stride);
    }
    graph.conv(channels, (channels, window, 1), true);
    graph.conv(channels, (labels, 1, 1), false);
    let axis =
        AttributeProto { name: "axis".into(), r#type: AttributeType::Int.into(), i: 1, ..Default::default() };
    graph.node("Softmax", vec![], vec![axis]);
    let mut proto = graph.proto;
    proto.input = vec![value("features", COEFFICIENTS)];
    proto.output = vec![value(&graph.last, labels)];
    let manifest = manifest(stride, window, labels).to_json().unwrap();
    let model = ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
        graph: Some(proto),
        metadata_props: vec![StringStringEntryProto { key: Manifest::KEY.into(), value: manifest }],
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

fn manifest(stride_frames: usize, window: usize, labels: usize) -> Manifest {
    let label = |index: usize| Label {
        name: format!("label {index}"),
        kind: if index == 0 { LabelKind::Unknown } else { LabelKind::Keyword },
        threshold: (index > 0).then_some(0.5),
        gloss: None,
        romanisation: None,
    };
    let window_frames = stride_frames * window;
    Manifest {
        version: Manifest::VERSION,
        language: "qaa".into(),
        labels: (0..labels).map(label).collect(),
        front_end: FrontEndSpec::default(),
        network: NetworkSpec { stride_frames, window_frames, pulse_frames: 2 * stride_frames },
        detector: DetectorSpec { smoothing_steps: 2, refractory_ms: 300 },
        evidence: None,
        base_sha256: "0".repeat(64),
        adapter_sha256: None,
        training_data: vec![],
        tool: "tests".into(),
    }
}

struct Builder {
    proto: GraphProto,
    last: String,
    random: u32,
}

impl Builder {
    fn node(&mut self, operation: &str, more_inputs: Vec<String>, attribute: Vec<AttributeProto>) {
        let output = format!("value {}", self.proto.node.len());
        let input = std::iter::once(self.last.clone()).chain(more_inputs).collect();
        self.last.clone_from(&output);
        self.proto.node.push(NodeProto {
            input,
            output: vec![output],
            op_type: operation.into(),
            attribute,
            ..NodeProto::default()
        });
    }

    fn conv(&mut self, inputs: usize, (outputs, taps, stride): Block, is_depthwise: bool) {
        let (group, depth) = if is_depthwise { (inputs, 1) } else { (1, inputs) };
        let weights = self.constant(&[outputs, depth, taps], (2.0 / (depth * taps) as f32).sqrt());
        let bias = self.constant(&[outputs], 0.1);
        let ints = |name: &str, values: &[usize]| AttributeProto {
            name: name.into(),
            r#type: AttributeType::Ints.into(),
            ints: values.iter().map(|&value| value as i64).collect(),
            ..AttributeProto::default()
        };
        let group = AttributeProto {
            name: "group".into(),
            r#type: AttributeType::Int.into(),
            i: group as i64,
            ..Default::default()
        };
        let attributes = vec![
            group,
            ints("kernel_shape", &[taps]),
            ints("pads", &[taps - stride, 0]),
            ints("strides", &[stride]),
        ];
        self.node("Conv", vec![weights, bias], attributes);
    }

    /// Uniform random numbers of this deviation.
    fn constant(&mut self, shape: &[usize], deviation: f32) -> String {
        let name = format!("constant {}", self.proto.initializer.len());
        let mut bytes = Vec::new();
        for _ in 0..shape.iter().product::<usize>() {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let uniform = self.random as f32 / u32::MAX as f32 * 2.0 - 1.0;
            bytes.extend((uniform * deviation * 1.7).to_le_bytes());
        }
        self.proto.initializer.push(TensorProto {
            name: name.clone(),
            dims: shape.iter().map(|&n| n as i64).collect(),
            data_type: 1,
            raw_data: bytes,
            ..TensorProto::default()
        });
        name
    }
}

/// A value `[1, channels, T]`.
fn value(name: &str, channels: usize) -> ValueInfoProto {
    let dim = |value| Dimension { value: Some(value), ..Dimension::default() };
    let dims = vec![
        dim(Value::DimValue(1)),
        dim(Value::DimValue(channels as i64)),
        dim(Value::DimParam("T".into())),
    ];
    let tensor = type_proto::Tensor { elem_type: 1, shape: Some(TensorShapeProto { dim: dims }) };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}
