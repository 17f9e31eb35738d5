//! What one window teaches the heads of other languages.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Recipe;
use super::example::{Besides, Example, Lesson, Word};
use super::parametrisation::Parametrisation;
use super::step::{Objective, gradients};
use super::vocabulary::Vocabulary;
use crate::network::{NetworkShape, Weights};

const FRAMES: usize = 80;

fn vocabularies() -> Vec<Vocabulary> {
    let of = |language: &str, words: [&str; 2]| Vocabulary {
        language: language.into(),
        words: words.map(str::to_owned).into(),
        keywords: 2,
    };
    vec![of("xx", ["a", "b"]), of("yy", ["c", "d"])]
}

/// The gradient of a language's head that one window gives, by a recipe with such a weight for other languages.
fn gradient_of_head(language: &str, lesson: Lesson, other_languages: f32) -> Vec<f32> {
    let mut network = NetworkShape::default();
    network.blocks.truncate(1);
    let vocabularies = vocabularies();
    let heads: Vec<_> = vocabularies.iter().map(Vocabulary::head).collect();
    let mut rng = StdRng::seed_from_u64(1);
    let parametrisation = Parametrisation::free(Weights::new(&network, &heads, &mut rng));
    let trained = parametrisation.initial(None, &mut rng);
    let frames = (0..FRAMES * network.coefficients).map(|_| rng.random_range(-1.0..1.0)).collect();
    let recipe = Recipe { network, other_languages, shards: 1, ..Recipe::default() };
    let objective = Objective {
        recipe: &recipe,
        vocabularies: &vocabularies,
        parametrisation: &parametrisation,
        tutor: None,
    };
    let found = gradients(objective, &trained, &[Example { frames, lesson }], 0).unwrap();
    let name = format!("heads.{language}.weight");
    let slot = trained.slots.iter().position(|slot| slot.name == name).unwrap();
    found.slots[slot].clone().unwrap_or_default()
}

fn lesson(language: usize, words: Vec<Word>, besides: Besides) -> Lesson {
    Lesson::Hear { language, words, besides }
}

fn word() -> Vec<Word> {
    vec![Word { class: Some(1), spoken: 3..15, reported: 8..15 }]
}

#[test]
fn a_word_teaches_its_own_language_alone_unless_the_recipe_says_otherwise() {
    let alone = gradient_of_head("yy", lesson(0, word(), Besides::Anything), 0.0);
    assert!(alone.iter().all(|&value| value == 0.0));
    let own = |weight| gradient_of_head("xx", lesson(0, word(), Besides::Anything), weight);
    assert!(own(0.0).iter().any(|&value| value != 0.0));
    assert_eq!(own(0.0), own(0.5));
}

#[test]
fn to_other_languages_a_word_is_speech_that_holds_none_of_theirs() {
    for (of_word, of_speech) in [
        (Besides::Anything, Besides::Speech),
        (Besides::Speech, Besides::Speech),
        (Besides::Silence, Besides::Silence),
    ] {
        let taught = gradient_of_head("yy", lesson(0, word(), of_word), 0.5);
        let expected = gradient_of_head("yy", lesson(1, Vec::new(), of_speech), 0.0);
        assert!(expected.iter().any(|&value| value != 0.0));
        for (found, expected) in taught.iter().zip(&expected) {
            assert!((found - 0.5 * expected).abs() <= 1e-6, "{of_word:?}: {found} {expected}");
        }
    }
}
