//! A word spoken once is detected once, where its score is highest.

use polyspot::manifest::DetectorSpec;
use polyspot::stream::{Detector, Posterior};
use polyspot::{Detection, Manifest};

use crate::materials::test_model;

/// Samples from one posterior to the next, in the manifest below.
const STEP: u64 = 640;

/// Two keywords with threshold 0.5, and "unknown".
fn manifest(smoothing_steps: usize, refractory_ms: u32) -> Manifest {
    let mut manifest = test_model("stride_4_pulse_4").manifest().clone();
    manifest.detector = DetectorSpec { smoothing_steps, refractory_ms, peak_wait_ms: None };
    for label in &mut manifest.labels[..2] {
        label.threshold = Some(0.5);
    }
    manifest
}

/// What is detected when the two keywords have these posteriors.
fn detections(manifest: &Manifest, steps: &[[f32; 2]]) -> Vec<Detection> {
    let mut detector = Detector::new(&manifest.stream_spec());
    let mut heard = Vec::new();
    for (step, &[first, second]) in (1..).zip(steps) {
        let probabilities = &[first, second, 1.0 - first - second];
        heard.extend(detector.push(&Posterior::new(probabilities, step * STEP)));
    }
    heard.extend(detector.flush());
    heard
}

/// `(keyword, step of the peak, score)` of each.
fn brief(manifest: &Manifest, steps: &[[f32; 2]]) -> Vec<(String, u64, f32)> {
    detections(manifest, steps).into_iter().map(|d| (d.keyword.to_string(), d.end / STEP, d.score)).collect()
}

/// Posteriors of the first keyword alone.
fn first(posteriors: &[f32]) -> Vec<[f32; 2]> {
    posteriors.iter().map(|&p| [p, 0.0]).collect()
}

fn ala(step: u64, score: f32) -> (String, u64, f32) {
    ("ala".into(), step, score)
}

#[test]
fn a_word_is_detected_at_its_peak() {
    let steps = first(&[0.1, 0.6, 0.75, 0.9, 0.7, 0.2, 0.0]);
    assert_eq!(brief(&manifest(1, 0), &steps), [ala(4, 0.9)]);
}

#[test]
fn a_detection_has_the_window_that_was_judged() {
    let manifest = manifest(1, 0);
    let mut steps = first(&[0.0; 40]);
    steps[30] = [0.8, 0.0];
    let detection = &detections(&manifest, &steps)[0];
    assert_eq!(detection.end, 31 * STEP);
    assert_eq!(detection.start, detection.end - manifest.window_samples() as u64);
    assert_eq!(&*detection.language, "tok");
    let early = &detections(&manifest, &first(&[0.0, 0.8]))[0];
    assert_eq!(early.start, 0, "no audio before the stream");
}

#[test]
fn posteriors_are_averaged_and_the_middle_window_counts() {
    let steps = first(&[0.0, 0.9, 0.0, 0.0, 0.6, 0.9, 0.6, 0.0]);
    let heard = &detections(&manifest(3, 0), &steps);
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0].end, 6 * STEP);
    assert!((heard[0].score - 0.7).abs() < 1e-6, "{heard:?}");
}

#[test]
fn a_score_at_the_threshold_is_detected() {
    assert_eq!(brief(&manifest(1, 0), &first(&[0.0, 0.49, 0.0])), []);
    assert_eq!(brief(&manifest(1, 0), &first(&[0.0, 0.5, 0.0])), [ala(2, 0.5)]);
}

#[test]
fn a_long_word_is_one_detection() {
    assert_eq!(brief(&manifest(1, 100), &first(&[0.9; 60])), [ala(1, 0.9)]);
}

#[test]
fn a_word_said_twice_is_detected_twice() {
    let word = [0.0, 0.6, 0.9, 0.6, 0.0];
    let twice = first(&[word, [0.0; 5], word].concat());
    assert_eq!(brief(&manifest(1, 200), &twice), [ala(3, 0.9), ala(13, 0.9)]);
}

#[test]
fn a_keyword_rests_for_the_refractory_period() {
    let mut steps = first(&[0.0, 0.9, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0]);
    // Three steps are 120 ms.
    assert_eq!(brief(&manifest(1, 121), &steps), [ala(2, 0.9)]);
    assert_eq!(brief(&manifest(1, 120), &steps), [ala(2, 0.9), ala(5, 0.9)]);
    // Another word may be said sooner.
    steps[4] = [0.0, 0.9];
    assert_eq!(brief(&manifest(1, 121), &steps), [ala(2, 0.9), ("ⱄⱁ".into(), 5, 0.9)]);
}

#[test]
fn all_keywords_rest_for_half_of_the_refractory_period() {
    let mut steps = first(&[0.0, 0.9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    steps[4] = [0.0, 0.9];
    assert_eq!(brief(&manifest(1, 242), &steps), [ala(2, 0.9)]);
    assert_eq!(brief(&manifest(1, 240), &steps), [ala(2, 0.9), ("ⱄⱁ".into(), 5, 0.9)]);
}

#[test]
fn the_better_of_two_words_wins() {
    let steps = [[0.0, 0.0], [0.55, 0.3], [0.1, 0.8], [0.0, 0.0]];
    assert_eq!(brief(&manifest(1, 500), &steps), [("ⱄⱁ".into(), 3, 0.8)]);
}

#[test]
fn a_word_at_the_end_of_the_stream_is_detected() {
    assert_eq!(brief(&manifest(1, 0), &first(&[0.0, 0.6, 0.7])), [ala(3, 0.7)]);
}

#[test]
fn the_wait_for_the_peak_is_bounded() {
    let rising: Vec<f32> = (0..49).map(|i| 0.5 + 0.01 * i as f32).collect();
    // 480 ms are twelve steps; what is less than one is one.
    for (peak_wait_ms, steps) in [(None, 12), (Some(480), 12), (Some(120), 3), (Some(0), 1)] {
        let mut manifest = manifest(1, 0);
        manifest.detector.peak_wait_ms = peak_wait_ms;
        let mut detector = Detector::new(&manifest.stream_spec());
        let heard_after = (1..).zip(&rising).position(|(step, &p)| {
            let probabilities = &[p, 0.0, 1.0 - p];
            detector.push(&Posterior::new(probabilities, step * STEP)).is_some()
        });
        assert_eq!(heard_after, Some(steps));
    }
}
