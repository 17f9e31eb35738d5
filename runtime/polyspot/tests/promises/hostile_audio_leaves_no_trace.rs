//! Samples that are no numbers, absurdly loud or stuck make nothing panic, are taken for no keyword, and are forgotten as soon as
//! the network no longer looks back at them.

use std::sync::Arc;

use polyspot::stream::PosteriorStream;
use polyspot::{Model, Spotter};
use proptest::prelude::*;

use crate::materials::{
    RANDOM_MODELS, RATE_HZ, babble, detections, english, posteriors, shipped, test_model,
};

const SAMPLES: usize = 64_000;

/// What a bad stretch consists of, sample by sample.
#[derive(Clone, Copy, Debug)]
enum Bad {
    NotANumber,
    Infinite,
    Zero,
    Offset,
    Clipped,
    Loud,
    Largest,
}

const KINDS: [Bad; 7] =
    [Bad::NotANumber, Bad::Infinite, Bad::Zero, Bad::Offset, Bad::Clipped, Bad::Loud, Bad::Largest];

impl Bad {
    fn sample(self, n: usize, good: f32) -> f32 {
        let sign = if n.is_multiple_of(3) { -1.0 } else { 1.0 };
        match self {
            Self::NotANumber => f32::NAN,
            Self::Infinite => sign * f32::INFINITY,
            Self::Zero => 0.0,
            Self::Offset => 0.9,
            Self::Clipped => (good * 1_000.0).clamp(-1.0, 1.0),
            Self::Loud => good * 1e30,
            Self::Largest => sign * f32::MAX,
        }
    }

    /// Whether the front end puts silence in its place.
    fn is_silence(self) -> bool {
        matches!(self, Self::NotANumber | Self::Infinite | Self::Zero)
    }
}

/// A signal with a bad stretch, and the same with silence there.
fn signals(kind: Bad, start: usize, length: usize) -> [Vec<f32>; 2] {
    let mut bad = babble(SAMPLES, 5);
    let mut silent = bad.clone();
    for n in start..(start + length).min(SAMPLES) {
        bad[n] = kind.sample(n, bad[n]);
        silent[n] = 0.0;
    }
    [bad, silent]
}

/// Cuts a signal into slices of these lengths, over and over.
fn cut<'a>(signal: &'a [f32], lengths: &[usize]) -> Vec<&'a [f32]> {
    let mut slices = Vec::new();
    let mut rest = signal;
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (slice, later) = rest.split_at((*length).min(rest.len()));
        slices.push(slice);
        rest = later;
    }
    slices
}

fn check(model: &Arc<Model>, kind: Bad, start: usize, length: usize, lengths: &[usize]) {
    let [bad, silent] = signals(kind, start, length);
    let mut stream = PosteriorStream::new(model).unwrap();
    let expected = posteriors(&mut stream, [&silent[..]]);
    let found = posteriors(&mut stream, cut(&bad, lengths));
    let spec = &model.manifest().front_end;
    let memory = (model.context_frames() * spec.hop_samples + spec.frame_samples) as u64;
    let over = (start + length) as u64 + memory;
    assert_eq!(found.len(), expected.len());
    for ((found, end), (expected, _)) in found.iter().zip(&expected) {
        assert!(found.iter().all(|p| (0.0..=1.0001).contains(p)), "{kind:?} at sample {end}: {found:?}");
        if kind.is_silence() || *end <= start as u64 || *end > over {
            assert_eq!(found, expected, "{kind:?} at sample {end}, bad from {start} to {}", start + length);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn in_any_slices(
        kind in 0..KINDS.len(),
        start in 0..SAMPLES / 2,
        length in 1..SAMPLES / 4,
        lengths in prop::collection::vec(1..3_000usize, 1..8),
        which in 0..=RANDOM_MODELS.len(),
    ) {
        let model = RANDOM_MODELS.get(which).map_or_else(english, |name| test_model(name));
        check(&model, KINDS[kind], start, length, &lengths);
    }
}

/// A posterior is the mean of what was found in a window, and each of those looks back a little further: 1.7 seconds in all.
#[test]
fn for_longer_than_two_windows() {
    for language in ["ar", "en", "zh"] {
        let model = shipped(language);
        let (context_frames, window_frames) =
            (model.context_frames(), model.manifest().network.window_frames);
        assert!(context_frames <= 2 * window_frames, "{language}: {context_frames} frames");
    }
}

#[test]
fn nothing_is_detected_in_silence() {
    let constants = [0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.5, 1.0, -1.0, 1e30, f32::MIN, 1e-30];
    for language in ["ar", "en", "zh"] {
        let mut spotter = Spotter::new(shipped(language)).unwrap();
        for constant in constants {
            let heard = detections(&mut spotter, [&vec![constant; 10 * RATE_HZ][..]]);
            assert!(heard.is_empty(), "{language} hears {heard:?} in {constant}");
        }
        // From silence to each and back, all in one stream.
        let changing: Vec<f32> = constants
            .iter()
            .flat_map(|&constant| [vec![0.0; 2 * RATE_HZ], vec![constant; 2 * RATE_HZ]].concat())
            .collect();
        let heard = detections(&mut spotter, changing.chunks(777));
        assert!(heard.is_empty(), "{language} hears {heard:?} in steps");
    }
}
