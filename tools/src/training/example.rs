//! One window of a training step, and what is to be learnt from it.

use std::ops::Range;

/// A window of features.
pub(crate) struct Example {
    /// `[T, coefficients]`.
    pub(crate) frames: Vec<f32>,
    pub(crate) lesson: Lesson,
}

/// What a window teaches.
pub(crate) enum Lesson {
    /// To hear words, and nothing where there are none.
    Hear {
        /// Index of the language whose head is judged.
        language: usize,
        words: Vec<Word>,
        /// What is heard besides them.
        besides: Besides,
    },
    /// To describe sound as a teacher does.
    Imitate {
        /// Steps of the network that have a description.
        steps: Range<usize>,
        /// `[steps, dimensions]`: the teacher's, each dimension with mean 0 and deviation 1.
        description: Vec<f32>,
    },
}

/// What a window holds besides words that are to be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Besides {
    /// Pauses, mostly.
    Anything,
    /// Somebody or something that speaks, at least where it is most like a keyword: an unknown word.
    Speech,
    /// Nobody who speaks.
    Silence,
}

/// A word in a window, in steps of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Class in the language's vocabulary; none for a word that is not whole in the window, which is not judged.
    pub(crate) class: Option<usize>,
    /// From its first step to the last in which it may be reported: nothing else is in there.
    pub(crate) spoken: Range<usize>,
    /// Steps in which it is to be reported, now or then: around its end.
    pub(crate) reported: Range<usize>,
}

impl Lesson {
    /// The language whose head is judged.
    pub(crate) fn language(&self) -> Option<usize> {
        match self {
            Self::Hear { language, .. } => Some(*language),
            Self::Imitate { .. } => None,
        }
    }
}
