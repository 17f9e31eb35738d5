//! Where a word is in its clip.

/// Samples in which loudness is measured, at 16 kHz: 10 ms.
const BLOCK: usize = 160;
/// A word reaches from the first to the last block within so many decibels of its loudest.
const RANGE_DB: f32 = 30.0;
/// Where the clip's own noise is loud, the word reaches at least as far as it is within so many.
const LEAST_RANGE_DB: f32 = 15.0;
/// What is no louder than this above the clip's own noise is not the word.
const ABOVE_NOISE_DB: f32 = 8.0;

/// A word's place in its clip, in samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Extent {
    /// The extent of the loudest thing in a clip; the whole clip where it has no loudness.
    pub(crate) fn of(clip: &[i16]) -> Self {
        let level = |block: &[i16]| {
            let energy: f32 = block.iter().map(|&s| f32::from(s) * f32::from(s)).sum();
            10.0 * (energy / block.len() as f32).max(1.0).log10()
        };
        let levels: Vec<f32> = clip.chunks(BLOCK).map(level).collect();
        let mut sorted = levels.clone();
        sorted.sort_by(f32::total_cmp);
        let (Some(&loudest), Some(&noise)) = (sorted.last(), sorted.get(sorted.len() / 10)) else {
            return Self { start: 0, end: 0 };
        };
        // Where the noise comes near the word there is no telling them apart by level alone.
        let floor = (loudest - RANGE_DB).max((noise + ABOVE_NOISE_DB).min(loudest - LEAST_RANGE_DB));
        let first = levels.iter().position(|&level| level >= floor).unwrap_or(0);
        let last = levels.iter().rposition(|&level| level >= floor).map_or(0, |last| last + 1);
        Self { start: first * BLOCK, end: (last * BLOCK).min(clip.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alternating samples of these levels, 100 ms each.
    fn clip(levels: &[i16]) -> Vec<i16> {
        levels
            .iter()
            .flat_map(|&level| (0..1_600).map(move |i| if i % 2 == 0 { level } else { -level }))
            .collect()
    }

    #[test]
    fn a_word_reaches_as_far_as_it_is_within_30_db_of_its_loudest() {
        // 1,000 is 20 dB below 10,000, and 100 is 40 dB below.
        let found = Extent::of(&clip(&[10, 100, 10_000, 10_000, 1_000, 100, 10, 10]));
        assert_eq!(found, Extent { start: 3_200, end: 8_000 });
    }

    #[test]
    fn noise_around_a_word_is_not_the_word() {
        // The noise is 26 dB below the word, within the 30.
        let found = Extent::of(&clip(&[500, 500, 10_000, 10_000, 500, 500]));
        assert_eq!(found, Extent { start: 3_200, end: 6_400 });
    }

    #[test]
    fn silence_is_as_long_as_its_clip() {
        assert_eq!(Extent::of(&[0; 400]), Extent { start: 0, end: 400 });
        assert_eq!(Extent::of(&[]), Extent { start: 0, end: 0 });
    }
}
