//! One model serves streams on any threads; a stream may move from one to another.

use std::thread;

use polyspot::evaluation::{ClipClassifier, TraceRecorder};
use polyspot::front_end::FrontEnd;
use polyspot::stream::{Detector, NetworkState, PosteriorStream};
use polyspot::{Base, Detection, EngineError, Model, ModelError, ModelStore, Spotter, StoreError};

use crate::materials::{babble, detections, test_model};

fn is_shared<T: Send + Sync>() {}

#[test]
fn by_their_types() {
    is_shared::<Model>();
    is_shared::<ModelStore>();
    is_shared::<Base>();
    is_shared::<Spotter>();
    is_shared::<PosteriorStream>();
    is_shared::<NetworkState>();
    is_shared::<FrontEnd>();
    is_shared::<Detector>();
    is_shared::<Detection>();
    is_shared::<ClipClassifier>();
    is_shared::<TraceRecorder>();
    is_shared::<ModelError>();
    is_shared::<StoreError>();
    is_shared::<EngineError>();
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
