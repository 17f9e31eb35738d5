//! A clip has one posterior, as `ClipClassifier` defines it.

use polyspot::{ClipClassifier, Spotter};

use crate::materials::{RANDOM_MODELS, babble, test_model};

#[test]
fn of_its_most_keyword_like_moment() {
    for name in RANDOM_MODELS {
        let model = test_model(name);
        let keywords: Vec<usize> = model.manifest().keywords().map(|(output, _)| output).collect();
        let likeness = |p: &[f32]| keywords.iter().map(|&k| p[k]).fold(0.0, f32::max);
        for samples in [0, 1, 8_000, 40_000] {
            let clip = babble(samples, 11);
            let mut steps = Vec::new();
            let mut spotter = Spotter::new(model.clone()).unwrap();
            let mut keep = |p: polyspot::Posterior<'_>| steps.push((p.probabilities.to_vec(), p.end));
            spotter.push_observed(&clip, |_| {}, &mut keep).unwrap();
            spotter.flush_observed(|_| {}, &mut keep).unwrap();
            let highest = steps.iter().map(|(p, _)| likeness(p)).fold(0.0, f32::max);

            let mut classifier = ClipClassifier::new(&model).unwrap();
            let judged = classifier.classify(&clip).unwrap();
            assert_eq!(likeness(judged.probabilities), highest, "{name}, {samples} samples");
            let at_its_end = |end: u64| end.min(samples as u64);
            assert!(
                steps.iter().any(|(p, end)| p[..] == *judged.probabilities && at_its_end(*end) == judged.end),
                "{name}, {samples} samples"
            );
        }
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
