//! How far a figure may be from that of other speakers, or of other recordings.

use std::collections::BTreeMap;

use polyspot::manifest::Interval;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Samples drawn: enough for the ends of a 95 % interval to stand still in the first three digits.
const DRAWS: usize = 4_000;

/// A 95 % interval of a share of trials, by drawing speakers with replacement ([`of_ratio`]). A speaker's clips are alike, so that
/// an interval over single clips would be too narrow. `None` with fewer than two speakers.
///
/// `outcomes` are each clip's speaker and whether it counts. The same seed gives the same interval.
pub(crate) fn over_speakers<S: Ord>(
    outcomes: impl IntoIterator<Item = (S, bool)>,
    seed: u64,
) -> Option<Interval> {
    let mut by_speaker: BTreeMap<S, (f64, f64)> = BTreeMap::new();
    for (speaker, counts) in outcomes {
        let (events, clips) = by_speaker.entry(speaker).or_default();
        *events += f64::from(u8::from(counts));
        *clips += 1.0;
    }
    of_ratio(&by_speaker.into_values().collect::<Vec<_>>(), seed)
}

/// A 95 % interval of the ratio of two sums over clusters, by drawing clusters with replacement (cluster bootstrap, percentile
/// method: Efron and Tibshirani 1993, chapters 6 and 13). `None` with fewer than two clusters.
///
/// The second number of each cluster is > 0.
pub(crate) fn of_ratio(clusters: &[(f64, f64)], seed: u64) -> Option<Interval> {
    if clusters.len() < 2 {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(seed);
    let mut ratios: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let (mut events, mut of) = (0.0, 0.0);
            for _ in 0..clusters.len() {
                let (e, o) = clusters[rng.random_range(0..clusters.len())];
                (events, of) = (events + e, of + o);
            }
            events / of
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    Some(Interval { low: ratios[DRAWS / 40], high: ratios[DRAWS - 1 - DRAWS / 40] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clips of speakers: how many each has, and which of all are wrong.
    fn interval(speakers: usize, clips: usize, is_wrong: impl Fn(usize, usize) -> bool) -> Interval {
        let outcomes = (0..speakers).flat_map(|s| (0..clips).map(move |c| (s, c)));
        over_speakers(outcomes.map(|(s, c)| (s, !is_wrong(s, c))), 1).unwrap()
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

    #[test]
    fn of_events_in_time_it_is_that_of_their_rate() {
        // 400 recordings of 36 s with one event in every tenth: 10 per hour; a Poisson count of 40 has a deviation of sqrt(40 · 0.9).
        let recordings: Vec<(f64, f64)> =
            (0..400).map(|n| (f64::from(u8::from(n % 10 == 0)), 0.01)).collect();
        let Interval { low, high } = of_ratio(&recordings, 1).unwrap();
        assert!((low - 7.06).abs() < 0.4 && (high - 12.94).abs() < 0.4, "{low} {high}");
    }
}
