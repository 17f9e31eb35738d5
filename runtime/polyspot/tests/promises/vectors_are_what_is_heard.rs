//! The test vectors that all bindings are held to are what the library itself hears.

use crate::vectors::{TOLERANCE, Vectors};

const REMEDY: &str =
    "after a change of the models write the file again: cargo run --release -p polyspot --example vectors";

#[test]
fn in_every_case() {
    let (expected, found) = (Vectors::read().unwrap(), Vectors::hear().unwrap());
    assert_eq!((expected.format, expected.tolerance), (found.format, found.tolerance));
    assert_eq!(expected.models, found.models, "{REMEDY}");
    let names = |vectors: &Vectors| vectors.cases.iter().map(|case| case.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&expected), names(&found), "{REMEDY}");
    for (expected, found) in expected.cases.iter().zip(&found.cases) {
        let case = &expected.name;
        assert_eq!((&expected.audio, &expected.models), (&found.audio, &found.models), "{case}");
        assert_eq!(expected.samples, found.samples, "{case}");
        let places = |case: &crate::vectors::Case| -> Vec<_> {
            let place = |d: &crate::vectors::Heard| (d.keyword.clone(), d.language.clone(), d.start, d.end);
            case.detections.iter().map(place).collect()
        };
        assert_eq!(places(expected), places(found), "{case}; {REMEDY}");
        for (expected, found) in expected.detections.iter().zip(&found.detections) {
            near(expected.score, found.score, case);
        }
        assert_eq!(expected.posteriors.len(), found.posteriors.len(), "{case}");
        for (expected, found) in expected.posteriors.iter().zip(&found.posteriors) {
            assert_eq!(expected.ends, found.ends, "{case}");
            assert_eq!(expected.probabilities.len(), found.probabilities.len(), "{case}");
            for (expected, found) in expected.probabilities.iter().zip(&found.probabilities) {
                assert_eq!(expected.len(), found.len(), "{case}");
                expected.iter().zip(found).for_each(|(expected, found)| near(*expected, *found, case));
            }
        }
    }
}

#[test]
fn with_words_in_all_languages_and_silence_too() {
    let vectors = Vectors::read().unwrap();
    let heard = vectors.cases.iter().flat_map(|case| &case.detections);
    let languages: std::collections::BTreeSet<&str> = heard.map(|d| d.language.as_str()).collect();
    assert_eq!(languages.into_iter().collect::<Vec<_>>(), ["ar", "en", "zh"]);
    let is_silent = |case: &&crate::vectors::Case| case.detections.is_empty();
    assert!(vectors.cases.iter().filter(is_silent).count() >= 2, "cases without a word");
}

fn near(expected: f64, found: f64, case: &str) {
    let difference = (expected - found).abs();
    assert!(difference <= f64::from(TOLERANCE), "{case}: expected {expected}, found {found}; {REMEDY}");
}
