//! Which of several languages is being spoken.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::posterior::Posterior;
use super::spec::{LabelKind, StreamSpec};
use crate::float;

/// Time in which evidence loses half its weight, in seconds.
const HALF_LIFE_S: f32 = 8.0;
/// Added to both probabilities of a ratio: no single step is worth more than `ln(1.05 / 0.05)`, about 3.
const DOUBT: f32 = 0.05;
/// Evidence for one language alone goes no further up or down, and among several none is further than twice this from another, so that
/// two or three words turn it.
const MOST_EVIDENCE: f32 = 4.0;

/// Identifies the language being spoken, from the posteriors of models that listen at once.
///
/// Each language gathers evidence of its own, in nats. With the probability `k` of a posterior's likeliest keyword and `u` of
/// unknown words, `Δ` the time from one posterior to the next, `H` = 8 s, and `W` the time that a word shows in posteriors: the detector's smoothing where
/// `k` > `u`, since a keyword is heard at its end only, and else the model's window, since an unknown word is one all along:
///
/// `E ← 2^(-Δ/H) · E + (Δ/W) · max(k, u) · ln((k + 0.05) / (u + 0.05))`, kept within ±4 for one language, and among several within 8 of
/// every other: a word is unknown to all of them for as long as their windows hold it after its end.
///
/// The likeliest and not their sum: in silence dozens of keywords have a little each, and none is spoken.
///
/// So a word counts once, however many posteriors it is in; it counts for the languages that know it and against those that
/// hear an unknown word; silence counts for none, and what was heard is forgotten. The score of a language is its share,
/// `exp E / Σ exp E`: before anything is heard all are equal.
#[derive(Debug)]
pub struct LanguageIdentifier {
    languages: Vec<Language>,
}

#[derive(Debug)]
struct Language {
    /// Of each label.
    kinds: Box<[LabelKind]>,
    /// Δ/W of a keyword, and of an unknown word.
    shares: (f32, f32),
    /// 2^(-Δ/H).
    kept: f32,
    evidence: f32,
}

impl LanguageIdentifier {
    /// Identification among the languages of these models, in this order.
    pub fn new<'a>(specs: impl IntoIterator<Item = &'a StreamSpec>) -> Self {
        let language = |spec: &StreamSpec| {
            let step_s = spec.step_samples() as f32 / spec.front_end.sample_rate_hz as f32;
            Language {
                kinds: spec.labels.iter().map(|label| label.kind).collect(),
                shares: (
                    1.0 / spec.detector.smoothing_steps as f32,
                    spec.step_samples() as f32 / spec.window_samples() as f32,
                ),
                kept: float::exp2(-step_s / HALF_LIFE_S),
                evidence: 0.0,
            }
        };
        Self { languages: specs.into_iter().map(language).collect() }
    }

    /// Takes the next posterior of the model that it names.
    ///
    /// # Panics
    /// If `posterior.model` >= the number of languages.
    pub fn push(&mut self, posterior: &Posterior<'_>) {
        let language = &mut self.languages[posterior.model];
        let [mut keyword, mut unknown] = [0.0f32; 2];
        for (kind, &probability) in language.kinds.iter().zip(posterior.probabilities) {
            match kind {
                LabelKind::Keyword => keyword = keyword.max(probability),
                LabelKind::Unknown => unknown += probability,
                LabelKind::Silence => {}
            }
        }
        let heard = keyword.max(unknown) * float::ln((keyword + DOUBT) / (unknown + DOUBT));
        let share = if keyword > unknown { language.shares.0 } else { language.shares.1 };
        let evidence = language.kept * language.evidence + share * heard;
        let (lowest, highest) = self.range(posterior.model);
        self.languages[posterior.model].evidence = evidence.max(lowest).min(highest);
    }

    /// Between what the evidence for a language is kept.
    fn range(&self, of: usize) -> (f32, f32) {
        let others =
            self.evidence().enumerate().filter(|(index, _)| *index != of).map(|(_, evidence)| evidence);
        match (others.clone().reduce(f32::max), others.reduce(f32::min)) {
            (Some(most), Some(least)) => (most - 2.0 * MOST_EVIDENCE, least + 2.0 * MOST_EVIDENCE),
            _ => (-MOST_EVIDENCE, MOST_EVIDENCE),
        }
    }

    /// The evidence for each language: above 0 if it knows more of what was heard than not.
    pub fn evidence(&self) -> impl Iterator<Item = f32> + Clone {
        self.languages.iter().map(|language| language.evidence)
    }

    /// The score of each language, in 0..=1, summing to 1.
    pub fn scores(&self) -> impl Iterator<Item = f32> {
        let sum: f32 = self.evidence().map(float::exp).sum();
        self.evidence().map(move |evidence| float::exp(evidence) / sum)
    }

    /// Forgets everything heard.
    pub fn reset(&mut self) {
        self.languages.iter_mut().for_each(|language| language.evidence = 0.0);
    }
}
