//! The shipped models, for tests of what only the inside of a stream shows.
//!
//! The crate `polyspot` reads the files. It is built with this crate as others see it, whose types are not those under test: what it
//! says of a model is put together again from its parts.

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::{format, fs};

use polyspot::core as outer;

use super::model::StreamModel;
use super::spec::{DetectorSpec, LabelKind, LabelSpec, NetworkSpec, StreamSpec};
use crate::front_end::FrontEndSpec;
use crate::kernel::{Convolution, Layer, Network, NetworkDescription, Operation};
use crate::simd::Instructions;

/// The model of this language.
pub(super) fn model(language: &str) -> Arc<StreamModel> {
    let path = format!("{}/../../models/{language}.onnx", env!("CARGO_MANIFEST_DIR"));
    let bytes = fs::read(path).expect("a shipped model");
    let (spec, description) = polyspot::Model::describe(&bytes).expect("a model of the family");
    let network = Network::new(&network(description), Instructions::best()).expect("a network");
    Arc::new(StreamModel::new(stream_spec(spec), network).expect("a specification of its network"))
}

fn stream_spec(spec: outer::StreamSpec) -> StreamSpec {
    let outer::stream::NetworkSpec { stride_frames, window_frames, pulse_frames } = spec.network;
    let outer::stream::DetectorSpec { smoothing_steps, refractory_ms, peak_wait_ms } = spec.detector;
    let label = |label: outer::stream::LabelSpec| LabelSpec {
        name: label.name,
        kind: match label.kind {
            outer::stream::LabelKind::Keyword => LabelKind::Keyword,
            outer::stream::LabelKind::Unknown => LabelKind::Unknown,
            _ => LabelKind::Silence,
        },
        threshold: label.threshold,
    };
    // All shipped models have this front end.
    assert_eq!(spec.front_end, outer::FrontEndSpec::default());
    StreamSpec {
        language: spec.language,
        labels: spec.labels.into_iter().map(label).collect(),
        front_end: FrontEndSpec::default(),
        network: NetworkSpec { stride_frames, window_frames, pulse_frames },
        detector: DetectorSpec { smoothing_steps, refractory_ms, peak_wait_ms },
    }
}

fn network(description: outer::NetworkDescription) -> NetworkDescription {
    let layer = |layer: outer::kernel::Layer| Layer {
        name: layer.name,
        operation: match layer.operation {
            outer::kernel::Operation::Normalise { mean, scale } => Operation::Normalise { mean, scale },
            outer::kernel::Operation::Convolve(c) => Operation::Convolve(Convolution {
                weights: c.weights,
                bias: c.bias,
                outputs: c.outputs,
                taps: c.taps,
                stride: c.stride,
                is_depthwise: c.is_depthwise,
                residual: c.residual,
                relu: c.relu,
                packed_for: c.packed_for,
            }),
            _ => Operation::Softmax,
        },
    };
    let layers: Vec<Layer> = description.layers.into_iter().map(layer).collect();
    NetworkDescription { coefficients: description.coefficients, layers }
}
