//! The classes of each language's head, and how they fold into a model's labels.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use polyspot::Manifest;
use polyspot::manifest::{Label, LabelKind};
use serde::{Deserialize, Serialize};

use crate::network::HeadShape;

/// Name of the filler class.
pub(crate) const UNKNOWN: &str = "unknown";
/// Name of the class without speech.
pub(crate) const SILENCE: &str = "silence";

/// The keywords of each language that has other words beside them: with these, recordings are read in the order of a base's classes.
pub(crate) fn keywords_of(known: &[Vocabulary]) -> BTreeMap<String, Vec<String>> {
    let some = known.iter().filter(|v| v.keywords < v.words.len());
    some.map(|v| (v.language.clone(), v.words[..v.keywords].to_vec())).collect()
}

/// The classes of one language: every word it was trained on, then unknown, then silence.
///
/// A word that is no keyword keeps a class of its own, because telling words apart teaches the network more
/// than lumping them together; when a model is written, such words are folded into "unknown".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vocabulary {
    /// BCP 47 tag.
    pub(crate) language: String,
    /// All words, keywords first.
    pub(crate) words: Vec<String>,
    /// How many of the words are keywords.
    pub(crate) keywords: usize,
}

impl Vocabulary {
    /// # Errors
    /// When there are more keywords than words, or too many words.
    pub(crate) fn check(&self) -> Result<()> {
        let (words, keywords, language) = (self.words.len(), self.keywords, &self.language);
        ensure!(
            keywords <= words,
            "{language:?} has {words} words, expected at least its {keywords} keywords"
        );
        let most = Manifest::MAX_LABELS;
        ensure!(
            self.classes() <= most,
            "{language:?} has {words} words, expected at most {most} with fillers"
        );
        Ok(())
    }

    pub(crate) fn classes(&self) -> usize {
        self.words.len() + 2
    }

    /// The head that judges its classes.
    pub(crate) fn head(&self) -> HeadShape {
        (self.language.clone(), self.classes())
    }

    pub(crate) fn unknown(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn silence(&self) -> usize {
        self.words.len() + 1
    }

    pub(crate) fn class_of(&self, word: &str) -> Option<usize> {
        self.words.iter().position(|w| w == word)
    }

    /// Number of labels of a model: keywords, unknown, silence.
    pub(crate) fn labels(&self) -> usize {
        self.keywords + 2
    }

    /// The label that a class folds into.
    pub(crate) fn label_of(&self, class: usize) -> usize {
        if class < self.keywords {
            class
        } else if class == self.silence() {
            self.keywords + 1
        } else {
            self.keywords
        }
    }

    /// Folds class probabilities into label probabilities.
    pub(crate) fn fold(&self, probabilities: &[f32]) -> Vec<f32> {
        let mut folded = vec![0.0; self.labels()];
        for (class, p) in probabilities.iter().enumerate() {
            folded[self.label_of(class)] += p;
        }
        folded
    }

    /// The labels of a model, all keywords at one threshold.
    pub(crate) fn manifest_labels(&self, threshold: f32) -> Vec<Label> {
        let label = |name: &str, kind, threshold| Label {
            name: name.to_owned(),
            kind,
            threshold,
            gloss: None,
            romanisation: None,
        };
        let keywords = self.words[..self.keywords].iter();
        keywords
            .map(|word| label(word, LabelKind::Keyword, Some(threshold)))
            .chain([label(UNKNOWN, LabelKind::Unknown, None), label(SILENCE, LabelKind::Silence, None)])
            .collect()
    }
}
