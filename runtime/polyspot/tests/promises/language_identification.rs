//! With several languages at once, the one being spoken scores highest, and silence makes all equal again.

use polyspot::Spotter;
use polyspot::manifest::LabelKind;
use polyspot::stream::{LanguageIdentifier, Posterior};

use crate::materials::{RATE_HZ, clip, shipped, test_model};

const LANGUAGES: [&str; 3] = ["en", "ar", "zh"];

fn listening() -> Spotter {
    Spotter::for_models(&LANGUAGES.map(shipped)).unwrap()
}

fn scores(spotter: &Spotter) -> Vec<f32> {
    spotter.language_identifier().scores().collect()
}

/// The language with the highest score, and that score.
fn best(spotter: &Spotter) -> (&'static str, f32) {
    let scores = scores(spotter);
    let highest = scores.iter().copied().fold(0.0, f32::max);
    (LANGUAGES[scores.iter().position(|&score| score == highest).unwrap()], highest)
}

/// A word with a second of silence after it.
fn say(spotter: &mut Spotter, file: &str) {
    let mut signal = clip(file);
    signal.extend(vec![0.0; RATE_HZ]);
    spotter.push(&signal).unwrap();
}

#[test]
fn a_word_or_two_identify_the_language() {
    for (words, language) in [
        (["keywords/stop/en-us.wav", "keywords/yes/en-us.wav"], "en"),
        (["other_languages/ar_front.wav"; 2], "ar"),
        (["other_languages/zh_voice.wav"; 2], "zh"),
    ] {
        let mut spotter = listening();
        let third = scores(&spotter);
        assert!(third.iter().all(|score| (score - 1.0 / 3.0).abs() < 1e-6), "{third:?}");
        for word in words {
            say(&mut spotter, word);
        }
        let (found, score) = best(&spotter);
        assert_eq!(found, language, "{:?}", scores(&spotter));
        assert!(score > 0.6, "{:?}", scores(&spotter));
    }
}

#[test]
fn identification_follows_the_speaker() {
    let mut spotter = listening();
    for _ in 0..4 {
        say(&mut spotter, "keywords/stop/en-us.wav");
    }
    assert_eq!(best(&spotter).0, "en");
    for _ in 0..4 {
        say(&mut spotter, "other_languages/zh_voice.wav");
    }
    assert_eq!(best(&spotter).0, "zh", "{:?}", scores(&spotter));
}

#[test]
fn after_a_mixture_the_last_language_wins() {
    let mut spotter = listening();
    for _ in 0..8 {
        say(&mut spotter, "other_languages/zh_voice.wav");
        say(&mut spotter, "keywords/stop/en-us.wav");
        say(&mut spotter, "other_languages/ar_front.wav");
    }
    for _ in 0..3 {
        say(&mut spotter, "other_languages/ar_front.wav");
    }
    assert_eq!(best(&spotter).0, "ar", "{:?}", scores(&spotter));
}

#[test]
fn long_silence_forgets_the_language() {
    let mut spotter = listening();
    say(&mut spotter, "keywords/stop/en-us.wav");
    let heard = best(&spotter).1;
    spotter.push(&vec![0.0; 60 * RATE_HZ]).unwrap();
    assert!(best(&spotter).1 < heard.min(0.5), "{:?}", scores(&spotter));
}

#[test]
fn evidence_follows_the_documented_formula() {
    let model = test_model("stride_4_pulse_4");
    let manifest = model.manifest();
    let kind = |wanted: LabelKind| manifest.labels.iter().position(|label| label.kind == wanted).unwrap();
    let mut guess = LanguageIdentifier::new([model.spec(), model.spec()]);
    let mut probabilities = vec![0.0; manifest.labels.len()];
    probabilities[kind(LabelKind::Keyword)] = 0.7;
    probabilities[kind(LabelKind::Unknown)] = 0.3;
    let share = 1.0 / manifest.detector.smoothing_steps as f32;
    let kept = (-0.04f32 / 8.0).exp2();
    let one = share * 0.7 * (0.75f32 / 0.35).ln();
    for expected in [one, kept * one + one] {
        guess.push(&Posterior::new(&probabilities, 0).of_model(1));
        let found: Vec<f32> = guess.evidence().collect();
        assert!(found[0] == 0.0 && (found[1] - expected).abs() < 1e-6, "{found:?}, expected {expected}");
        let score = guess.scores().nth(1).unwrap();
        assert!((score - expected.exp() / (1.0 + expected.exp())).abs() < 1e-6, "{score}");
    }
    for _ in 0..10_000 {
        guess.push(&Posterior::new(&probabilities, 0).of_model(1));
    }
    let found: Vec<f32> = guess.evidence().collect();
    assert!(found[0] == 0.0 && found[1] <= 8.0, "{found:?}");
    let mut alone = LanguageIdentifier::new([model.spec()]);
    for _ in 0..10_000 {
        alone.push(&Posterior::new(&probabilities, 0));
    }
    assert!(alone.evidence().all(|evidence| evidence <= 4.0));
    guess.reset();
    assert!(guess.scores().all(|score| score == 0.5));
}
