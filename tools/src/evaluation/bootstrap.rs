//! How far an accuracy may be from that of other speakers.

use std::collections::BTreeMap;

use polyspot::Interval;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Samples drawn: enough for the ends of a 95 % interval to stand still in the first three digits.
const DRAWS: usize = 4_000;

/// A 95 % interval of a share of trials, by drawing speakers with replacement (cluster bootstrap, percentile method: Efron and
/// Tibshirani 1993, chapters 6 and 13). A speaker's clips are alike, so that an interval over single clips would be too narrow.
/// `None` with fewer than two speakers.
///
/// `outcomes` are each clip's speaker and whether it was judged right. The same seed gives the same interval.
pub(crate) fn over_speakers<'a>(
    outcomes: impl IntoIterator<Item = (&'a str, bool)>,
    seed: u64,
) -> Option<Interval> {
    let mut by_speaker: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (speaker, is_right) in outcomes {
        let (right, clips) = by_speaker.entry(speaker).or_default();
        *right += u64::from(is_right);
        *clips += 1;
    }
    let speakers: Vec<(u64, u64)> = by_speaker.into_values().collect();
    if speakers.len() < 2 {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let mut shares: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let (mut right, mut clips) = (0, 0);
            for _ in 0..speakers.len() {
                let (r, c) = speakers[rng.random_range(0..speakers.len())];
                (right, clips) = (right + r, clips + c);
            }
            right as f64 / clips as f64
        })
        .collect();
    shares.sort_by(f64::total_cmp);
    Some(Interval { low: shares[DRAWS / 40], high: shares[DRAWS - 1 - DRAWS / 40] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clips of speakers: how many each has, and which of all are wrong.
    fn interval(speakers: usize, clips: usize, is_wrong: impl Fn(usize, usize) -> bool) -> Interval {
        let names: Vec<String> = (0..speakers).map(|s| s.to_string()).collect();
        let outcomes = names
            .iter()
            .enumerate()
            .flat_map(|(s, name)| (0..clips).map(move |c| (s, c, name.as_str())))
            .map(|(s, c, name)| (name, !is_wrong(s, c)));
        over_speakers(outcomes, 1).unwrap()
    }

    #[test]
    fn of_one_clip_each_it_is_the_binomial_one() {
        // 400 speakers, a tenth wrong: 0.9 ± 1.96 · sqrt(0.9 · 0.1 / 400).
        let Interval { low, high } = interval(400, 1, |speaker, _| speaker % 10 == 0);
        assert!((low - 0.8706).abs() < 0.004 && (high - 0.9294).abs() < 0.004, "{low} {high}");
    }

    #[test]
    fn it_is_wide_where_single_speakers_have_all_the_errors() {
        let spread = interval(40, 10, |speaker, clip| (speaker + clip) % 10 == 0);
        let gathered = interval(40, 10, |speaker, _| speaker % 10 == 0);
        assert_eq!(spread, Interval { low: 0.9, high: 0.9 }, "every speaker is alike");
        // As 40 clips would have: 0.9 ± 1.96 · sqrt(0.9 · 0.1 / 40).
        assert!((gathered.high - gathered.low - 0.186).abs() < 0.03, "{gathered:?}");
    }

    #[test]
    fn a_seed_repeats_it_and_one_speaker_has_none() {
        let wrong = |speaker: usize, clip: usize| speaker * clip % 7 == 3;
        assert_eq!(interval(30, 9, wrong), interval(30, 9, wrong));
        assert_eq!(over_speakers([("ann", true), ("ann", false)], 1), None);
    }
}
