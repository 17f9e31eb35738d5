//! One model serves streams on any threads; a stream may move from one to another.

use std::thread;

use polyspot::{ClipClassifier, Model, PosteriorStream, Spotter};

use crate::materials::{babble, detections, test_model};

fn is_shared<T: Send + Sync>() {}

#[test]
fn by_their_types() {
    is_shared::<Model>();
    is_shared::<Spotter>();
    is_shared::<PosteriorStream>();
    is_shared::<ClipClassifier>();
}

#[test]
fn with_the_same_detections_on_each() {
    let (model, signal) = (test_model("stride_4_pulse_4"), babble(48_000, 13));
    let alone = detections(&mut Spotter::new(model.clone()).unwrap(), [&signal[..]]);
    assert!(!alone.is_empty(), "nothing to compare");
    thread::scope(|scope| {
        for _ in 0..4 {
            let mut spotter = Spotter::new(model.clone()).unwrap();
            let (signal, alone) = (&signal, &alone);
            scope.spawn(move || assert_eq!(detections(&mut spotter, [&signal[..]]), *alone));
        }
    });
}
