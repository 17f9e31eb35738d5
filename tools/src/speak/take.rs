//! A take as it came from a synthesiser, made a clip: trimmed, checked, at one level.

use std::fmt;

use crate::augment::Extent;

/// Kept before and after what is said, in samples at 16 kHz: 80 ms.
const AROUND: usize = 1_280;
/// A take that never exceeds this, of full scale 32,768, says nothing (-50 dB).
const QUIETEST_PEAK: u16 = 104;
/// As loud as nothing is that was not cut off at full scale, …
const FULL_SCALE: u16 = 32_700;
/// … in so many samples of a take.
const MOST_AT_FULL_SCALE: f32 = 0.005;
/// A take is between so many times as long as the middle one of its phrase: voices are slow, but not out of their minds.
const LENGTHS: std::ops::RangeInclusive<f32> = 0.4..=2.2;
/// The highest sample of a clip: a fifth of full scale, as of people at an arm's length. A model that has heard louder ones only
/// misses those who speak softly.
const PEAK: f32 = 6_554.0;

/// Why a take is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flaw {
    Silent,
    Clipped,
    /// Far shorter or longer than others of its phrase.
    Length,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => "silent",
            Self::Clipped => "clipped",
            Self::Length => "far too short or too long",
        })
    }
}

/// What is said in a take, with a little around it and at the level of all takes.
pub(super) fn trimmed(take: &[i16]) -> Result<Vec<i16>, Flaw> {
    let peak = take.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    if peak < QUIETEST_PEAK {
        return Err(Flaw::Silent);
    }
    let loud = take.iter().filter(|sample| sample.unsigned_abs() >= FULL_SCALE).count();
    if loud as f32 > MOST_AT_FULL_SCALE * take.len() as f32 {
        return Err(Flaw::Clipped);
    }
    let Extent { start, end } = Extent::of(take);
    let said = &take[start.saturating_sub(AROUND)..take.len().min(end + AROUND)];
    let gain = PEAK / f32::from(peak);
    Ok(said.iter().map(|&sample| (f32::from(sample) * gain).round() as i16).collect())
}

/// Which of a phrase's takes are as long as others of it are.
pub(super) fn have_usual_length(lengths: &[usize]) -> Vec<bool> {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let Some(&middle) = sorted.get(sorted.len() / 2) else { return Vec::new() };
    lengths.iter().map(|&length| LENGTHS.contains(&(length as f32 / middle as f32))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(level: i16, samples: usize) -> Vec<i16> {
        (0..samples).map(|i| if i % 2 == 0 { level } else { -level }).collect()
    }

    #[test]
    fn silence_around_a_word_goes_and_its_level_is_set() {
        let take = [tone(0, 16_000), tone(1_000, 8_000), tone(0, 16_000)].concat();
        let clip = trimmed(&take).unwrap();
        assert_eq!(clip.len(), 8_000 + 2 * AROUND);
        assert_eq!(clip.iter().max(), Some(&6_554));
    }

    #[test]
    fn what_says_nothing_or_is_cut_off_is_not_used() {
        assert_eq!(trimmed(&tone(0, 100)), Err(Flaw::Silent));
        assert_eq!(trimmed(&[]), Err(Flaw::Silent));
        assert_eq!(trimmed(&tone(32_767, 8_000)), Err(Flaw::Clipped));
        let one = [tone(10_000, 8_000), vec![32_767]].concat();
        assert!(trimmed(&one).is_ok(), "one sample at full scale is none that was cut off");
    }

    #[test]
    fn takes_are_compared_with_others_of_their_phrase() {
        assert_eq!(have_usual_length(&[100, 110, 90, 30, 300]), [true, true, true, false, false]);
        assert!(have_usual_length(&[]).is_empty());
    }
}
