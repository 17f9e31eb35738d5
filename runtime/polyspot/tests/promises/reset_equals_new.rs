//! After `reset`, and after `flush`, a stream is as good as new.

use polyspot::evaluation::ClipClassifier;
use polyspot::stream::PosteriorStream;
use polyspot::{Detection, Spotter};

use crate::materials::{RANDOM_MODELS, babble, detections, posteriors, test_model};

#[test]
fn for_posteriors() {
    for name in RANDOM_MODELS {
        let (model, signal) = (test_model(name), babble(30_000, 5));
        let new = posteriors(&mut PosteriorStream::new(&model).unwrap(), [&signal[..]]);

        let mut stream = PosteriorStream::new(&model).unwrap();
        stream.push(&babble(12_345, 6), |_| {}).unwrap();
        stream.reset().unwrap();
        assert_eq!(posteriors(&mut stream, [&signal[..]]), new, "{name} after reset");
        // `posteriors` ends in a flush.
        assert_eq!(posteriors(&mut stream, [&signal[..]]), new, "{name} after flush");
    }
}

#[test]
fn for_detections() {
    for name in RANDOM_MODELS {
        let (model, signal) = (test_model(name), babble(30_000, 7));
        let new: Vec<Detection> = detections(&mut Spotter::new(model.clone()).unwrap(), [&signal[..]]);
        assert!(!new.is_empty(), "{name} detects nothing: nothing to compare");

        let mut spotter = Spotter::new(model).unwrap();
        spotter.push(&babble(23_456, 7)).unwrap();
        spotter.reset().unwrap();
        assert_eq!(detections(&mut spotter, [&signal[..]]), new, "{name} after reset");
        assert_eq!(detections(&mut spotter, [&signal[..]]), new, "{name} after flush");
    }
}

#[test]
fn for_clips() {
    let (model, clip) = (test_model("stride_4_pulse_4"), babble(14_000, 8));
    let new = ClipClassifier::new(&model).unwrap().classify(&clip).unwrap().probabilities.to_vec();
    let mut classifier = ClipClassifier::new(&model).unwrap();
    classifier.push(&babble(30_000, 9)).unwrap();
    classifier.reset().unwrap();
    assert_eq!(classifier.classify(&clip).unwrap().probabilities, new);
    assert_eq!(classifier.classify(&clip).unwrap().probabilities, new);
}
