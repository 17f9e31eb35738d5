//! The store finds models by language, loads each once and keeps the last ones.

use std::sync::Arc;

use polyspot::{Base, ModelStore};
use prost::Message;
use tract_onnx::pb::{ModelProto, StringStringEntryProto};

use crate::based_networks::{Norms, base, language, tag};
use crate::materials::{path, test_model, test_model_path};

fn store(most_ready: usize) -> ModelStore {
    let mut store = ModelStore::new(most_ready);
    let refused = store.add_folder(&path("models")).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    store
}

#[test]
fn the_nearest_language_is_found() {
    let mut store = store(1);
    assert_eq!(store.languages().collect::<Vec<_>>(), ["ar", "en", "zh"]);
    assert_eq!(store.find("EN-gb-x-private"), Some("en"));
    assert_eq!(store.find("fr"), None);
    store.add_file(&path("tests/data/models/stride_1_pulse_5.onnx")).unwrap();
    assert_eq!(store.find("tok"), Some("tok"));
    let message = store.load("fr").unwrap_err().to_string();
    assert_eq!(message, "no model for the language \"fr\"; there are: ar, en, zh, tok");
}

#[test]
fn a_model_is_loaded_once_for_all_who_ask() {
    let store = store(3);
    assert!(store.ready("en").is_none());
    let models: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| store.load("en").unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(models.iter().all(|model| Arc::ptr_eq(model, &models[0])));
    assert!(Arc::ptr_eq(&store.ready("en-US").unwrap(), &models[0]));
}

#[test]
fn a_model_in_use_is_not_loaded_again() {
    let store = store(1);
    let english = store.load("en").unwrap();
    store.load("ar").unwrap();
    assert!(store.ready("en").is_none(), "only one is kept ready");
    assert!(Arc::ptr_eq(&store.load("en").unwrap(), &english));
    assert!(!Arc::ptr_eq(&store.reload("en").unwrap(), &english));
}

#[test]
fn a_refusal_names_the_file() {
    let mut store = ModelStore::new(1);
    let refused = store.add_folder(&path("tests/data/models")).unwrap();
    let names: Vec<_> = refused.iter().map(|(path, _)| path.file_stem().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["manifest_version_99", "manifest_with_unknown_field", "no_manifest"]);
}

#[test]
fn only_the_pinned_file_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("xx.onnx");
    std::fs::copy(test_model_path("stride_4_pulse_4"), &file).unwrap();
    let pin = test_model("stride_4_pulse_4").sha256().to_owned();
    let mut store = ModelStore::new(1);
    store.add_pinned_file(&file, &pin.to_uppercase()).unwrap();
    assert_eq!(store.load("tok").unwrap().sha256(), pin);
    std::fs::copy(test_model_path("stride_6_pulse_12"), &file).unwrap();
    let error = store.reload("tok").unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    let found = test_model("stride_6_pulse_12").sha256().to_owned();
    assert_eq!(reason, format!("the file must have SHA-256 {}, found {found}", pin.to_uppercase()));
    // What is no model is not even looked at.
    std::fs::write(&file, "text").unwrap();
    assert!(ModelStore::new(1).add_pinned_file(&file, &pin).unwrap_err().to_string().contains(&pin));
}

/// Thirty adapters, each of another base among thirty: found by their hashes, and one whose base is missing is told which there are.
#[test]
fn a_base_is_found_by_its_hash() {
    const BASES: u32 = 30;
    let folder = tempfile::tempdir().unwrap();
    let numbered = |number: u32| {
        let mut model = ModelProto::decode(base().as_slice()).unwrap();
        let entry = StringStringEntryProto { key: "number".into(), value: number.to_string() };
        model.metadata_props.push(entry);
        model.encode_to_vec()
    };
    let add = |name: String, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    for number in 0..=BASES {
        let bytes = numbered(number);
        let sound = Base::from_bytes(&bytes).unwrap();
        // In the order of names, adapters come before their bases.
        add(format!("a{number}.onnx"), &sound.adapter(&language(number, 0, Norms::Apart)).unwrap());
        if number < BASES {
            add(format!("b{number}.onnx"), &bytes);
        }
    }
    let mut store = ModelStore::new(1);
    let refused = store.add_folder(folder.path()).unwrap();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].0.ends_with(format!("a{BASES}.onnx")));
    let message = refused[0].1.to_string();
    assert_eq!(message.matches(", ").count(), BASES as usize, "{message}");
    for number in 0..BASES {
        assert!(store.load(&tag(number)).is_ok(), "{number}");
    }
    // A base that is another by now is looked into again.
    add("b0.onnx".into(), &numbered(BASES));
    store.add_file(&folder.path().join(format!("a{BASES}.onnx"))).unwrap();
    assert!(store.load(&tag(BASES)).is_ok());
}
