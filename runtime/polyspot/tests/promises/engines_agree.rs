//! The kernel gives tract's posteriors, on every network of its family.

use std::sync::Arc;

use polyspot::stream::PosteriorStream;
use polyspot::{Engine, Model};
use proptest::prelude::*;

use crate::any_network::any_network;
use crate::materials::{babble, path, posteriors};

const TOLERANCE: f32 = 1e-4;

fn check(bytes: &[u8], name: &str) {
    let [kernel, tract] = [Engine::Kernel, Engine::Tract].map(|engine| {
        let model = Arc::new(Model::for_engine(bytes, engine).unwrap());
        assert_eq!(model.engine(), engine);
        posteriors(&mut PosteriorStream::new(&model).unwrap(), [&babble(48_000, 3)[..]])
    });
    assert_eq!(kernel.len(), tract.len());
    assert!(!kernel.is_empty());
    for ((ours, end), (theirs, their_end)) in kernel.iter().zip(&tract) {
        assert_eq!(end, their_end);
        let difference = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference <= TOLERANCE, "{name} at sample {end}: {difference}");
    }
    assert_eq!(Model::from_bytes(bytes).unwrap().engine(), Engine::Kernel, "chosen without being asked");
}

#[test]
fn on_the_shipped_models() {
    for language in ["ar", "en", "zh"] {
        check(&std::fs::read(path(&format!("models/{language}.onnx"))).unwrap(), language);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn on_networks_of_any_shape(network in any_network()) {
        check(&network.bytes, &network.name);
    }
}

#[test]
fn a_network_that_the_kernel_refuses_is_run_by_tract() {
    let bytes = std::fs::read(path("tests/data/models/stride_4_pulse_4.onnx")).unwrap();
    let refusal = Model::for_engine(&bytes, Engine::Kernel).unwrap_err().to_string();
    assert!(refusal.contains("not of the family"), "{refusal}");
    assert_eq!(Model::from_bytes(&bytes).unwrap().engine(), Engine::Tract);
}
