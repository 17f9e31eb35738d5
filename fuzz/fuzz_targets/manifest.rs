//! A model's manifest and a room's profile: JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use polyspot::profile::Profile;
use polyspot::Manifest;

fuzz_target!(|text: &str| {
    if let Ok(manifest) = Manifest::from_json(text) {
        let written = manifest.to_json().expect("a manifest that was read");
        assert_eq!(Manifest::from_json(&written).expect("a manifest that was written"), manifest);
    }
    let _ = Profile::from_json(text);
});
