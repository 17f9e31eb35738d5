//! Once a stream has begun, no push allocates: neither in one language nor in several, whatever the length of the slices.

use std::sync::Arc;

use allocation_counter::measure;
use polyspot::{Engine, Model, Spotter};

use crate::materials::{RATE_HZ, babble, shipped, spoken};

fn check(models: &[Arc<Model>]) {
    assert!(models.iter().all(|model| model.engine() == Engine::Kernel));
    let mut spotter = Spotter::for_models(models).unwrap();
    let mut signal = babble(2 * RATE_HZ, 11);
    signal.extend(spoken("stop"));
    signal.extend(vec![0.0; RATE_HZ]);
    spotter.push(&signal[..RATE_HZ]).unwrap();
    let mut heard = 0;
    for slice in [1, 320, 1_000, signal.len()] {
        let allocations = measure(|| {
            for chunk in signal.chunks(slice) {
                heard += spotter.push(chunk).unwrap().count();
            }
        });
        assert_eq!(allocations.count_total, 0, "in slices of {slice} samples: {allocations:?}");
    }
    assert!(heard > 0, "detections are what might allocate");
}

#[test]
fn in_one_language() {
    check(&[shipped("en")]);
}

#[test]
fn in_several() {
    check(&["en", "ar", "zh"].map(shipped));
}
