use polyspot::Model;
use polyspot::evaluation::Trace;
use polyspot::manifest::DetectorSpec;

use super::*;
use crate::evaluation::conditions::Condition;
use crate::evaluation::streams::{Played, Spoken};

/// Samples from one posterior to the next, in the model of two keywords below.
const STEP: u64 = 640;
/// Samples of a frame beyond its hop.
const OVERHANG: u64 = 320;

/// Steps from one word or recording to the next: a second.
const STEPS: u64 = 25;

/// Posteriors of the two keywords, which have these peaks, each in the second step of a word or recording.
fn trace(peaks: &[[f32; 2]]) -> Trace {
    let row = |step: u64| match (peaks[(step / STEPS) as usize], step % STEPS) {
        ([a, b], 1) => vec![a, b, 1.0 - a - b],
        _ => vec![0.0, 0.0, 1.0],
    };
    let steps = 0..peaks.len() as u64 * STEPS;
    let steps: Vec<_> = steps.map(|step| (row(step), (step + 1) * STEP + OVERHANG)).collect();
    Trace::from_steps(&steps, steps.len() as u64 * STEP)
}

/// Two keywords, said by turns, twice each, with these peaks; and four recordings of 15 minutes with these.
pub(crate) fn judge(keywords: [[f32; 2]; 4], negatives: [[f32; 2]; 4]) -> Judge {
    judge_of(&keywords, &negatives)
}

/// The same with any number of words and recordings, an hour in all; those of the first half come before those of the second.
pub(crate) fn judge_of(keywords: &[[f32; 2]], negatives: &[[f32; 2]]) -> Judge {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/models/stride_4_pulse_4.onnx");
    let mut manifest = Model::from_path(file).unwrap().manifest().clone();
    manifest.detector = DetectorSpec { smoothing_steps: 1, refractory_ms: 0, peak_wait_ms: None };
    let half = |index: usize, of: usize| if index < of / 2 { Half::First } else { Half::Second };
    let words = (0..keywords.len()).map(|index| Spoken {
        keyword: index % 2,
        start: index as u64 * STEPS * STEP,
        end: (index as u64 * STEPS + 3) * STEP,
        speaker: index / 2,
        half: half(index, keywords.len()),
    });
    let samples = 3_600 * 16_000 / negatives.len() as u64;
    let recordings = (0..negatives.len()).map(|index| Played {
        kind: index % 2,
        end: (index as u64 + 1) * STEPS * STEP,
        samples,
        stands_for: 1,
        half: half(index, negatives.len()),
    });
    let recordings: Vec<Played> = recordings.collect();
    let kind = |name: &str| Kind {
        name: name.into(),
        recordings: negatives.len() / 2,
        samples: samples * negatives.len() as u64 / 2,
    };
    Judge {
        manifest,
        keywords: vec![KeywordStream {
            condition: Condition::Clean,
            trace: trace(keywords),
            words: words.collect(),
        }],
        kinds: vec![kind("talk"), kind("play")],
        negatives: vec![NegativeStream { trace: trace(negatives), recordings }],
    }
}

/// `(missed, false alarms)` at one threshold for both keywords.
fn counts(judge: &Judge, threshold: f32) -> (u64, u64) {
    let point = judge.at(&[threshold, threshold], None);
    (point.conditions[0].missed.events, point.false_alarms.events)
}

/// By hand: the first keyword peaks at 0.9 and 0.5, the second at 0.7 and (beaten by the first) 0.3; the recordings without
/// keywords peak at 0.6 and 0.2 (first keyword), 0.4 (second), and nowhere.
fn by_hand() -> Judge {
    let keywords = [[0.9, 0.0], [0.0, 0.7], [0.5, 0.0], [0.4, 0.3]];
    judge(keywords, [[0.6, 0.1], [0.2, 0.0], [0.0, 0.4], [0.0, 0.0]])
}

#[test]
fn points_of_the_curve_are_those_made_by_hand() {
    let judge = by_hand();
    for (threshold, expected) in [
        (0.15, (1, 3)),
        (0.25, (1, 2)),
        (0.45, (1, 1)),
        (0.55, (2, 1)),
        (0.65, (2, 0)),
        (0.75, (3, 0)),
        (0.95, (4, 0)),
    ] {
        assert_eq!(counts(&judge, threshold), expected, "at {threshold}");
    }
    let point = judge.at(&[0.35, 0.35], None);
    assert_eq!((point.false_alarms.hours, point.false_alarms.per_hour), (1.0, 2.0));
    let alarms: Vec<u64> = point.false_alarms_by_keyword.iter().map(|alarms| alarms.events).collect();
    assert_eq!(alarms, [1, 1]);
    let rejects = &point.conditions[0];
    assert_eq!(rejects.missed_by_keyword, [Rate::new(0, 2), Rate::new(1, 2)]);
    assert_eq!(rejects.wrong, 1, "the first keyword instead of the second");
}

#[test]
fn a_recording_that_stands_for_others_counts_as_often() {
    let mut judge = by_hand();
    judge.negatives[0].recordings[2].stands_for = 4;
    let point = judge.at(&[0.35, 0.35], None);
    // The first recording's alarm once, the third's four times, in seven quarters of an hour.
    assert_eq!((point.false_alarms.events, point.false_alarms.hours), (5, 1.75));
    let hours: Vec<f64> = point.false_alarms_by_kind.iter().map(|kind| kind.hours).collect();
    assert_eq!(hours, [1.25, 0.5]);
}

#[test]
fn the_highest_score_is_that_of_keywords_that_are_said() {
    let mut judge = by_hand();
    assert_eq!(judge.highest_scores(), [Some(0.9), Some(0.7)]);
    judge.keywords[0].words.retain(|word| word.keyword == 0);
    assert_eq!(judge.highest_scores(), [Some(0.9), None]);
}

#[test]
fn false_alarms_are_counted_by_kind() {
    // Of four recordings the first and third are of the first kind.
    let of_kinds = |threshold| -> Vec<(u64, f64)> {
        let point = by_hand().at(&[threshold; 2], None);
        point.false_alarms_by_kind.iter().map(|alarms| (alarms.events, alarms.hours)).collect()
    };
    assert_eq!(of_kinds(0.35), [(2, 0.5), (0, 0.5)]);
    assert_eq!(of_kinds(0.15), [(2, 0.5), (1, 0.5)]);
}

#[test]
fn delays_count_from_the_end_of_a_word_to_the_report() {
    let judge = by_hand();
    let mut detector = Detector::new(&judge.manifest.stream_spec());
    detector.set_thresholds(0.65);
    let stream = &judge.keywords[0];
    let reported = stream.trace.reports(&mut detector);
    let late: Vec<f64> = reported
        .iter()
        .zip(&stream.words)
        .map(|((_, step_end), word)| (*step_end as f64 - word.end as f64) / 16_000.0)
        .collect();
    assert_eq!(late.len(), 2);
    assert_eq!(judge.at(&[0.65; 2], None).conditions[0].delay, Delay::of(late));
    assert_eq!(judge.at(&[0.95; 2], None).conditions[0].delay, None);
}

#[test]
fn a_step_is_heard_when_its_pulse_is_full() {
    let mut judge = by_hand();
    judge.manifest.network.pulse_frames = 8;
    let ends = [1, 2, 3].map(|step| judge.pulse_end(step * STEP + OVERHANG));
    assert_eq!(ends, [2, 2, 4].map(|step| step * STEP + OVERHANG));
}

#[test]
fn intervals_over_speakers_and_recordings_come_when_asked_for() {
    let judge = by_hand();
    let bare = judge.at(&[0.65; 2], None);
    assert_eq!((bare.over_recordings, bare.conditions[0].over_speakers), (None, None));
    let point = judge.with_intervals(&[0.35; 2], 1);
    // Two of four recordings of a quarter of an hour have one each: none or all of those drawn may be these.
    let recordings = point.over_recordings.unwrap();
    assert_eq!((recordings.low, recordings.high), (0.0, 4.0));
    // Of two speakers one misses one of two words.
    let speakers = point.conditions[0].over_speakers.unwrap();
    assert_eq!((speakers.low, speakers.high), (0.0, 0.5));
}

#[test]
fn each_keyword_has_its_own_threshold() {
    let point = by_hand().at(&[0.65, 0.25], None);
    assert_eq!(point.false_alarms.events, 1);
    assert_eq!(point.conditions[0].missed_by_keyword, [Rate::new(1, 2), Rate::new(0, 2)]);
}

#[test]
fn halves_add_up_to_the_whole() {
    let judge = by_hand();
    let [whole, first, second] =
        [None, Some(Half::First), Some(Half::Second)].map(|half| judge.at(&[0.35, 0.35], half));
    assert_eq!((first.false_alarms.events, second.false_alarms.events), (1, 1));
    assert_eq!((first.false_alarms.hours, second.false_alarms.hours), (0.5, 0.5));
    assert_eq!((first.missed().events, second.missed().events, whole.missed().events), (0, 1, 1));
    assert_eq!((first.missed().of, second.missed().of), (2, 2));
}

#[test]
fn the_lowest_threshold_holds_its_rate_from_there_on() {
    let judge = by_hand();
    let sweep = judge.sweep(None);
    let lowest = |rate| first_within(&judge.rates(&sweep), rate);
    let threshold = |rate| sweep[lowest(rate).unwrap()].thresholds[0];
    // A peak at 0.6 is no false alarm from 0.61 on, one at 0.4 from 0.41 on.
    assert_eq!([threshold(0.0), threshold(1.0), threshold(2.5), threshold(9.0)], [0.61, 0.41, 0.21, FLOOR]);
    assert_eq!(lowest(-1.0), None);
}

#[test]
fn a_rate_is_held_from_just_above_the_peak_that_breaks_it() {
    let judge = by_hand();
    let sweep = judge.sweep(None);
    for (rate, peak) in [(0.0, 0.6), (1.0, 0.4)] {
        let held = judge.hold(&sweep, rate, None).unwrap();
        assert!(held.false_alarms.per_hour <= rate);
        let above = held.thresholds[0] - peak;
        assert!((0.0..0.000_2).contains(&above), "{:?} for {rate}", held.thresholds);
    }
    assert_eq!(judge.hold(&sweep, 9.0, None).unwrap().thresholds, [FLOOR; 2]);
    assert!(judge.hold(&sweep, -1.0, None).is_none());
}

#[test]
fn one_recording_that_stands_for_many_does_not_decide_an_estimate() {
    /// Mean excess of the log-odds of 60 false alarms beyond -1.4.
    const SCALE: f64 = 0.7;
    let peak = |index: usize| {
        let odds = SCALE * (60.0 / (index as f64 + 0.5)).ln() - 1.4;
        [(1.0 / (1.0 + (-odds).exp())) as f32, 0.0]
    };
    let mut peaks: Vec<[f32; 2]> = (0..60).map(peak).collect();
    peaks[30] = [0.97, 0.0];
    let mut judge = judge_of(&[[0.99, 0.0], [0.0, 0.99]], &peaks);
    let (once, held) = (judge.sweep(None), |judge: &Judge, sweep: &[OperatingPoint]| {
        judge.hold(sweep, 4.0, None).unwrap().thresholds[0]
    });
    assert_eq!(judge.rates(&once)[90], 1.0, "what is counted is the rate");
    let counted = held(&judge, &once);
    judge.negatives[0].recordings.iter_mut().for_each(|played| played.stands_for = 3);
    judge.negatives[0].recordings[30].stands_for = 15;
    let sweep = judge.sweep(None);
    let estimated = held(&judge, &sweep);
    assert!(judge.at(&[estimated; 2], None).false_alarms.per_hour > 4.0, "the one alone counts for more");
    assert!((estimated - counted).abs() < 0.1 && estimated < 0.95, "{estimated} for {counted}");
    let rates = judge.rates(&sweep);
    assert!(rates.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9), "{rates:?}");
}

#[test]
fn of_thresholds_that_hold_a_rate_the_best_misses_the_fewest() {
    // At low thresholds the first keyword drowns out the second, whose peak of 0.7 comes with 0.3 of the first right before.
    let mut judge = judge([[0.0, 0.0]; 4], [[0.0, 0.0]; 4]);
    let row = |step: u64| match (step / STEPS, step % STEPS) {
        (1, 1) => vec![0.3, 0.0, 0.7],
        (1, 2) => vec![0.2, 0.1, 0.7],
        (1, 3) => vec![0.0, 0.7, 0.3],
        _ => vec![0.0, 0.0, 1.0],
    };
    judge.manifest.detector.refractory_ms = 1_000;
    let steps: Vec<_> = (0..4 * STEPS).map(|step| (row(step), (step + 1) * STEP + OVERHANG)).collect();
    judge.keywords[0].trace = Trace::from_steps(&steps, 4 * STEPS * STEP);
    let sweep = judge.sweep(None);
    let missed = |point: &OperatingPoint| point.missed().events;
    let (lowest, best) =
        (judge.hold(&sweep, 9.0, None).unwrap(), judge.hold_best(&sweep, 9.0, None).unwrap());
    assert_eq!((lowest.thresholds[0], missed(&lowest)), (FLOOR, 4));
    assert_eq!((best.thresholds[0], missed(&best)), (0.31, 3), "the first that is above the drowning");
}
