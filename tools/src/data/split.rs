//! What a clip is for, and how speakers are divided.

use std::fmt;

use sha2::{Digest, Sha256};

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

    /// The split of a speaker where the data set gives none: 80, 10 and 10 % of all speakers, by a hash of the
    /// name, so that a speaker stays where they are whoever else is added.
    pub(crate) fn of_speaker(speaker: &str) -> Self {
        let [.., high, low] = <[u8; 32]>::from(Sha256::digest(speaker));
        match u16::from_be_bytes([high, low]) % 100 {
            0..80 => Self::Train,
            80..90 => Self::Dev,
            _ => Self::Test,
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_divide_80_10_10_and_stay_where_they_are() {
        let mut counts = [0; 3];
        for speaker in 0..10_000 {
            counts[Split::of_speaker(&speaker.to_string()) as usize] += 1;
        }
        for (count, expected) in counts.into_iter().zip([8_000, 1_000, 1_000]) {
            assert!((expected - 150..=expected + 150).contains(&count), "{counts:?}");
        }
        // Another division would let speakers of old models' training into new ones' judging.
        let splits = ["004ae714", "0137b3f4", "z22", "07"].map(Split::of_speaker);
        assert_eq!(splits, [Split::Train; 4]);
    }
}
