//! However a stream is cut into slices, its frames, posteriors and detections are exactly the same.

use polyspot::Spotter;
use polyspot::front_end::{FrontEnd, FrontEndSpec};
use polyspot::stream::PosteriorStream;
use proptest::prelude::*;

use crate::materials::{RANDOM_MODELS, babble, detections, english, posteriors, test_model};

/// Cuts a signal at the given places, wherever they are.
fn cut(signal: &[f32], mut places: Vec<usize>) -> Vec<&[f32]> {
    places.extend([0, signal.len()]);
    places.sort_unstable();
    places.windows(2).map(|place| &signal[place[0]..place[1]]).collect()
}

const SAMPLES: usize = 40_000;

fn places() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..=SAMPLES, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slicing_does_not_change_frames(places in places()) {
        let signal = babble(SAMPLES, 1);
        let frames = |slices: Vec<&[f32]>| {
            let mut front_end = FrontEnd::new(&FrontEndSpec::default()).unwrap();
            let mut all = Vec::new();
            for slice in slices {
                front_end.push(slice, |frame| all.extend_from_slice(frame));
            }
            all
        };
        prop_assert_eq!(frames(cut(&signal, places)), frames(vec![&signal]));
    }

    #[test]
    fn slicing_does_not_change_posteriors(places in places(), which in 0..RANDOM_MODELS.len()) {
        let signal = babble(SAMPLES, 2);
        let mut stream = PosteriorStream::new(&test_model(RANDOM_MODELS[which])).unwrap();
        let whole = posteriors(&mut stream, [&signal[..]]);
        prop_assert_eq!(posteriors(&mut stream, cut(&signal, places)), whole);
    }

    #[test]
    fn slicing_does_not_change_detections(places in places(), which in 0..RANDOM_MODELS.len()) {
        let signal = babble(SAMPLES, 3);
        let mut spotter = Spotter::new(test_model(RANDOM_MODELS[which])).unwrap();
        let whole = detections(&mut spotter, [&signal[..]]);
        prop_assert!(!whole.is_empty(), "nothing to compare");
        prop_assert_eq!(detections(&mut spotter, cut(&signal, places)), whole);
    }
}

#[test]
fn single_samples_and_empty_slices_change_nothing() {
    let signal = babble(20_000, 4);
    let mut stream = PosteriorStream::new(&english()).unwrap();
    let whole = posteriors(&mut stream, [&signal[..]]);
    let singly = signal.chunks(1).flat_map(|sample| [sample, &[]]);
    assert_eq!(posteriors(&mut stream, singly), whole);
}
