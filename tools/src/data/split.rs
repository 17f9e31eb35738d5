//! What a clip is for, and how speakers are divided.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use sha2::{Digest, Sha256};

use super::Clip;

/// What a clip is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Split {
    /// Fitting weights.
    Train,
    /// Choosing among fits.
    Dev,
    /// Judging the choice.
    Test,
}

impl Split {
    pub(crate) const ALL: [Self; 3] = [Self::Train, Self::Dev, Self::Test];

    /// The split's name, as in folders and files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Divides clips by speaker where the data set does not: about 80, 10 and 10 % of the speakers, by a hash of
/// their names, so that they stay where they are whoever is added.
///
/// Of few speakers that may leave a split without any. Then one is moved there, `train` before `dev` before
/// `test`, and may move back when others are added.
pub(super) fn divide(clips: &mut [Clip]) {
    let speakers: BTreeSet<_> = clips.iter().map(|clip| (percentile(&clip.speaker), &clip.speaker)).collect();
    let mut divided: Vec<_> = speakers
        .into_iter()
        .map(|(percentile, speaker)| {
            let split = match percentile {
                0..80 => Split::Train,
                80..90 => Split::Dev,
                _ => Split::Test,
            };
            (speaker.clone(), split)
        })
        .collect();
    for empty in Split::ALL {
        let count = |wanted| divided.iter().filter(|(_, split)| *split == wanted).count();
        let can_spare = Split::ALL.map(|split| split > empty || count(split) > 1);
        if count(empty) == 0
            && let Some((_, split)) = divided.iter_mut().rfind(|(_, split)| can_spare[*split as usize])
        {
            *split = empty;
        }
    }
    let splits: HashMap<String, Split> = divided.into_iter().collect();
    for clip in clips {
        clip.split = splits[&clip.speaker];
    }
}

fn percentile(speaker: &str) -> u16 {
    let [.., high, low] = <[u8; 32]>::from(Sha256::digest(speaker));
    u16::from_be_bytes([high, low]) % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The splits of speakers, each with one clip.
    fn divided(speakers: &[&str]) -> Vec<Split> {
        let clip = |speaker: &&str| Clip {
            path: "".into(),
            word: String::new(),
            speaker: (*speaker).into(),
            split: Split::Train,
        };
        let mut clips: Vec<Clip> = speakers.iter().map(clip).collect();
        divide(&mut clips);
        clips.iter().map(|clip| clip.split).collect()
    }

    #[test]
    fn many_speakers_divide_80_10_10() {
        let names: Vec<String> = (0..10_000).map(|n: u32| n.to_string()).collect();
        let splits = divided(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for (split, expected) in Split::ALL.into_iter().zip([8_000, 1_000, 1_000_usize]) {
            let count = splits.iter().filter(|found| **found == split).count();
            assert!(count.abs_diff(expected) < 150, "{count} in {split}");
        }
    }

    #[test]
    fn a_speaker_stays() {
        // Another division would let speakers of old models' training into new ones' judging.
        let splits = divided(&["004ae714", "0137b3f4", "030ec18b", "z22", "07"]);
        assert_eq!(splits, [Split::Train, Split::Dev, Split::Test, Split::Train, Split::Train]);
    }

    #[test]
    fn few_speakers_leave_no_split_empty_that_they_can_fill() {
        let names: Vec<String> = (0..300).map(|n: u32| n.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for few in 1..6 {
            for speakers in names.windows(few) {
                let found: BTreeSet<Split> = divided(speakers).into_iter().collect();
                assert!(found.into_iter().eq(Split::ALL.into_iter().take(few)), "{speakers:?}");
            }
        }
    }
}
