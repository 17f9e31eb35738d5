//! A spotter with a wake word gives the keywords that follow one, however its stream is cut.

use std::sync::Arc;
use std::time::Duration;

use polyspot::{GatedSpotter, Model, Wake};
use proptest::prelude::*;

use crate::materials::{RATE_HZ, path, shipped};

const STOP: &str = "tests/data/keywords/stop/en-us.wav";
const YES: &str = "tests/data/keywords/yes/en-us.wav";
const GO: &str = "tests/data/keywords/go/en-us.wav";
const VOICE: &str = "tests/data/other_languages/zh_voice.wav";
/// Two recordings begin so far apart.
const APART: usize = 5 * RATE_HZ / 2;

/// These recordings one after the other, with silence between them.
fn said(words: &[&str]) -> Vec<f32> {
    let word = |name: &&str| {
        let samples = hound::WavReader::open(path(name)).unwrap().into_samples::<i16>();
        let mut samples: Vec<f32> = samples.map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect();
        assert!(samples.len() < APART, "{name} is too long");
        samples.resize(APART, 0.0);
        samples
    };
    words.iter().flat_map(word).collect()
}

/// "stop" wakes for so many seconds.
fn stop(model: Arc<Model>, seconds: u64) -> Wake {
    Wake::new(Some(model), vec!["stop".into()], Duration::from_secs(seconds)).unwrap()
}

/// A spotter of these languages, which "stop" wakes.
fn woken_by_stop(languages: &[&str], seconds: u64) -> GatedSpotter {
    let models: Vec<_> = languages.iter().map(|language| shipped(language)).collect();
    let mut spotter = GatedSpotter::new(&models).unwrap();
    spotter.set_wake(Some(stop(shipped("en"), seconds))).unwrap();
    spotter
}

fn pushed(spotter: &mut GatedSpotter, samples: &[f32]) -> Vec<String> {
    spotter.push(samples).unwrap().map(|heard| heard.keyword.to_string()).collect()
}

fn heard<'a>(spotter: &mut GatedSpotter, slices: impl IntoIterator<Item = &'a [f32]>) -> Vec<String> {
    let mut heard: Vec<String> = slices.into_iter().flat_map(|slice| pushed(spotter, slice)).collect();
    heard.extend(spotter.flush().unwrap().map(|last| last.keyword.to_string()));
    heard
}

#[test]
fn commands_of_the_wake_model_itself_and_of_another_count_after_the_word_only() {
    let stream = said(&[YES, VOICE, STOP, YES, VOICE, GO, YES]);
    let mut all = GatedSpotter::new(&[shipped("en"), shipped("zh")]).unwrap();
    assert_eq!(heard(&mut all, [&stream[..]]), ["yes", "语音", "stop", "yes", "语音", "go", "yes"]);
    // The wake model is among those of the commands, or comes to them.
    assert_eq!(heard(&mut woken_by_stop(&["en", "zh"], 6), [&stream[..]]), ["yes", "语音"]);
    assert_eq!(heard(&mut woken_by_stop(&["zh"], 6), [&stream[..]]), ["语音"]);
    assert_eq!(heard(&mut woken_by_stop(&["en"], 3), [&stream[..]]), ["yes"]);
    let unwoken = said(&[YES, VOICE, GO]);
    assert!(heard(&mut woken_by_stop(&["en", "zh"], 6), [&unwoken[..]]).is_empty());
}

#[test]
fn a_button_wakes_and_the_end_of_a_stream_and_a_reset_do_not() {
    let (yes, go) = (said(&[YES]), said(&[GO]));
    let mut spotter = woken_by_stop(&["en"], 6);
    assert!(pushed(&mut spotter, &yes).is_empty() && !spotter.is_armed());
    spotter.arm();
    assert!(spotter.is_armed());
    assert_eq!(pushed(&mut spotter, &go), ["go"]);
    spotter.reset().unwrap();
    assert!(!spotter.is_armed() && pushed(&mut spotter, &yes).is_empty());
    spotter.arm();
    assert!(heard(&mut spotter, []).is_empty());
    assert!(!spotter.is_armed() && pushed(&mut spotter, &go).is_empty());
    // Without anything that wakes, everything counts, and there is nothing to arm.
    spotter.set_wake(None).unwrap();
    spotter.arm();
    assert!(spotter.is_armed());
    assert_eq!(heard(&mut spotter, [&said(&[YES, STOP])[..]]), ["yes", "stop"]);
    // What is armed without a wake model waits for the button alone.
    spotter.set_wake(Some(Wake::new(None, Vec::new(), Duration::from_secs(3)).unwrap())).unwrap();
    assert!(pushed(&mut spotter, &said(&[STOP, YES])).is_empty());
    spotter.arm();
    assert_eq!(pushed(&mut spotter, &said(&[STOP, GO, YES])), ["stop"]);
}

#[test]
fn a_change_of_language_keeps_the_wake_word_and_the_time_that_has_begun() {
    let mut spotter = woken_by_stop(&["ar"], 6);
    assert!(pushed(&mut spotter, &said(&[STOP])).is_empty());
    spotter.swap_all(&[shipped("zh")]).unwrap();
    assert_eq!(spotter.models().len(), 1, "the wake model is none of them");
    assert_eq!(pushed(&mut spotter, &said(&[VOICE])), ["语音"]);
    spotter.swap_all(&[]).unwrap_err();
    let stream = said(&[YES, YES, STOP, VOICE]);
    assert_eq!(heard(&mut spotter, [&stream[..]]), ["语音"]);
}

#[test]
fn words_and_windows_that_cannot_be_are_refused() {
    let words = |word: &str, window| Wake::new(Some(shipped("en")), vec![word.into()], window);
    let error = words("stopp", Wake::DEFAULT_WINDOW).unwrap_err().to_string();
    assert!(error.contains("found \"stopp\"") && error.contains("yes, "), "{error}");
    for window in [Duration::from_millis(999), Duration::from_millis(3_600_001), Duration::MAX] {
        let error = words("stop", window).unwrap_err().to_string();
        assert!(error.starts_with("window: expected 1 to 3600 seconds, found"), "{error}");
    }
    assert!(Wake::new(None, vec!["stop".into()], Wake::DEFAULT_WINDOW).is_err(), "no model has the word");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slicing_does_not_change_what_counts(slices in prop::collection::vec(1..9_000usize, 40)) {
        let stream = said(&[YES, STOP, YES, GO, VOICE, YES]);
        let mut spotter = woken_by_stop(&["en", "zh"], 6);
        let whole = heard(&mut spotter, [&stream[..]]);
        prop_assert_eq!(&whole, &["yes", "go"]);
        let mut rest = &stream[..];
        let mut cut = Vec::new();
        for length in slices.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (slice, left) = rest.split_at(length.min(rest.len()));
            cut.push(slice);
            rest = left;
        }
        prop_assert_eq!(heard(&mut spotter, cut), whole);
    }
}
