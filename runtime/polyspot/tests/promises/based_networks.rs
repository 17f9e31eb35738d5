//! A base and languages made of it, with random weights: as model files, and as files whose normalisations stand apart.

use polyspot::{Base, Manifest};
use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, ModelProto};

use crate::networks::{Builder, COEFFICIENTS, manifest};

const CHANNELS: usize = 24;
const BLOCKS: usize = 3;
const WINDOW: usize = 6;
const EPSILON: f32 = 1e-3;

/// How normalisations are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Norms {
    Folded,
    Apart,
}

/// The file of a language: the base's numbers, with changes of its own from block `first_changed` on (the stem is block 0), and
/// a head of `3 + number % 5` labels.
pub(crate) fn language(number: u32, first_changed: usize, norms: Norms) -> Vec<u8> {
    let mut graph = Builder::new(77);
    let mut own = Builder::new(number.wrapping_mul(2_654_435_761));
    let mut change = |block: usize, values: &mut [f32], share: usize| {
        if block >= first_changed {
            let changes = own.random(values.len(), 0.3);
            values.iter_mut().zip(changes).step_by(share).for_each(|(value, change)| *value += change);
        }
    };
    let mut inputs = COEFFICIENTS;
    for block in 0..=BLOCKS {
        let before = graph.last.clone();
        // Full convolutions make the signal 4 frames long, depthwise ones before them look further back.
        let (taps, stride) = if block < 2 { (5, 2) } else { (1, 1) };
        if block > 1 {
            let mut kernel = graph.random(CHANNELS * 3, 0.5);
            change(block, &mut kernel, 2);
            let name = graph.add(&[CHANNELS, 1, 3], &kernel);
            graph.conv_of(vec![name], CHANNELS, (CHANNELS, 3, 1));
        }
        let mut kernel = graph.random(CHANNELS * inputs * taps, (2.0 / (inputs * taps) as f32).sqrt());
        change(block, &mut kernel, 7);
        let mut norm = [1.0, 0.2, 0.3, 1.0].map(|middle| {
            let mut part = graph.random(CHANNELS, 0.2);
            for value in &mut part {
                *value += middle;
            }
            part
        });
        // The statistics stay the base's.
        norm[..2].iter_mut().for_each(|part| change(block, part, 1));
        normalised(&mut graph, &kernel, &norm, [CHANNELS, inputs, taps], stride, norms);
        if block > 1 {
            graph.node("Add", vec![before], vec![]);
        }
        graph.node("Relu", vec![], vec![]);
        inputs = CHANNELS;
    }
    let name = graph.add(&[CHANNELS, 1, WINDOW], &[1.0 / WINDOW as f32; CHANNELS * WINDOW]);
    graph.conv_of(vec![name], CHANNELS, (CHANNELS, WINDOW, 1));
    let labels = 3 + number as usize % 5;
    let (weights, bias) = (own.random(labels * CHANNELS, 0.5), own.random(labels, 0.1));
    let head = vec![graph.add(&[labels, CHANNELS, 1], &weights), graph.add(&[labels], &bias)];
    graph.conv_of(head, 1, (labels, 1, 1));
    let manifest = Manifest { language: tag(number), ..manifest(4, WINDOW, labels) };
    graph.finish(labels, (Manifest::KEY, manifest.to_json().unwrap()))
}

/// The language's tag: one of those for private use.
pub(crate) fn tag(number: u32) -> String {
    let letter = |n: u32| char::from(b'a' + (n % 26) as u8);
    format!("q{}{}", letter(number / 26), letter(number))
}

/// The file of the base: a language's without its head.
pub(crate) fn base() -> Vec<u8> {
    let mut model = ModelProto::decode(language(0, BLOCKS + 1, Norms::Apart).as_slice()).unwrap();
    let initialisers = &mut model.graph.as_mut().unwrap().initializer;
    initialisers.truncate(initialisers.len() - 2);
    model.metadata_props[0].key = Base::KEY.into();
    model.metadata_props[0].value = r#"{"version":1}"#.into();
    model.encode_to_vec()
}

/// A convolution and its normalisation (scale, shift, mean, variance).
fn normalised(
    graph: &mut Builder,
    kernel: &[f32],
    [scale, shift, mean, variance]: &[Vec<f32>; 4],
    [outputs, inputs, taps]: [usize; 3],
    stride: usize,
    norms: Norms,
) {
    if norms == Norms::Folded {
        let factor = |channel: usize| scale[channel] / (variance[channel] + EPSILON).sqrt();
        let depth = inputs * taps;
        let kernel: Vec<f32> = kernel.iter().enumerate().map(|(at, w)| w * factor(at / depth)).collect();
        let bias: Vec<f32> = (0..outputs).map(|c| shift[c] - factor(c) * mean[c]).collect();
        let weights = vec![graph.add(&[outputs, inputs, taps], &kernel), graph.add(&[outputs], &bias)];
        return graph.conv_of(weights, 1, (outputs, taps, stride));
    }
    let kernel = graph.add(&[outputs, inputs, taps], kernel);
    graph.conv_of(vec![kernel], 1, (outputs, taps, stride));
    let parts = [scale, shift, mean, variance].map(|part| graph.add(&[outputs], part)).to_vec();
    let epsilon = AttributeProto {
        name: "epsilon".into(),
        r#type: AttributeType::Float.into(),
        f: EPSILON,
        ..AttributeProto::default()
    };
    graph.node("BatchNormalization", parts, vec![epsilon]);
}
