//! Which pieces go into a bank: all that are hard, and a known share of the others.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// A piece that may be chosen.
pub(super) struct Candidate<'a> {
    pub(super) source: &'a str,
    /// How near a keyword comes to being falsely detected in it.
    pub(super) hardness: f32,
}

/// Share of the pieces that are in for being hard.
const HARD_SHARE: f64 = 0.6;

/// The indices of about `count` pieces with how many each stands for, in order. Of the pieces of a source that are not hard each of those
/// chosen stands for the same number.
pub(super) fn choose(candidates: &[Candidate<'_>], count: usize, seed: u64) -> Vec<(usize, u64)> {
    let mut hardest: Vec<usize> = (0..candidates.len()).collect();
    hardest.sort_by(|&a, &b| candidates[b].hardness.total_cmp(&candidates[a].hardness));
    let hard = ((count as f64 * HARD_SHARE) as usize).min(candidates.len());
    let others = candidates.len() - hard;
    let each = others.div_ceil((count - hard.min(count)).max(1)).max(1);
    let mut rng = StdRng::seed_from_u64(seed);
    let mut by_source: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &index in &hardest[hard..] {
        by_source.entry(candidates[index].source).or_default().push(index);
    }
    let mut chosen: Vec<(usize, u64)> = hardest[..hard].iter().map(|&index| (index, 1)).collect();
    for mut indices in by_source.into_values() {
        indices.shuffle(&mut rng);
        // The last of a source stands for what is left of it.
        chosen.extend(indices.chunks(each).map(|part| (part[0], part.len() as u64)));
    }
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hardest_are_in_and_the_others_are_stood_for() {
        let sources: Vec<&str> = (0..100).map(|i| ["a", "b", "c"][i % 3]).collect();
        let candidates: Vec<Candidate<'_>> = sources
            .iter()
            .enumerate()
            .map(|(i, source)| Candidate { source, hardness: ((i * 37) % 100) as f32 })
            .collect();
        let chosen = choose(&candidates, 20, 1);
        assert!((20..=23).contains(&chosen.len()), "{} pieces", chosen.len());
        assert_eq!(chosen.iter().map(|(_, stands_for)| stands_for).sum::<u64>(), 100);
        for source in ["a", "b", "c"] {
            let of = chosen.iter().filter(|(index, _)| candidates[*index].source == source);
            let all = sources.iter().filter(|other| **other == source).count() as u64;
            assert_eq!(of.map(|(_, stands_for)| stands_for).sum::<u64>(), all, "{source}");
        }
        let hardest = |index: usize| candidates[index].hardness >= 88.0;
        assert_eq!(chosen.iter().filter(|(index, one)| hardest(*index) && *one == 1).count(), 12);
    }

    #[test]
    fn fewer_than_wanted_are_all_in() {
        let candidates: Vec<Candidate<'_>> =
            (0..5).map(|i| Candidate { source: "a", hardness: i as f32 }).collect();
        assert_eq!(choose(&candidates, 50, 1), (0..5).map(|i| (i, 1)).collect::<Vec<_>>());
        assert!(choose(&[], 50, 1).is_empty());
    }
}
