//! Networks of the kernel's family, of any shape, with random weights.

use polyspot::Manifest;
use polyspot::front_end::FrontEndSpec;
use polyspot::manifest::{DetectorSpec, Label, LabelKind, NetworkSpec};
use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

/// A block: channels, taps, stride.
pub(crate) type Block = (usize, usize, usize);

pub(crate) const COEFFICIENTS: usize = 40;

/// The file of a network: a full convolution, depthwise-separable blocks (residual where shapes allow), a mean over
/// `window` steps, a head for `labels` labels.
pub(crate) fn network(stem: Block, blocks: &[Block], window: usize, labels: usize, seed: u32) -> Vec<u8> {
    let mut graph = Builder::new(seed);
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
    graph.finish(labels, (Manifest::KEY, manifest(stride, window, labels).to_json().unwrap()))
}

pub(crate) fn manifest(stride_frames: usize, window: usize, labels: usize) -> Manifest {
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
        detector: DetectorSpec { smoothing_steps: 2, refractory_ms: 300, peak_wait_ms: None },
        evidence: None,
        base_sha256: "0".repeat(64),
        adapter_sha256: None,
        training_data: vec![],
        tool: "tests".into(),
    }
}

/// A graph that grows from its input to its output.
pub(crate) struct Builder {
    proto: GraphProto,
    pub(crate) last: String,
    random: u32,
}

impl Builder {
    pub(crate) fn new(seed: u32) -> Self {
        Self { proto: GraphProto::default(), last: "features".into(), random: seed | 1 }
    }

    /// Ends in a softmax over the labels; the file, with one metadata entry.
    pub(crate) fn finish(mut self, labels: usize, (key, text): (&str, String)) -> Vec<u8> {
        let axis = AttributeProto {
            name: "axis".into(),
            r#type: AttributeType::Int.into(),
            i: 1,
            ..Default::default()
        };
        self.node("Softmax", vec![], vec![axis]);
        let mut proto = self.proto;
        proto.input = vec![value("features", COEFFICIENTS)];
        proto.output = vec![value(&self.last, labels)];
        let model = ModelProto {
            ir_version: 8,
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
            graph: Some(proto),
            metadata_props: vec![StringStringEntryProto { key: key.into(), value: text }],
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }

    pub(crate) fn node(&mut self, operation: &str, more_inputs: Vec<String>, attribute: Vec<AttributeProto>) {
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

    fn conv(&mut self, inputs: usize, block: Block, is_depthwise: bool) {
        let (outputs, taps, _) = block;
        let depth = if is_depthwise { 1 } else { inputs };
        let weights = self.constant(&[outputs, depth, taps], (2.0 / (depth * taps) as f32).sqrt());
        let bias = self.constant(&[outputs], 0.1);
        self.conv_of(vec![weights, bias], if is_depthwise { inputs } else { 1 }, block);
    }

    /// A convolution with these weights, in so many groups.
    pub(crate) fn conv_of(&mut self, weights: Vec<String>, group: usize, (_, taps, stride): Block) {
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
        self.node("Conv", weights, attributes);
    }

    /// Uniform random numbers of this deviation.
    fn constant(&mut self, shape: &[usize], deviation: f32) -> String {
        let values = self.random(shape.iter().product(), deviation);
        self.add(shape, &values)
    }

    pub(crate) fn random(&mut self, count: usize, deviation: f32) -> Vec<f32> {
        let mut draw = || {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.random as f32 / u32::MAX as f32 * 2.0 - 1.0) * deviation * 1.7
        };
        (0..count).map(|_| draw()).collect()
    }

    pub(crate) fn add(&mut self, shape: &[usize], values: &[f32]) -> String {
        let name = format!("constant {}", self.proto.initializer.len());
        self.proto.initializer.push(TensorProto {
            name: name.clone(),
            dims: shape.iter().map(|&n| n as i64).collect(),
            data_type: 1,
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
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
