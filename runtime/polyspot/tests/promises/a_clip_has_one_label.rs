//! A clip has one posterior, as `ClipClassifier` defines it.

use polyspot::{ClipClassifier, PosteriorStream};

use crate::materials::{RANDOM_MODELS, babble, posteriors, test_model};

#[test]
fn of_the_last_step_when_it_is_no_longer_than_a_window() {
    for name in RANDOM_MODELS {
        let model = test_model(name);
        let window_samples = model.manifest().window_samples();
        let mut classifier = ClipClassifier::new(&model).unwrap();
        for samples in [0, 1, window_samples / 2, window_samples] {
            let clip = babble(samples, 10);
            let lead = (window_samples - samples) / 2;
            let mut centred = vec![0.0; window_samples];
            centred[lead..lead + samples].copy_from_slice(&clip);
            let steps = posteriors(&mut PosteriorStream::new(&model).unwrap(), [&centred[..]]);

            let judged = classifier.classify(&clip).unwrap();
            assert_eq!(judged.probabilities, steps.last().unwrap().0, "{name}, {samples} samples");
            assert!(judged.end <= samples as u64);
        }
    }
}

#[test]
fn of_its_most_keyword_like_moment_when_it_is_longer() {
    for name in RANDOM_MODELS {
        let model = test_model(name);
        let network = &model.manifest().network;
        let keywords: Vec<usize> = model.manifest().keywords().map(|(output, _)| output).collect();
        let clip = babble(40_000, 11);
        let steps = posteriors(&mut PosteriorStream::new(&model).unwrap(), [&clip[..]]);
        let inside = &steps[network.window_frames / network.stride_frames - 1..];
        let likeness = |p: &[f32]| keywords.iter().map(|&k| p[k]).fold(0.0, f32::max);
        let highest = inside.iter().map(|(p, _)| likeness(p)).fold(0.0, f32::max);

        let mut classifier = ClipClassifier::new(&model).unwrap();
        let judged = classifier.classify(&clip).unwrap();
        assert_eq!(likeness(judged.probabilities), highest, "{name}");
        assert!(inside.contains(&(judged.probabilities.to_vec(), judged.end)), "{name}");
    }
}

#[test]
fn however_it_is_cut() {
    let model = test_model("stride_4_pulse_4");
    let mut classifier = ClipClassifier::new(&model).unwrap();
    for samples in [9_000, 16_000, 16_001, 25_000] {
        let clip = babble(samples, 12);
        let whole = classifier.classify(&clip).unwrap();
        let whole = (whole.probabilities.to_vec(), whole.end);
        for slice in [1, 160, 15_999, 16_000] {
            clip.chunks(slice).for_each(|slice| classifier.push(slice).unwrap());
            let cut = classifier.finish().unwrap();
            assert_eq!((cut.probabilities.to_vec(), cut.end), whole, "{samples} samples by {slice}");
        }
    }
}
