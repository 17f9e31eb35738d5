//! A profile sets the thresholds of the model that it was made for, and of no other.

use std::collections::BTreeMap;

use polyspot::manifest::Interval;
use polyspot::profile::{Profile, ProfileError, ProfileEvidence};
use polyspot::{Model, ModelStore, StoreError};

use crate::materials::{path, shipped};

fn profile(thresholds: &[(&str, f32)]) -> Profile {
    Profile {
        version: Profile::VERSION,
        model_sha256: shipped("en").sha256().into(),
        language: "en".into(),
        thresholds: thresholds.iter().map(|&(word, threshold)| (word.into(), threshold)).collect(),
        evidence: ProfileEvidence {
            ambient_hours: 0.5,
            false_alarms: 0,
            wanted_false_alarms_per_day: 2.0,
            false_alarms_per_day: Interval::poisson(0).times(48.0),
            takes: BTreeMap::new(),
            held_out: None,
            warnings: vec![],
        },
        tool: "tests".into(),
    }
}

fn threshold(model: &Model, word: &str) -> Option<f32> {
    model.manifest().keywords().find(|(_, label)| label.name == word).unwrap().1.threshold
}

fn load(language: &str) -> Model {
    Model::from_path(path(&format!("models/{language}.onnx"))).unwrap()
}

#[test]
fn keywords_without_a_profile_keep_their_thresholds() {
    let text = serde_json::to_string(&profile(&[("stop", 0.25)])).unwrap();
    let read = Profile::from_json(&text).unwrap();
    let model = read.apply(load("en")).unwrap();
    assert_eq!(threshold(&model, "stop"), Some(0.25));
    assert_eq!(threshold(&model, "go"), threshold(&shipped("en"), "go"));
}

#[test]
fn a_profile_for_another_model_is_refused() {
    let refused = |profile: &Profile, language| profile.apply(load(language)).unwrap_err();
    assert!(matches!(refused(&profile(&[]), "ar"), ProfileError::OtherModel { .. }));
    assert!(matches!(refused(&profile(&[("marvin", 0.5)]), "en"), ProfileError::UnknownKeyword { .. }));
    assert!(matches!(refused(&profile(&[("stop", 1.5)]), "en"), ProfileError::Threshold(_)));
    let text = serde_json::to_string(&Profile { version: 2, ..profile(&[]) }).unwrap();
    assert!(matches!(Profile::from_json(&text), Err(ProfileError::Version { found: 2, expected: 1 })));
    assert!(matches!(Profile::from_json("{}"), Err(ProfileError::Json(_))));
}

#[test]
fn a_store_applies_a_profile_to_its_model_only() {
    let mut store = ModelStore::new(2);
    for language in ["en", "ar"] {
        store.add_file(&path(&format!("models/{language}.onnx"))).unwrap();
    }
    store.set_profile(profile(&[("stop", 0.25)]));
    assert_eq!(threshold(&store.load("en").unwrap(), "stop"), Some(0.25));
    assert_eq!(store.load("ar").unwrap().manifest(), shipped("ar").manifest());
    store.set_profile(profile(&[("marvin", 0.25)]));
    assert!(matches!(store.reload("en"), Err(StoreError::Profile { .. })));
}
