//! A clip has one posterior, as `ClipClassifier` defines it.

use polyspot::Spotter;
use polyspot::evaluation::ClipClassifier;

use crate::materials::{RANDOM_MODELS, babble, test_model};

#[test]
fn a_clip_is_its_most_keyword_like_moment() {
    for name in RANDOM_MODELS {
        let model = test_model(name);
        let keywords: Vec<usize> = model.manifest().keywords().map(|(output, _)| output).collect();
        let likeness = |p: &[f32]| keywords.iter().map(|&k| p[k]).fold(0.0, f32::max);
        // Keywords are likelier in a clip than in a step of a stream.
        let of_a_clip = |p: &[f32]| -> Vec<f32> {
            let odds = |k: usize| if keywords.contains(&k) { ClipClassifier::KEYWORD_ODDS } else { 1.0 };
            let weighed: Vec<f32> = p.iter().enumerate().map(|(k, p)| p * odds(k)).collect();
            let sum: f32 = weighed.iter().sum();
            weighed.iter().map(|p| p / sum).collect()
        };
        for samples in [0, 1, 8_000, 40_000] {
            let clip = babble(samples, 11);
            let mut steps = Vec::new();
            let mut spotter = Spotter::new(model.clone()).unwrap();
            let mut keep = |p: polyspot::stream::Posterior<'_>| steps.push((p.probabilities.to_vec(), p.end));
            spotter.push_observed(&clip, &mut keep).unwrap();
            spotter.flush_observed(&mut keep).unwrap();
            let first_best = |best: usize, at: usize| {
                if likeness(&steps[at].0) > likeness(&steps[best].0) { at } else { best }
            };
            let (expected, end) = &steps[(0..steps.len()).fold(0, first_best)];

            let mut classifier = ClipClassifier::new(&model).unwrap();
            let judged = classifier.classify(&clip).unwrap();
            assert_eq!(judged.end, (*end).min(samples as u64), "{name}, {samples} samples");
            for (found, expected) in judged.probabilities.iter().zip(of_a_clip(expected)) {
                assert!((found - expected).abs() < 1e-6, "{name}, {samples} samples: {found} {expected}");
            }
        }
    }
}

#[test]
fn slicing_does_not_change_a_clip() {
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
