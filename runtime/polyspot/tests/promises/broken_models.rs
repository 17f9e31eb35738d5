//! A model file that is broken, of another version or at odds with itself is refused with the reason.

use polyspot::Model;
use prost::Message;
use tract_onnx::pb::ModelProto;

use crate::materials::{path, test_model_path};

fn refusal(name: &str) -> String {
    chain(&Model::from_path(test_model_path(name)).expect_err(name))
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

#[test]
fn a_broken_model_is_refused_with_the_reason() {
    for (name, reason) in [
        ("no_manifest", "no metadata entry"),
        ("manifest_version_99", "version 99, expected 1"),
        ("manifest_with_unknown_field", "unknown field `surprise`"),
        ("labels_more_than_outputs", "[1, 4 labels, any time]"),
        (
            "stride_not_as_in_manifest",
            "must be of 3 channels every 2 frames, as its manifest says, found of 3 channels every 4 frames",
        ),
        ("operation_not_allowed", "\"LSTM\""),
    ] {
        let refusal = refusal(name);
        assert!(refusal.contains(reason), "{name}: {refusal:?} does not say {reason:?}");
    }
}

#[test]
fn a_missing_file_is_refused() {
    assert!(refusal("no_such_file").contains("cannot be read"));
}

#[test]
fn a_file_larger_than_any_model_is_refused() {
    let bytes = vec![0; Model::MAX_FILE_BYTES as usize + 1];
    assert!(chain(&Model::from_bytes(&bytes).unwrap_err()).contains("expected at most"));
}

#[test]
fn an_empty_file_and_a_text_are_refused() {
    assert!(Model::from_bytes(b"").is_err());
    assert!(Model::from_bytes(b"This is a text.").is_err());
}

/// Every error is an `Err`: no cut and no flipped byte makes the engine panic.
#[test]
fn a_cut_or_damaged_file_is_refused() {
    for file in [path("models/en.onnx"), test_model_path("stride_4_pulse_4")] {
        let whole = std::fs::read(file).unwrap();
        for part in 1..40 {
            let end = whole.len() * part / 40;
            assert!(Model::from_bytes(&whole[..end]).is_err(), "{end} of {} bytes", whole.len());
        }
    }
    let whole = std::fs::read(test_model_path("stride_6_pulse_12")).unwrap();
    for place in (0..whole.len()).step_by(97) {
        for flipped in [0x01, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[place] ^= flipped;
            // A changed weight is another model, not a broken one.
            let _ = Model::from_bytes(&damaged);
        }
    }
}

/// A million times over in every layer, finite weights make infinite sums: perhaps for a shout only, after days.
#[test]
fn weights_that_may_overflow_are_refused() {
    let whole = std::fs::read(path("models/en.onnx")).unwrap();
    let with_weights_times = |factor: f32| {
        let mut model = ModelProto::decode(whole.as_slice()).unwrap();
        for tensor in &mut model.graph.as_mut().unwrap().initializer {
            let values =
                tensor.raw_data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes) * factor);
            tensor.raw_data = values.flat_map(f32::to_le_bytes).collect();
        }
        Model::from_bytes(&model.encode_to_vec())
    };
    with_weights_times(10.0).unwrap();
    let refusal = chain(&with_weights_times(1e6).unwrap_err());
    assert!(refusal.contains("must be of weights with which no sound overflows, found up to "), "{refusal}");
}
