//! A model that somebody changed to do harm is refused with the reason, or runs safely: never a panic, never more than 256 MB.
//!
//! The example `hostile_models` does the same with ten thousand, and holds each to five seconds.

use allocation_counter::measure;
use polyspot::Manifest;
use polyspot::profile::Profile;
use prost::Message;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

use crate::hostile::{MOST_BYTES, Original, Outcome, Way, open, originals};
use crate::materials::path;
use crate::mutation::{Dice, changes, damage, mutant};
use crate::networks::network;

/// Opens a file within the memory that is allowed.
fn opened(way: Way, bytes: &[u8], what: &str) -> Outcome {
    let mut outcome = None;
    let used = measure(|| outcome = Some(open(way, bytes)));
    assert!(used.bytes_max <= MOST_BYTES, "{what} took {} MiB", used.bytes_max >> 20);
    let outcome = outcome.unwrap();
    if let Outcome::Refused(reason) | Outcome::GaveUp(reason) = &outcome {
        assert!(reason.len() > 10 && reason.len() < 2_000, "{what}: {reason}");
    }
    outcome
}

fn all() -> Vec<Original> {
    originals(&path("")).unwrap()
}

#[test]
fn an_unchanged_model_runs() {
    for Original { name, bytes, way } in all() {
        assert!(matches!(open(way, &bytes), Outcome::Listened), "{name} {way:?}: {:?}", open(way, &bytes));
    }
}

#[test]
fn a_model_changed_once_is_refused_or_runs_safely() {
    let originals = all();
    for (number, (name, change)) in changes().into_iter().enumerate() {
        for (index, Original { name: file, bytes, way }) in originals.iter().enumerate() {
            let mut dice = Dice::new((number * originals.len() + index) as u64);
            let mut model = ModelProto::decode(bytes.as_slice()).unwrap();
            change.apply(&mut model, &mut dice);
            opened(*way, &model.encode_to_vec(), &format!("{file} {way:?}: {name}"));
        }
    }
}

#[test]
fn a_model_changed_several_times_is_refused_or_runs_safely() {
    let originals = all();
    let mut dice = Dice::new(7);
    let mut refused = 0;
    for number in 0..200 {
        let Original { name, bytes, way } = &originals[dice.below(originals.len())];
        let (bytes, done) = mutant(bytes, &mut dice);
        let outcome = opened(*way, &bytes, &format!("{number}, {name} {way:?}: {done}"));
        refused += usize::from(matches!(outcome, Outcome::Refused(_)));
    }
    assert!((50..200).contains(&refused), "{refused} of 200 were refused");
}

#[test]
fn a_model_with_changed_bytes_is_refused_or_runs_safely() {
    let mut dice = Dice::new(8);
    for Original { name, bytes, way } in all() {
        for _ in 0..8 {
            let mut damaged = bytes.clone();
            let what = damage(&mut damaged, &mut dice);
            opened(way, &damaged, &format!("{name} {way:?}: {what}"));
        }
    }
}

/// Seeds and what has crashed.
#[test]
fn what_fuzzing_found_is_refused_or_runs_safely() {
    let kept = |target: &str| {
        let entries = std::fs::read_dir(path("fuzz/corpus").join(target)).unwrap();
        let files: Vec<Vec<u8>> =
            entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
        assert!(!files.is_empty(), "{target}");
        files
    };
    for (target, way) in [
        ("model_kernel", Way::Kernel),
        ("model_tract", Way::Tract),
        ("adapter", Way::Adapter),
        ("base", Way::Base),
    ] {
        for bytes in kept(target) {
            drop(opened(way, &bytes, target));
        }
    }
    for text in kept("manifest").iter().filter_map(|bytes| str::from_utf8(bytes).ok()) {
        if let Ok(manifest) = Manifest::from_json(text) {
            assert_eq!(Manifest::from_json(&manifest.to_json().unwrap()).unwrap(), manifest);
        }
        let _ = Profile::from_json(text);
    }
}

type Tampering = fn(&mut ModelProto);

/// What somebody does to a sound model, and what is said of it.
const REASONS: &[(Tampering, &str)] = &[
    (|m| node(m, 2).input[0] = "value 5".into(), "must be fed by what comes before it, found \"value 5\""),
    (|m| node(m, 1).input[0] = "nobody".into(), "must be fed by what comes before it, found \"nobody\""),
    (|m| node(m, 1).output[0] = "features".into(), "value \"features\" must be made once"),
    (|m| graph(m).output[0].name = "nobody".into(), "output \"nobody\" must be made by an operation"),
    (|m| graph(m).node.truncate(1), "must be made by an operation, found none"),
    (|m| weights(m)[..4].copy_from_slice(&f32::NAN.to_le_bytes()), "must be of finite numbers"),
    (|m| weights(m)[4..8].copy_from_slice(&f32::INFINITY.to_le_bytes()), "must be of finite numbers"),
    (|m| weights(m).truncate(10), "must be as many values as its shape [8, 40, 3], found 10 bytes"),
    (|m| graph(m).initializer[0].dims[0] = 1 << 40, "as many values as its shape"),
    (|m| graph(m).initializer[0].dims[0] = -1, "as many values as its shape"),
    (|m| graph(m).initializer[0].dims.swap(0, 1), "for the 40 channels of its input"),
    (|m| graph(m).initializer[0].data_type = 2, "64-bit integers, found element type 2"),
    (|m| graph(m).initializer[0].data_location = Some(1), "a reference to another file"),
    (|m| m.opset_import[0].version = 11, "operator set must be one of 13..=18, found [11]"),
    (|m| m.opset_import.clear(), "operator set must be one of 13..=18, found []"),
    (|m| node(m, 1).op_type = "Loop".into(), "found \"Loop\""),
    (|m| node(m, 1).domain = "x".into(), "of domain \"x\""),
    (|m| attribute(m, "pads").ints[0] = 1 << 40, "padded by at most 2 steps"),
    (|m| attribute(m, "strides").ints[0] = 1 << 40, "of strides [1 to 2000]"),
    (|m| look_back(m, 1_500), "context must be at most 2000 frames"),
    (|m| attribute(m, "kernel_shape").ints[0] = 30_000, "of kernel_shape [1 to 2000], found [30000]"),
    (|m| constant(m, 1, &[1, 8, 400]), "must be [1, 8, 1] beside its signal, found [1, 8, 400]"),
    (|m| constant(m, 1, &[500, 1, 1]), "must be [1, 8, 1] beside its signal, found [500, 1, 1]"),
    (|m| repeat(m, 1, 600), "nodes must be at most 500"),
    (|m| graph(m).initializer.extend((0..30_000).map(|_| TensorProto::default())), "parts or more"),
    (
        |m| {
            m.metadata_props[0].value =
                m.metadata_props[0].value.replace("\"hop_samples\":160", "\"hop_samples\":1");
        },
        "hop_samples must be in",
    ),
    (
        |m| {
            m.metadata_props[0].value =
                m.metadata_props[0].value.replace("\"smoothing_steps\":2", "\"smoothing_steps\":999");
        },
        "smoothing_steps must be at most 10 seconds",
    ),
    (
        |m| {
            m.metadata_props[0].value =
                m.metadata_props[0].value.replace("\"pulse_frames\":8", "\"pulse_frames\":9996");
        },
        "pulse_frames must be at most 10 seconds",
    ),
];

fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

fn node(model: &mut ModelProto, number: usize) -> &mut NodeProto {
    &mut graph(model).node[number]
}

fn weights(model: &mut ModelProto) -> &mut Vec<u8> {
    &mut graph(model).initializer[0].raw_data
}

fn attribute<'a>(model: &'a mut ModelProto, name: &str) -> &'a mut AttributeProto {
    node(model, 0).attribute.iter_mut().find(|attribute| attribute.name == name).unwrap()
}

/// Lets the first convolution with a stride of one step look back over so many between its taps.
fn look_back(model: &mut ModelProto, dilation: i64) {
    let mut convolutions = graph(model).node.iter_mut().filter(|node| node.op_type == "Conv");
    let wide = convolutions.find(|node| node.attribute.iter().any(|a| a.name == "group" && a.i > 1)).unwrap();
    let mut dilations = wide.attribute.iter().find(|a| a.name == "strides").unwrap().clone();
    (dilations.name, dilations.ints) = ("dilations".into(), vec![dilation]);
    wide.attribute.push(dilations);
}

/// Makes an operation one with a constant of this shape.
fn constant(model: &mut ModelProto, number: usize, dims: &[i64]) {
    let (name, dims) = ("constant".to_owned(), dims.to_vec());
    let raw_data = vec![0; 4 * dims.iter().product::<i64>() as usize];
    node(model, number).op_type = "Mul".into();
    node(model, number).input.push(name.clone());
    graph(model).initializer.push(TensorProto {
        name,
        dims,
        data_type: 1,
        raw_data,
        ..TensorProto::default()
    });
}

/// Puts an operation in its place so many times.
fn repeat(model: &mut ModelProto, number: usize, times: usize) {
    let nodes = vec![node(model, number).clone(); times];
    graph(model).node.splice(number..=number, nodes);
}

#[test]
fn a_hostile_model_is_refused_with_the_reason() {
    for (number, (tampering, expected)) in REASONS.iter().enumerate() {
        let mut model =
            ModelProto::decode(network((8, 3, 2), &[(8, 3, 2), (8, 3, 1)], 6, 3, 5).as_slice()).unwrap();
        tampering(&mut model);
        for way in [Way::Kernel, Way::Tract] {
            let outcome = opened(way, &model.encode_to_vec(), expected);
            let Outcome::Refused(reason) = outcome else { panic!("{number}: {expected}: {outcome:?}") };
            assert!(reason.contains(expected), "{number}: {reason:?} does not say {expected:?}");
        }
    }
}

/// Each convolution is small, and all have the same weights: together they would take hours.
#[test]
fn a_small_file_cannot_take_much_memory() {
    let mut model =
        ModelProto::decode(network((8, 3, 2), &[(512, 3, 2), (512, 3, 1)], 6, 3, 5).as_slice()).unwrap();
    let last = graph(&mut model)
        .node
        .iter()
        .rposition(|node| node.input.len() == 3 && node.attribute.len() == 4)
        .unwrap();
    let pointwise =
        graph(&mut model).node[..last].iter().rposition(|node| node.op_type == "Conv").unwrap() - 3;
    let like = node(&mut model, pointwise).clone();
    assert_eq!(like.op_type, "Conv");
    let links = (0..60).map(|number| {
        let mut link = like.clone();
        link.input[0] = if number == 0 { like.output[0].clone() } else { format!("link {number}") };
        link.output[0] = format!("link {}", number + 1);
        link
    });
    let links: Vec<NodeProto> = links.collect();
    graph(&mut model).node.splice((pointwise + 1)..=pointwise, links);
    let outcome = opened(Way::Tract, &model.encode_to_vec(), "many convolutions");
    assert!(
        matches!(&outcome, Outcome::Refused(reason) if reason.contains("weights must be at most")),
        "{outcome:?}"
    );
}
