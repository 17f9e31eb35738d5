use polyspot::Model;
use polyspot::evaluation::Trace;
use polyspot::manifest::{DetectorSpec, Label, LabelKind};

use super::*;
use crate::built_in::BUILT_IN;

/// Two keywords with thresholds 0.7, and filler.
fn manifest() -> Manifest {
    let mut manifest = Model::from_bytes(BUILT_IN[0].bytes).unwrap().manifest().clone();
    let label = |name: &str, kind, threshold| Label {
        name: name.into(),
        kind,
        threshold,
        gloss: None,
        romanisation: None,
    };
    manifest.labels = vec![
        label("stop", LabelKind::Keyword, Some(0.7)),
        label("go", LabelKind::Keyword, Some(0.7)),
        label("unknown", LabelKind::Unknown, None),
    ];
    manifest.detector = DetectorSpec { smoothing_steps: 1, refractory_ms: 0, peak_wait_ms: None };
    manifest
}

/// So many hours with one peak of the two keywords in each of these places.
fn trace(hours: u64, peaks: &[[f32; 2]]) -> Trace {
    let steps = peaks.iter().flat_map(|&[a, b]| [[a, b], [0.0, 0.0]]).zip(1..);
    let steps: Vec<_> = steps.map(|([a, b], step)| (vec![a, b, 1.0 - a - b], step * 640)).collect();
    Trace::from_steps(&steps, hours * 3_600 * 16_000)
}

fn thresholds(heard: &Heard, per_day: f64) -> (Vec<f32>, u64) {
    let chosen = choose(&manifest(), heard, per_day);
    let thresholds = chosen.keywords.iter().map(|k| (k.threshold * 100.0).round() / 100.0);
    (thresholds.collect(), chosen.false_alarms)
}

fn heard(ambient: &[[f32; 2]], takes: &[(usize, f32)]) -> Heard {
    let take = |&(keyword, score): &(usize, f32)| {
        let peak = if keyword == 0 { [score, 0.0] } else { [0.0, score] };
        (keyword, trace(0, &[peak]))
    };
    Heard { ambient: vec![trace(12, ambient)], takes: takes.iter().map(take).collect(), is_silent: false }
}

#[test]
fn what_fits_stays_as_it_is() {
    assert_eq!(thresholds(&heard(&[[0.3, 0.1]], &[(0, 0.9), (1, 0.8)]), 1.0), (vec![0.7, 0.7], 0));
}

#[test]
fn false_alarms_raise_their_keyword_only() {
    assert_eq!(thresholds(&heard(&[[0.8, 0.1], [0.75, 0.0]], &[]), 1.0), (vec![0.82, 0.7], 0));
}

#[test]
fn as_many_as_a_day_may_have_are_left_those_that_ask_for_the_most() {
    let room = heard(&[[0.95, 0.0], [0.0, 0.75], [0.8, 0.0]], &[]);
    // Half a day: of two a day one may stay.
    assert_eq!(thresholds(&room, 2.0), (vec![0.82, 0.77], 1));
    assert_eq!(thresholds(&room, 1.9), (vec![0.97, 0.77], 0));
}

#[test]
fn takes_lower_their_keyword_but_not_below_what_the_room_allows() {
    assert_eq!(thresholds(&heard(&[], &[(0, 0.6), (0, 0.9)]), 1.0), (vec![0.58, 0.7], 0));
    assert_eq!(thresholds(&heard(&[], &[(0, 0.51)]), 1.0), (vec![0.5, 0.7], 0), "nothing speaks against it");
    assert_eq!(thresholds(&heard(&[], &[(0, 0.4)]), 1.0), (vec![0.7, 0.7], 0), "too far to be heard at all");
    // Of two takes one asks for 0.53, the room for more than 0.6: together they move to 0.7 + 2/7 · (0.53 - 0.7).
    let contradiction = heard(&[[0.6, 0.0]], &[(0, 0.55), (0, 0.9)]);
    assert_eq!(thresholds(&contradiction, 1.0), (vec![0.65, 0.7], 0));
    let takes = choose(&manifest(), &contradiction, 1.0).keywords[0].takes;
    assert_eq!(takes, Takes { spoken: 2, heard: 1 });
}

#[test]
fn a_score_of_one_cannot_be_silenced() {
    assert_eq!(thresholds(&heard(&[[1.0, 0.0]], &[]), 1.0), (vec![1.0, 0.7], 1));
}

/// Twelve hours, with these peaks in the first half and those in the second.
fn room(first: &[[f32; 2]], second: &[[f32; 2]]) -> Heard {
    let samples = 12 * 3_600 * 16_000;
    let steps = |peaks: &[[f32; 2]], from: u64| {
        let steps = peaks.iter().flat_map(|&[a, b]| [[a, b], [0.0, 0.0]]).zip(1..);
        steps.map(move |([a, b], step)| (vec![a, b, 1.0 - a - b], from + step * 640)).collect::<Vec<_>>()
    };
    let all = [steps(first, 0), steps(second, samples / 2)].concat();
    Heard { ambient: vec![Trace::from_steps(&all, samples)], takes: Vec::new(), is_silent: false }
}

#[test]
fn what_breaks_its_rate_on_the_other_half_is_condemned() {
    // What silences the first half lets six through in the second: 4.4 to 26 per day.
    let contradiction = room(&[[0.75, 0.0]; 6], &[[0.9, 0.0]; 6]);
    let chosen = choose(&manifest(), &contradiction, 1.0);
    assert_eq!((chosen.false_alarms, chosen.held_out.false_alarms), (0, 6));
    let reason = chosen.condemned(1.0).unwrap();
    assert!(reason.contains("6 false alarms, at least 4 per day where 1 were asked for"), "{reason}");
    assert_eq!(chosen.condemned(5.0), None);
    assert_eq!(choose(&manifest(), &room(&[[0.8, 0.0]; 6], &[[0.8, 0.0]; 6]), 1.0).condemned(1.0), None);
}

#[test]
fn what_hears_none_of_the_other_takes_is_condemned() {
    let deaf = choose(&manifest(), &heard(&[], &[(0, 0.2), (0, 0.2), (1, 0.2), (1, 0.2)]), 1.0);
    assert!(deaf.condemned(1.0).unwrap().ends_with("they miss 4 of 4"));
    let few = choose(&manifest(), &heard(&[], &[(0, 0.2), (0, 0.2)]), 1.0);
    assert_eq!(few.condemned(1.0), None, "two takes prove nothing");
    assert_eq!(few.keywords[0].highest, Some(0.2));
}

#[test]
fn keywords_that_are_all_said_weakly_are_moved_together() {
    // Each half has a weak take of one keyword only, and the weak one of the other is missed unless both are moved.
    let weak = heard(&[], &[(0, 0.6), (0, 0.9), (1, 0.9), (1, 0.6)]);
    let chosen = choose(&manifest(), &weak, 1.0);
    assert!(chosen.is_common);
    assert_eq!(chosen.held_out.takes, Takes { spoken: 4, heard: 4 });
    assert_eq!(thresholds(&weak, 1.0), (vec![0.59, 0.59], 0));
}
