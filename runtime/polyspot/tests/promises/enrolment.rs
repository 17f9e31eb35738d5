//! A word is learnt from a few takes; what a model knew it still knows.

use std::sync::Arc;

use polyspot::core::enrolment::word_place;
use polyspot::enrolment::{EnrolError, FillerStatistics, add_filler_statistics, enrol, filler_statistics};
use polyspot::stream::PosteriorStream;
use polyspot::{Engine, Model, Spotter};

use crate::materials::{RATE_HZ, babble, detections, path, posteriors, shipped, test_model_path};

/// Who says the English words of the tests.
const VOICES: [&str; 3] = ["en-gb-f2", "en-gb-scotland-m3", "en-us"];

fn recording(word: &str, voice: &str) -> Vec<f32> {
    let file = path(&format!("tests/data/keywords/{word}/{voice}.wav"));
    let samples = hound::WavReader::open(file).unwrap().into_samples::<i16>();
    samples.map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect()
}

/// The Mandarin model, which was taught no English word.
fn mandarin() -> Vec<u8> {
    std::fs::read(path("models/zh.onnx")).unwrap()
}

/// It with the word "down" from takes by the first two voices.
fn with_down() -> Vec<u8> {
    enrol(&mandarin(), "down", &[recording("down", VOICES[0]), recording("down", VOICES[1])]).unwrap().bytes
}

/// What is heard of a recording in a quiet room.
fn heard(model: &Arc<Model>, recording: &[f32]) -> Vec<String> {
    let pause = vec![0.0; 2 * RATE_HZ];
    let heard = detections(&mut Spotter::new(Arc::clone(model)).unwrap(), [&pause[..], recording, &pause]);
    heard.into_iter().map(|detection| detection.keyword.to_string()).collect()
}

#[test]
fn an_enrolled_word_is_heard_of_another_voice() {
    let model = Arc::new(Model::from_bytes(&with_down()).unwrap());
    assert_eq!(heard(&model, &recording("down", VOICES[2])), ["down"]);
    // Words by the voices that said it are the nearest that there is; most are told from it all the same.
    let others = ["go", "left", "no", "off", "on", "right", "stop", "up", "yes"];
    let all = others.iter().flat_map(|word| VOICES.map(|voice| recording(word, voice)));
    let taken = all.filter(|other| heard(&model, other).contains(&"down".to_owned())).count();
    assert!(2 * taken < others.len() * VOICES.len(), "{taken} of 27");
}

#[test]
fn it_makes_room_for_itself_only() {
    let (before, after) = (shipped("zh"), Arc::new(Model::from_bytes(&with_down()).unwrap()));
    let sound = [recording("down", VOICES[2]), babble(30_000, 4), recording("stop", VOICES[0])].concat();
    let all = |model| posteriors(&mut PosteriorStream::new(model).unwrap(), [&sound[..]]);
    let (old, new) = (all(&before), all(&after));
    let place = after.manifest().labels.iter().position(|label| label.name == "down").unwrap();
    assert_eq!(place, before.manifest().keywords().count());
    let mut most = 0.0f32;
    for ((old, _), (mut new, _)) in old.into_iter().zip(new) {
        // A softmax with a class more takes from the others in proportion.
        let own = new.remove(place);
        most = most.max(own);
        for (old, new) in old.iter().zip(&new) {
            assert!((old * (1.0 - own) - new).abs() < 1e-5, "{old} became {new} beside {own}");
        }
    }
    assert!(most > 0.9, "{most}");
}

#[test]
fn both_engines_run_a_model_with_an_enrolled_word() {
    let bytes = with_down();
    let sound = [babble(8_000, 5), recording("down", VOICES[2])].concat();
    let [kernel, tract] = [Engine::Kernel, Engine::Tract].map(|engine| {
        let model = Arc::new(Model::for_engine(&bytes, engine).unwrap());
        posteriors(&mut PosteriorStream::new(&model).unwrap(), [&sound[..]])
    });
    assert_eq!(kernel.len(), tract.len());
    for ((a, _), (b, _)) in kernel.iter().zip(&tract) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}

#[test]
fn its_row_is_one_deviation_long() {
    let statistics = filler_statistics(&mandarin()).unwrap().unwrap();
    let word = enrol(&mandarin(), "down", &[recording("down", VOICES[0])]).unwrap().word;
    let (n, numbers) = (statistics.features(), statistics.to_numbers());
    assert_eq!(word.row.len(), n);
    let triangle = n * (n + 1) / 2;
    let (factor, level) = (&numbers[n..n + triangle], &numbers[n + triangle..]);
    let direction: Vec<f64> =
        word.row.iter().zip(level).map(|(row, level)| f64::from(*row) - f64::from(*level)).collect();
    // |Lᵀ w|² = wᵀ (L Lᵀ) w, the variance of other speech in this direction.
    let variance: f64 = (0..n)
        .map(|column| {
            let rows = column..n;
            rows.map(|row| f64::from(factor[row * (row + 1) / 2 + column]) * direction[row])
                .sum::<f64>()
                .powi(2)
        })
        .sum();
    assert!((variance - 1.0).abs() < 1e-4, "{variance}");
}

#[test]
fn takes_that_hold_no_word_are_refused_by_their_number() {
    let good = recording("down", VOICES[0]);
    for (bad, expected) in [
        (vec![0.0; RATE_HZ], "found 0.00 seconds"),
        (vec![], "found 0.00 seconds"),
        ([vec![0.0; RATE_HZ], vec![0.5; 800]].concat(), "found 0.05 seconds"),
        (babble(5 * RATE_HZ, 1), "0.1 to 3 seconds"),
    ] {
        let error = enrol(&mandarin(), "kava", &[good.clone(), bad]).unwrap_err();
        let EnrolError::Take { number: 2, source } = error else { panic!("{error}") };
        assert!(source.to_string().contains(expected), "{source}");
    }
}

#[test]
fn names_that_are_taken_or_no_words_are_refused() {
    let take = [recording("down", VOICES[0])];
    let taken = shipped("zh").manifest().labels[0].name.clone();
    for name in [taken.as_str(), "", "unknown", "two\nlines"] {
        assert!(enrol(&mandarin(), name, &take).is_err(), "{name:?}");
    }
    assert!(enrol(&mandarin(), "kava", &[] as &[Vec<f32>]).is_err());
}

#[test]
fn statistics_survive_their_file_to_three_digits() {
    let statistics = filler_statistics(&mandarin()).unwrap().unwrap();
    let again = add_filler_statistics(&mandarin(), &statistics).unwrap();
    assert_eq!(filler_statistics(&again).unwrap().unwrap(), statistics);
    assert_eq!(Model::from_bytes(&again).unwrap().manifest(), shipped("zh").manifest());
}

#[test]
fn a_model_without_statistics_or_with_those_of_another_says_so() {
    let small = std::fs::read(test_model_path("stride_4_pulse_4")).unwrap();
    let take = [recording("down", VOICES[0])];
    assert!(matches!(enrol(&small, "kava", &take), Err(EnrolError::NoStatistics)));
    let of_two = FillerStatistics::from_numbers(2, &[0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]).unwrap();
    let other = add_filler_statistics(&mandarin(), &of_two).unwrap();
    let error = enrol(&other, "kava", &take).unwrap_err();
    assert_eq!(error.to_string(), "the statistics are of 2 features, the network has 576 in three moments");
}

#[test]
fn a_word_is_where_it_is_loud() {
    let word = recording("down", VOICES[2]);
    let padded = [vec![0.0; 4_800], word.clone(), vec![0.0; 4_800]].concat();
    let (alone, inside) = (word_place(&word, 16_000), word_place(&padded, 16_000));
    assert_eq!((alone.start + 4_800, alone.end + 4_800), (inside.start, inside.end));
}
