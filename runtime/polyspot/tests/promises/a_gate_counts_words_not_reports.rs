//! What a gate lets through depends on where words end: not on when they are reported, nor on how often it is told of the time.

use polyspot::Detection;
use polyspot::stream::{Gate, GateEvent, GateSpec};
use proptest::collection::vec;
use proptest::prelude::*;

const SPEC: GateSpec = GateSpec { window_samples: 60, latest_report_samples: 8, shortest_command_samples: 3 };

/// A word, by where it ends and how much later it is reported.
#[derive(Clone, Copy, Debug)]
struct Word {
    is_wake: bool,
    end: u64,
    late: u64,
}

fn words() -> impl Strategy<Value = Vec<Word>> {
    let word = (any::<bool>(), 0..600u64, 0..=SPEC.latest_report_samples);
    vec(word.prop_map(|(is_wake, end, late)| Word { is_wake, end, late }), 0..40)
}

fn command(end: u64) -> Detection {
    Detection::new("on", "en", 0.9, end.saturating_sub(16)..end)
}

/// Tells a gate of words as they are reported, and of the time at these samples: what becomes of it.
fn told(words: &[Word], times: &[u64]) -> Vec<GateEvent> {
    let mut reports: Vec<(u64, Option<Word>)> =
        words.iter().map(|word| (word.end + word.late, Some(*word))).collect();
    reports.extend(times.iter().chain([&1_000]).map(|&time| (time, None)));
    // What is reported at a sample is told of before the time is.
    reports.sort_by_key(|(sample, word)| (*sample, word.is_none()));
    let mut gate = Gate::new(SPEC);
    let mut events = Vec::new();
    for (sample, word) in reports {
        match word {
            Some(Word { is_wake: true, end, .. }) => gate.wake(end),
            Some(Word { end, .. }) => gate.command(command(end)),
            None => gate.advance(sample),
        }
        events.extend(std::iter::from_fn(|| gate.next_event()));
    }
    assert!(!gate.is_armed(), "long after the last word");
    events
}

/// Where the commands end that count.
fn counted(events: &[GateEvent]) -> Vec<u64> {
    let commands = events.iter().filter_map(|event| match event {
        GateEvent::Command(command) => Some(command.end),
        _ => None,
    });
    let mut ends: Vec<u64> = commands.collect();
    ends.sort_unstable();
    ends
}

proptest! {
    #[test]
    fn a_command_counts_if_and_only_if_it_follows_a_wake_word(words in words()) {
        let follows = |command: &&Word, wake: &Word| {
            wake.is_wake
                && command.end > wake.end + SPEC.shortest_command_samples
                && command.end <= wake.end + SPEC.window_samples
        };
        let commands = words.iter().filter(|word| !word.is_wake);
        let expected = commands.filter(|command| words.iter().any(|wake| follows(command, wake)));
        let mut expected: Vec<u64> = expected.map(|command| command.end).collect();
        expected.sort_unstable();
        prop_assert_eq!(counted(&told(&words, &[])), expected);
    }

    #[test]
    fn the_time_may_be_told_often_or_seldom(words in words(), times in vec(0..700u64, 0..60)) {
        let every: Vec<u64> = (0..700).collect();
        let events = told(&words, &every);
        prop_assert_eq!(&told(&words, &times), &events);
        prop_assert_eq!(&told(&words, &[]), &events);
    }

    #[test]
    fn nothing_counts_while_it_is_disarmed(words in words(), times in vec(0..700u64, 0..60)) {
        let mut armed_until = None;
        for event in told(&words, &times) {
            match event {
                GateEvent::Armed { since, until } => {
                    prop_assert!(since <= until && armed_until.is_none_or(|before| before <= until || since <= before));
                    armed_until = armed_until.max(Some(until));
                }
                GateEvent::Command(command) => prop_assert!(Some(command.end) <= armed_until),
                GateEvent::Disarmed { at } => prop_assert_eq!(armed_until.take(), Some(at)),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(armed_until, None, "every time has an end");
    }
}

fn events(gate: &mut Gate) -> Vec<GateEvent> {
    std::iter::from_fn(|| gate.next_event()).collect()
}

#[test]
fn a_button_arms_as_a_wake_word_does_and_a_break_disarms() {
    let mut gate = Gate::new(SPEC);
    gate.arm(100);
    gate.command(command(101));
    gate.end(120);
    gate.command(command(130));
    gate.wake(125);
    let expected = [
        GateEvent::Armed { since: 100, until: 160 },
        GateEvent::Command(command(101)),
        GateEvent::Disarmed { at: 120 },
        GateEvent::Armed { since: 128, until: 185 },
        GateEvent::Command(command(130)),
    ];
    assert_eq!(events(&mut gate), expected);
}

#[test]
fn what_nobody_wakes_is_not_kept() {
    let mut gate = Gate::new(SPEC);
    for end in 0..10_000 {
        gate.command(command(end));
    }
    gate.wake(9_900);
    let counted = events(&mut gate).len() - 1;
    assert!(counted as u64 <= SPEC.latest_report_samples, "{counted} of those before were kept");
}
