//! Whatever vector instructions a processor has, it hears the same.

use std::sync::Arc;

use polyspot::Model;
use polyspot::core::simd::Instructions;
use polyspot::front_end::{FrontEnd, FrontEndSpec};
use polyspot::stream::NetworkState;
use proptest::prelude::*;

use crate::any_network::any_network;
use crate::materials::{RATE_HZ, babble, path};

/// Largest difference between corresponding values.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    assert!(!a.is_empty());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn features(signal: &[f32], set: Instructions) -> Vec<f32> {
    let mut all = Vec::new();
    let mut front_end = FrontEnd::with_instructions(&FrontEndSpec::default(), set).unwrap();
    front_end.push(signal, |frame| all.extend_from_slice(frame));
    all
}

#[test]
fn in_their_features() {
    let signal = babble(2 * RATE_HZ, 21);
    let expected = features(&signal, Instructions::portable());
    for set in Instructions::all() {
        let difference = difference(&features(&signal, set), &expected);
        assert!(difference <= 1e-5, "{set}: {difference}");
    }
}

/// Checks that a model has the same posteriors by every set.
fn check(bytes: &[u8], name: &str) {
    let frames = features(&babble(2 * RATE_HZ, 22), Instructions::best());
    let posteriors = |set| {
        let model = Arc::new(Model::with_instructions(bytes, set).unwrap());
        let mut network = NetworkState::new(std::slice::from_ref(&model)).unwrap();
        let mut all = Vec::new();
        for frame in frames.chunks(model.manifest().front_end.coefficients) {
            network.push(frame, |_, p| all.extend_from_slice(p)).unwrap();
        }
        network.flush(|_, p| all.extend_from_slice(p)).unwrap();
        all
    };
    let expected = posteriors(Instructions::portable());
    for set in Instructions::all() {
        let difference = difference(&posteriors(set), &expected);
        assert!(difference <= 1e-4, "{name}, {set}: {difference}");
    }
}

#[test]
fn in_the_posteriors_of_the_shipped_models() {
    for language in ["ar", "en", "zh"] {
        check(&std::fs::read(path(&format!("models/{language}.onnx"))).unwrap(), language);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn in_the_posteriors_of_networks_of_any_shape(network in any_network()) {
        check(&network.bytes, &network.name);
    }
}
