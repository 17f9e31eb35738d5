//! What a clip is for, and how speakers are divided.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};
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

    /// The split that a folder of this name holds, as data sets call it.
    pub(super) fn of_folder(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "train" | "training" => Some(Self::Train),
            "dev" | "val" | "valid" | "validation" => Some(Self::Dev),
            "test" | "testing" => Some(Self::Test),
            _ => None,
        }
    }

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

/// What keeps the splits of a data set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SplitBy {
    /// Nobody is in two splits: figures on one split speak of voices that the others have not heard.
    Speaker,
    /// The same few people are in several: figures say nothing of other voices.
    Recording,
}

/// With fewer speakers than this, each is needed for training, and they are no sample of a language.
pub(crate) const FEWEST_SPEAKERS: usize = 5;

/// Divides clips where the data set does not: by speaker or, of few speakers, by recording.
pub(super) fn divide(clips: &mut [Clip]) -> SplitBy {
    let speakers: BTreeSet<&str> = clips.iter().map(|clip| clip.speaker.as_str()).collect();
    if speakers.len() < FEWEST_SPEAKERS {
        divide_by_recording(clips);
        SplitBy::Recording
    } else {
        divide_by_speaker(clips);
        SplitBy::Speaker
    }
}

/// Divides clips of data that is brought in, once and for all: about 80, 10 and 10 % of the clips, nobody in two splits; of few speakers
/// by recording.
///
/// Some people may have made most of the recordings: a share of the people would be any share of the clips. In the order of their
/// names' hashes, speakers who are not too much for it are put into `dev`, then into `test`, until each has its share, or a third of
/// the speakers.
pub(super) fn divide_by_clips(clips: &mut [Clip]) -> SplitBy {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for clip in clips.iter() {
        *counts.entry(&clip.speaker).or_default() += 1;
    }
    if counts.len() < FEWEST_SPEAKERS {
        divide_by_recording(clips);
        return SplitBy::Recording;
    }
    let most_speakers = counts.len() / 3;
    let mut waiting: Vec<(String, usize)> =
        counts.into_iter().map(|(speaker, clips)| (speaker.to_owned(), clips)).collect();
    waiting.sort_by_key(|(speaker, _)| <[u8; 32]>::from(Sha256::digest(speaker)));
    let share = clips.len() as f64 / 10.0;
    let mut splits: HashMap<String, Split> = HashMap::new();
    for split in [Split::Dev, Split::Test] {
        let (mut taken, mut speakers) = (0.0, 0);
        waiting.retain(|(speaker, clips)| {
            let clips = *clips as f64;
            let fits = taken < share && speakers < most_speakers && taken + clips <= 1.25 * share;
            if fits {
                (taken, speakers) = (taken + clips, speakers + 1);
                splits.insert(speaker.clone(), split);
            }
            !fits
        });
        if speakers == 0
            && let Some(least) = (0..waiting.len()).min_by_key(|&index| waiting[index].1)
        {
            splits.insert(waiting.remove(least).0, split);
        }
    }
    for clip in clips {
        clip.split = splits.get(&clip.speaker).copied().unwrap_or(Split::Train);
    }
    SplitBy::Speaker
}

/// Every fourth recording that a speaker made of a word is for judging; of three, one; of two, none.
fn divide_by_recording(clips: &mut [Clip]) {
    let mut takes: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (index, clip) in clips.iter().enumerate() {
        takes.entry((clip.word.clone(), clip.speaker.clone())).or_default().push(index);
    }
    for mut takes in takes.into_values() {
        takes.sort_by(|&a, &b| clips[a].path.cmp(&clips[b].path));
        let dev = if takes.len() == 3 { 1 } else { takes.len() / 4 };
        for (place, &take) in takes.iter().rev().enumerate() {
            clips[take].split = if place < dev { Split::Dev } else { Split::Train };
        }
    }
}

/// About 80, 10 and 10 % of the speakers, by a hash of their names, so that they stay where they are whoever is
/// added.
///
/// Of few speakers that may leave a split without any. Then one is moved there, `train` before `dev` before
/// `test`, and may move back when others are added.
fn divide_by_speaker(clips: &mut [Clip]) {
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
    fn of_one_speaker_some_recordings_are_kept_for_judging() {
        let clip = |word: &str, take: usize| Clip {
            path: format!("{word}/ann_{take}.wav").into(),
            word: word.into(),
            speaker: "ann".into(),
            split: Split::Test,
        };
        let mut clips: Vec<Clip> = [("two", 2), ("three", 3), ("five", 5), ("nine", 9)]
            .iter()
            .flat_map(|&(word, takes)| (0..takes).map(move |take| clip(word, take)))
            .collect();
        assert_eq!(divide(&mut clips), SplitBy::Recording);
        let dev = |word: &str| clips.iter().filter(|c| c.word == word && c.split == Split::Dev).count();
        assert_eq!(["two", "three", "five", "nine"].map(dev), [0, 1, 1, 2]);
        assert!(clips.iter().all(|clip| clip.split != Split::Test));
    }

    /// Clips in each split, and speakers in each, of speakers with so many clips.
    fn balanced(clips_of_speakers: &[usize]) -> ([usize; 3], [usize; 3]) {
        let mut clips: Vec<Clip> = clips_of_speakers
            .iter()
            .enumerate()
            .flat_map(|(speaker, &clips)| (0..clips).map(move |take| (speaker, take)))
            .map(|(speaker, take)| Clip {
                path: format!("yes/{speaker}_{take}.wav").into(),
                word: "yes".into(),
                speaker: format!("speaker {speaker}"),
                split: Split::Train,
            })
            .collect();
        assert_eq!(divide_by_clips(&mut clips), SplitBy::Speaker);
        let of = |split: Split| clips.iter().filter(move |clip| clip.split == split);
        let speakers = |split| of(split).map(|clip| clip.speaker.as_str()).collect::<BTreeSet<_>>().len();
        (Split::ALL.map(|split| of(split).count()), Split::ALL.map(speakers))
    }

    #[test]
    fn what_is_brought_in_is_balanced_by_clips() {
        assert_eq!(balanced(&[10; 100]), ([800, 100, 100], [80, 10, 10]));
        assert_eq!(balanced(&[7; 5]), ([21, 7, 7], [3, 1, 1]), "whoever is least, where all are too much");
        // One of ten people made half of the recordings, and stays in training.
        let uneven = [450, 50, 50, 50, 50, 50, 50, 50, 50, 50];
        assert_eq!(balanced(&uneven), ([700, 100, 100], [6, 2, 2]));
        let (clips, speakers) = balanced(&[940, 12, 12, 12, 12, 12]);
        assert_eq!((clips, speakers), ([952, 24, 24], [2, 2, 2]), "no more than a third of the people");
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
        for few in FEWEST_SPEAKERS..8 {
            for speakers in names.windows(few) {
                let found: BTreeSet<Split> = divided(speakers).into_iter().collect();
                assert!(found.into_iter().eq(Split::ALL), "{speakers:?}");
            }
        }
    }
}
