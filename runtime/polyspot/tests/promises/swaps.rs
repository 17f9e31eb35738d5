//! A change of language between two pushes loses no sample and hears none twice.

use std::collections::HashMap;
use std::sync::Arc;

use polyspot::{Detection, Engine, Model, Spotter};

use crate::materials::{RATE_HZ, babble, shipped, spoken, test_model};
use crate::networks::network;

/// Ten seconds of words with pauses.
fn words() -> Vec<f32> {
    let mut signal = Vec::new();
    for word in ["stop", "yes", "left", "go", "no"] {
        signal.extend(vec![0.0; RATE_HZ / 2]);
        signal.extend(spoken(word));
        signal.extend(vec![0.0; RATE_HZ / 2]);
    }
    signal
}

/// What is heard from `from` on when the model is swapped in there, and what it would have heard by itself.
fn swapped_and_alone(before: &Arc<Model>, after: &Arc<Model>, from: usize) -> [Vec<Detection>; 2] {
    let signal = words();
    let mut swapped = Vec::new();
    let mut spotter = Spotter::new(Arc::clone(before)).unwrap();
    spotter.push(&signal[..from]).unwrap();
    spotter.swap(Arc::clone(after)).unwrap();
    swapped.extend(spotter.push(&signal[from..]).unwrap());
    swapped.extend(spotter.flush().unwrap());
    let mut alone = Vec::new();
    let mut spotter = Spotter::new(Arc::clone(after)).unwrap();
    alone.extend(spotter.push(&signal).unwrap());
    alone.extend(spotter.flush().unwrap());
    let after_the_swap = |d: &Detection| d.end > (from + 2 * RATE_HZ) as u64;
    [swapped, alone].map(|heard| heard.into_iter().filter(after_the_swap).collect())
}

#[test]
fn after_a_swap_a_model_hears_as_if_it_had_always_listened() {
    let (arabic, english) = (shipped("ar"), shipped("en"));
    for from in [1_000, 16_000, 17_777, 40_123] {
        let [swapped, alone] = swapped_and_alone(&arabic, &english, from);
        assert!(!alone.is_empty());
        assert_eq!(swapped, alone, "swapped at sample {from}");
    }
}

#[test]
fn a_word_spoken_across_a_swap_is_heard() {
    let (arabic, english) = (shipped("ar"), shipped("en"));
    let mut spotter = Spotter::new(arabic).unwrap();
    let word = spoken("stop");
    let (first, second) = word.split_at(word.len() / 2);
    let mut heard = Vec::new();
    spotter.push(&vec![0.0; 2 * RATE_HZ]).unwrap();
    spotter.push(first).unwrap();
    spotter.swap(english).unwrap();
    heard.extend(spotter.push(second).unwrap());
    heard.extend(spotter.push(&vec![0.0; 2 * RATE_HZ]).unwrap());
    assert_eq!(heard.iter().map(|d| &*d.keyword).collect::<Vec<_>>(), ["stop"]);
}

#[test]
fn the_old_model_reports_what_it_has_heard() {
    let (arabic, english) = (shipped("ar"), shipped("en"));
    let mut signal = vec![0.0; RATE_HZ];
    signal.extend(spoken("stop"));
    signal.extend(vec![0.0; 2 * RATE_HZ]);
    let mut steadily = Vec::new();
    let mut spotter = Spotter::new(Arc::clone(&english)).unwrap();
    let slice = RATE_HZ / 25;
    let reported = signal.chunks(slice).position(|chunk| {
        steadily.extend(spotter.push(chunk).unwrap());
        !steadily.is_empty()
    });
    // One step before it would be reported, its score has risen above the threshold.
    let (reported, mut heard) = (reported.unwrap(), Vec::new());
    let mut spotter = Spotter::new(english).unwrap();
    heard.extend(spotter.push(&signal[..(reported - 1) * slice]).unwrap());
    spotter.swap(arabic).unwrap();
    assert!(heard.is_empty());
    heard.extend(spotter.push(&[]).unwrap());
    assert_eq!(heard.len(), 1);
    assert_eq!((&*heard[0].keyword, &*heard[0].language), ("stop", "en"));
}

#[test]
fn a_swap_may_change_stride_and_engine() {
    let (english, other) = (shipped("en"), test_model("stride_6_pulse_12"));
    assert_eq!((english.engine(), other.engine()), (Engine::Kernel, Engine::Tract));
    let signal = words();
    let mut spotter = Spotter::new(Arc::clone(&english)).unwrap();
    for (index, chunk) in signal.chunks(3_333).enumerate() {
        spotter.push(chunk).unwrap();
        let next = if index % 2 == 0 { &other } else { &english };
        spotter.swap(Arc::clone(next)).unwrap();
    }
    assert!(spotter.flush().unwrap().all(|d| d.end <= signal.len() as u64));
}

#[test]
fn a_refused_swap_leaves_the_old_model_listening() {
    let english = shipped("en");
    let mut spotter = Spotter::new(Arc::clone(&english)).unwrap();
    let error = spotter.swap_all(&[english, test_model("stride_6_pulse_12")]).unwrap_err().to_string();
    assert!(error.contains("differ in stride and pulse in frames: (4, 8) and (6, 12)"), "{error}");
    let mut heard = 0;
    heard += spotter.push(&words()).unwrap().count();
    assert!(heard > 0);
}

#[test]
fn contexts_of_any_length_are_heard_again() {
    // Windows of nine seconds, which are caught up with over seconds where sixteen of them listen.
    let model = |seed| Arc::new(Model::from_bytes(&network((8, 3, 2), &[(8, 3, 2)], 220, 4, seed)).unwrap());
    let sets = [vec![model(1)], (2..18).map(model).collect(), vec![model(18), model(19)]];
    let signal = babble(40 * RATE_HZ, 3);
    let alone = sets.each_ref().map(|models| steps(models, &signal));
    for slice in [160, 1_600, 31_999] {
        let mut spotter = Spotter::for_models(&sets[0]).unwrap();
        let (mut heard, mut current, mut since) = (0, 0, 0);
        for (number, samples) in signal.chunks(slice).enumerate() {
            let (expected, from) = (&alone[current], since);
            let compare = |end: u64, model: usize, probabilities: &[f32]| {
                // What is averaged begins anew at the change.
                if end > from + RATE_HZ as u64 {
                    assert_eq!(
                        expected[&(end, model)],
                        probabilities,
                        "{model} at {end} of slices of {slice}"
                    );
                }
            };
            spotter.push_observed(samples, |p| compare(p.end, p.model, p.probabilities)).unwrap();
            heard += samples.len() as u64;
            // At times that agree with nothing, some one right after the other.
            if (number * slice / 16_000) % 7 == 3 && number % 5 < 2 {
                current = (current + 1) % sets.len();
                since = heard;
                spotter.swap_all(&sets[current]).unwrap();
            }
        }
    }
}

/// Every smoothed posterior of models that hear a signal by themselves, by its end and model.
fn steps(models: &[Arc<Model>], signal: &[f32]) -> HashMap<(u64, usize), Vec<f32>> {
    let (mut spotter, mut steps) = (Spotter::for_models(models).unwrap(), HashMap::new());
    spotter.push_observed(signal, |p| _ = steps.insert((p.end, p.model), p.probabilities.to_vec())).unwrap();
    steps
}
