//! A stream heard once gives, at any thresholds, the detections of a spotter with these thresholds.

use std::sync::Arc;

use polyspot::evaluation::{Trace, TraceRecorder};
use polyspot::front_end::FrontEnd;
use polyspot::stream::{Decision, Detector};
use polyspot::{Detection, Spotter};

use crate::materials::{RANDOM_MODELS, babble, detections, english, spoken, test_model};

/// Words with gaps between them, and what may be taken for words.
fn signal() -> Vec<f32> {
    let gap = vec![0.0; 9_000];
    let words = ["stop", "go", "left", "yes"].map(spoken);
    let noise = babble(40_000, 3);
    [&words[0], &gap[..], &words[1], &words[2], &noise, &words[3], &gap[..3_000], &words[0]].concat()
}

fn trace(model: &Arc<polyspot::Model>, floor: f32, signal: &[f32]) -> Trace {
    let mut recorder = TraceRecorder::new(model, floor).unwrap();
    signal.chunks(1_234).for_each(|slice| recorder.push(slice).unwrap());
    recorder.finish().unwrap()
}

#[test]
fn a_trace_judges_as_a_spotter_at_any_common_threshold() {
    let models = RANDOM_MODELS.map(test_model);
    for model in models.iter().chain([&english()]) {
        let signal = signal();
        let whole = trace(model, 0.0, &signal);
        let brief = trace(model, 0.1, &signal);
        assert_eq!(whole.samples(), signal.len() as u64);
        assert!(brief.steps().count() <= whole.steps().count());
        let mut detector = Detector::new(model.spec());
        let mut spotter = Spotter::new(Arc::clone(model)).unwrap();
        for threshold in [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99] {
            spotter.set_thresholds(threshold);
            detector.set_thresholds(threshold);
            let expected = detections(&mut spotter, [&signal[..]]);
            assert_eq!(whole.detections(&mut detector), expected, "at {threshold}");
            assert_eq!(brief.detections(&mut detector), expected, "at {threshold}, with a floor");
        }
    }
}

#[test]
fn a_trace_judges_as_a_spotter_at_thresholds_of_each_keyword() {
    let model = english();
    let signal = signal();
    let thresholds: Vec<f32> = (0..10).map(|keyword| 0.2 + 0.07 * keyword as f32).collect();
    let detector_spec = model.manifest().detector.clone();
    let own = polyspot::Model::from_path(crate::materials::path("models/en.onnx")).unwrap();
    let own = Arc::new(own.with_decisions(detector_spec, &thresholds).unwrap());
    assert!(own.manifest().evidence.is_none(), "it was measured at other thresholds");
    let expected = detections(&mut Spotter::new(own).unwrap(), [&signal[..]]);
    assert!(!expected.is_empty());
    let mut detector = Detector::new(model.spec());
    detector.set_keyword_thresholds(&thresholds);
    assert_eq!(trace(&model, 0.2, &signal).detections(&mut detector), expected);
}

#[test]
#[should_panic(expected = "threshold 0.1 below 0.2")]
fn a_trace_refuses_thresholds_below_its_floor() {
    let model = english();
    let mut detector = Detector::new(model.spec());
    detector.set_thresholds(0.1);
    trace(&model, 0.2, &babble(16_000, 1)).detections(&mut detector);
}

#[test]
fn the_detector_says_what_became_of_each_step() {
    use Decision::{Below, Detected, Refractory, Rising, SameWord};
    let mut manifest = test_model("stride_4_pulse_4").manifest().clone();
    manifest.detector =
        polyspot::manifest::DetectorSpec { smoothing_steps: 1, refractory_ms: 100, peak_wait_ms: None };
    let first = [0.2, 0.6, 0.8, 0.7, 0.7, 0.7, 0.7, 0.1, 0.6, 0.1];
    let steps: Vec<_> = first.iter().zip(1..).map(|(&p, step)| (vec![p, 0.0, 1.0 - p], step * 640)).collect();
    let trace = Trace::from_steps(&steps, 6_400);
    let mut detector = Detector::new(&manifest.stream_spec());
    detector.set_thresholds(0.5);
    let decisions: Vec<Decision> = trace
        .steps()
        .map(|step| {
            detector.push_smoothed(&step);
            detector.decision()
        })
        .collect();
    // The refractory period of 1,600 samples begins at the peak, the third step: until the fifth.
    let expected = [Below, Rising, Rising, Detected, Refractory, SameWord, SameWord, Below, Rising, Detected];
    assert_eq!(decisions, expected);
    let heard: Vec<Detection> = trace.detections(&mut detector);
    assert_eq!(heard.iter().map(|d| d.score).collect::<Vec<_>>(), [0.8, 0.6]);
}

#[test]
fn kept_frames_are_judged_as_their_samples() {
    let (model, signal) = (english(), signal());
    let mut frames = Vec::new();
    let mut front_end = FrontEnd::new(&model.manifest().front_end).unwrap();
    front_end.push(&signal, |frame| frames.extend_from_slice(frame));
    let mut recorder = TraceRecorder::new(&model, 0.0).unwrap();
    recorder.push_frames(&frames).unwrap();
    let of_frames = recorder.finish().unwrap();
    // The silence after the last frame begins where that frame ends, not where the signal does.
    let heard = |trace: &Trace| -> Vec<(Vec<f32>, u64)> {
        let steps = trace.steps().take_while(|step| step.end <= of_frames.samples());
        steps.map(|step| (step.probabilities.to_vec(), step.end)).collect()
    };
    let expected = heard(&trace(&model, 0.0, &signal));
    assert!(expected.len() > 50, "{} steps", expected.len());
    assert_eq!(heard(&of_frames), expected);
}
