//! Which detection is of which word.

use polyspot::Detection;

use super::streams::Spoken;

/// A detection is of a word if it is placed no later than this after the word's end.
pub(crate) const LATEST_SECONDS: f64 = 0.5;

/// What became of a stream's words.
pub(super) struct Matched {
    /// For each word where the stream was when it was reported; `None` if it was missed.
    pub(super) reports: Vec<Option<u64>>,
    /// For each detection that is of no word the one it came after: of another keyword, or one too many.
    pub(super) wrong: Vec<usize>,
}

/// Gives each detection to a word: of those of its own keyword that were not heard before, and from whose start to half a second after
/// whose end it is placed, the first. A detection is placed at the end of the audio that it is about.
///
/// `detections` come with where they were reported; `number` gives a detection's keyword.
pub(super) fn matched(
    words: &[Spoken],
    detections: &[(Detection, u64)],
    sample_rate_hz: u32,
    number: impl Fn(&Detection) -> Option<usize>,
) -> Matched {
    let latest = (LATEST_SECONDS * f64::from(sample_rate_hz)) as u64;
    let mut matched = Matched { reports: vec![None; words.len()], wrong: Vec::new() };
    for (detection, reported) in detections {
        let keyword = number(detection);
        let begun = words.partition_point(|word| word.start <= detection.end);
        let near = (0..begun).rev().take_while(|&index| detection.end <= words[index].end + latest);
        let own =
            near.filter(|&index| keyword == Some(words[index].keyword) && matched.reports[index].is_none());
        match own.last() {
            Some(index) => matched.reports[index] = Some(*reported),
            None => matched.wrong.push(begun.saturating_sub(1)),
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::streams::Half;

    /// Words of keywords 0, 1, 1 from 1 s to 2 s, 2.2 s to 3 s, 3.2 s to 4 s, at 1,000 samples a second.
    fn words() -> Vec<Spoken> {
        [(0, 1_000, 2_000), (1, 2_200, 3_000), (1, 3_200, 4_000)]
            .map(|(keyword, start, end)| Spoken { keyword, start, end, speaker: 0, half: Half::First })
            .into()
    }

    /// What becomes of detections of these keywords at these places, reported 100 samples later.
    fn outcome(detections: &[(usize, u64)]) -> (Vec<Option<u64>>, usize) {
        let detections: Vec<_> = detections
            .iter()
            .map(|&(keyword, end)| (Detection::new(["zero", "one"][keyword], "xx", 1.0, 0..end), end + 100))
            .collect();
        let number = |d: &Detection| ["zero", "one"].iter().position(|name| *name == &*d.keyword);
        let matched = matched(&words(), &detections, 1_000, number);
        (matched.reports, matched.wrong.len())
    }

    #[test]
    fn a_detection_counts_from_the_start_to_half_a_second_after_the_end() {
        assert_eq!(outcome(&[(0, 999)]), (vec![None, None, None], 1));
        assert_eq!(outcome(&[(0, 1_000)]), (vec![Some(1_100), None, None], 0));
        assert_eq!(outcome(&[(0, 2_500)]), (vec![Some(2_600), None, None], 0), "while the next is said");
        assert_eq!(outcome(&[(0, 2_501)]), (vec![None, None, None], 1));
        assert_eq!(outcome(&[(1, 9_000)]), (vec![None, None, None], 1));
    }

    #[test]
    fn it_counts_once_and_for_its_own_keyword() {
        assert_eq!(outcome(&[(0, 1_500), (0, 1_800)]), (vec![Some(1_600), None, None], 1));
        assert_eq!(outcome(&[(1, 1_500)]), (vec![None, None, None], 1));
        // Of two words that it may be, the first that was not heard.
        assert_eq!(outcome(&[(1, 3_300)]), (vec![None, Some(3_400), None], 0));
        assert_eq!(outcome(&[(1, 2_900), (1, 3_300)]), (vec![None, Some(3_000), Some(3_400)], 0));
    }
}
