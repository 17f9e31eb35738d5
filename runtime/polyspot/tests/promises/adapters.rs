//! A base with an adapter fused while loading is the language's model file, bit for bit.

use std::sync::Arc;

use polyspot::stream::PosteriorStream;
use polyspot::{Base, Model, ModelStore};
use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, SparseTensorProto};

use crate::based_networks::{Norms, base, language, tag};
use crate::materials::{babble, path, posteriors};

/// The adapter of a language.
fn adapter(number: u32, first_changed: usize) -> Vec<u8> {
    Base::from_bytes(&base()).unwrap().adapter(&language(number, first_changed, Norms::Apart)).unwrap()
}

/// What went wrong.
fn refusal(outcome: Result<Model, polyspot::ModelError>) -> String {
    outcome.unwrap_err().to_string()
}

/// An adapter with something changed in its file.
fn tampered(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut proto = ModelProto::decode(adapter(1, 2).as_slice()).unwrap();
    change(&mut proto);
    proto.encode_to_vec()
}

#[test]
fn base_and_adapter_equal_the_fused_model() {
    let base = Base::from_bytes(&base()).unwrap();
    let signal = babble(40_000, 21);
    for (number, first_changed) in [(1, 0), (2, 1), (3, 3), (4, 4)] {
        let fused = Arc::new(base.fuse(&adapter(number, first_changed)).unwrap());
        let file = Arc::new(Model::from_bytes(&language(number, first_changed, Norms::Folded)).unwrap());
        assert_eq!(fused.manifest(), file.manifest());
        assert_eq!(fused.parameters(), file.parameters());
        let heard = |model| posteriors(&mut PosteriorStream::new(model).unwrap(), [&signal[..]]);
        assert!(!heard(&file).is_empty());
        assert_eq!(heard(&fused), heard(&file), "changed from block {first_changed} on");
    }
}

#[test]
fn an_adapter_of_few_changes_is_small() {
    let [all, last, head] = [0, 3, 4].map(|first_changed| adapter(1, first_changed).len());
    let file = language(1, 0, Norms::Folded).len();
    assert!(head < last && last < all && all < file, "{head} {last} {all} {file}");
}

#[test]
fn languages_of_one_base_hear_as_each_alone() {
    let base = Base::from_bytes(&base()).unwrap();
    let models: Vec<_> = (1..4).map(|number| Arc::new(base.fuse(&adapter(number, 2)).unwrap())).collect();
    assert!(models[0].shared_steps(&models[1]) >= 2, "the first layers are the base's");
    let signal = babble(30_000, 4);
    let mut together = vec![Vec::new(); models.len()];
    let mut stream = PosteriorStream::for_models(&models).unwrap();
    stream.push(&signal, |p| together[p.model].push((p.probabilities.to_vec(), p.end))).unwrap();
    stream.flush(|p| together[p.model].push((p.probabilities.to_vec(), p.end))).unwrap();
    for (number, together) in (1..4).zip(together) {
        let alone = Arc::new(Model::from_bytes(&language(number, 2, Norms::Folded)).unwrap());
        assert_eq!(together, posteriors(&mut PosteriorStream::new(&alone).unwrap(), [&signal[..]]));
    }
}

#[test]
fn a_wrong_adapter_is_refused_with_the_reason() {
    let whole = Base::from_bytes(&base()).unwrap();
    let mut other = ModelProto::decode(base().as_slice()).unwrap();
    other.producer_name = "somebody else".into();
    let other = Base::from_bytes(&other.encode_to_vec()).unwrap();
    let error = refusal(other.fuse(&adapter(1, 2)));
    assert!(error.contains(whole.sha256()) && error.contains(other.sha256()), "{error}");

    assert!(refusal(whole.fuse(&language(1, 0, Norms::Folded))).contains("it is no adapter"));
    assert!(refusal(Model::from_bytes(&adapter(1, 2))).contains(whole.sha256()));
    assert!(refusal(Model::from_bytes(&base())).contains("the file is a base"));
    let error = Base::from_bytes(&adapter(1, 2)).err().unwrap().to_string();
    assert!(error.contains("it is no base"), "{error}");

    for (change, expected) in changes() {
        let error = refusal(whole.fuse(&tampered(change)));
        assert!(error.contains(expected), "{error:?} does not say {expected:?}");
    }
}

/// A file whose tensors of one axis, variances among them, are below 0.
fn with_negative_variances(file: &[u8]) -> Vec<u8> {
    let mut proto = ModelProto::decode(file).unwrap();
    let tensors = &mut proto.graph.as_mut().unwrap().initializer;
    for tensor in tensors.iter_mut().filter(|tensor| tensor.dims.len() == 1) {
        tensor.raw_data = tensor.raw_data.chunks(4).flat_map(|_| (-1.0f32).to_le_bytes()).collect();
    }
    proto.encode_to_vec()
}

#[test]
fn a_base_whose_weights_are_no_numbers_once_folded_is_refused() {
    let broken = Base::from_bytes(&with_negative_variances(&base())).unwrap();
    let language = with_negative_variances(&language(1, 2, Norms::Apart));
    assert!(refusal(broken.fuse(&broken.adapter(&language).unwrap())).contains("weights stay finite"));

    let mut proto = ModelProto::decode(base().as_slice()).unwrap();
    let nodes = &mut proto.graph.as_mut().unwrap().node;
    let attributes = nodes.iter_mut().flat_map(|node| &mut node.attribute);
    attributes.filter(|attribute| attribute.name == "epsilon").for_each(|attribute| attribute.f = f32::NAN);
    let error = Base::from_bytes(&proto.encode_to_vec()).err().unwrap().to_string();
    assert!(error.contains("finite epsilon"), "{error}");
}

type Tampering = fn(&mut ModelProto);

/// Changes of an adapter's file, and what is to be said of them.
fn changes() -> Vec<(Tampering, &'static str)> {
    vec![
        (|m| m.metadata_props[1].value = r#"{"version":2,"base_sha256":""}"#.into(), "found version 2"),
        (|m| m.metadata_props[1].value = "{".into(), "JSON of version 1"),
        (|m| changed(m).initializer[0].dims[0] += 1, "must be of shape"),
        (
            |m| changed(m).initializer.retain(|tensor| tensor.dims.len() != 3),
            "must be fed by what comes before it",
        ),
        (|m| changed(m).node.push(NodeProto::default()), "without operations"),
        (|m| positions(m)[0] = 1 << 40, "below position"),
        (|m| _ = positions(m).pop(), "one position for each value"),
        (|m| sparse(m).values.as_mut().unwrap().name = "surprise".into(), "of a tensor of the base"),
    ]
}

fn changed(adapter: &mut ModelProto) -> &mut GraphProto {
    adapter.graph.as_mut().unwrap()
}

fn sparse(adapter: &mut ModelProto) -> &mut SparseTensorProto {
    &mut changed(adapter).sparse_initializer[0]
}

fn positions(adapter: &mut ModelProto) -> &mut Vec<i64> {
    &mut sparse(adapter).indices.as_mut().unwrap().int64_data
}

/// Every error is an `Err`: no cut and no flipped byte makes anything panic.
#[test]
fn a_damaged_adapter_makes_nothing_panic() {
    let base = Base::from_bytes(&base()).unwrap();
    let whole = adapter(1, 3);
    for place in (0..whole.len()).step_by(29) {
        let _ = base.fuse(&whole[..place]);
        for flipped in [0x01, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[place] ^= flipped;
            let _ = base.fuse(&damaged);
        }
    }
    let whole = self::base();
    for place in (0..whole.len()).step_by(397) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x80;
        if let Ok(base) = Base::from_bytes(&damaged) {
            let _ = base.adapter(&language(1, 3, Norms::Apart)).map(|adapter| base.fuse(&adapter));
        }
    }
}

#[test]
fn a_store_holds_adapters_beside_model_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("xx.base.onnx", &base());
    write("1.onnx", &adapter(1, 2));
    write("2.onnx", &adapter(2, 2));
    write("3.onnx", &language(3, 2, Norms::Folded));
    let mut store = ModelStore::new(4);
    let refused = store.add_folder(folder.path()).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(store.languages().collect::<Vec<_>>(), [tag(1), tag(2), tag(3)]);
    let models: Vec<_> = (1..4).map(|number| store.load(&tag(number)).unwrap()).collect();
    assert!(models[0].shared_steps(&models[2]) >= 2, "whether fused while loading or before");
    let again = store.reload(&tag(1)).unwrap();
    assert_eq!(again.sha256(), models[0].sha256());

    // By itself, an adapter finds the base in its folder, and without one it says which it needs.
    let mut alone = ModelStore::new(1);
    alone.add_file(&folder.path().join("1.onnx")).unwrap();
    alone.load(&tag(1)).unwrap();
    std::fs::remove_file(folder.path().join("xx.base.onnx")).unwrap();
    let error = ModelStore::new(1).add_file(&folder.path().join("1.onnx")).unwrap_err().to_string();
    assert!(error.contains("found no base beside it"), "{error}");
    assert!(Base::from_path(path("models/ar.onnx")).is_err());
}
