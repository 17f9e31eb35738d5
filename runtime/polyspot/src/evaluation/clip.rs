//! What a recording of one word is, as a whole: the one definition for `score --clips` and for every accuracy.

use std::sync::Arc;

use polyspot_core::Spotter;
use polyspot_core::stream::{EngineError, Posterior};

use crate::model::Model;

/// Gives a clip, that is a short recording of one word or of none, one posterior.
///
/// The clip is played as a stream, with a little silence after it ([`Spotter::flush`]). Among the steps of its smoothed posteriors
/// the one with the highest posterior of any keyword represents the clip: a clip is its most keyword-like moment.
///
/// A stream holds a keyword now and then, a clip is asked which word it is: keywords are taken to be [`KEYWORD_ODDS`](Self::KEYWORD_ODDS)
/// times as likely as in a stream. No threshold is applied; the clip's label is [the most probable one](Posterior::best). Memory does
/// not grow with the length of the clip.
#[derive(Debug)]
pub struct ClipClassifier {
    spotter: Spotter<Model>,
    /// Samples of the clip so far.
    samples: u64,
    representative: Representative,
}

/// The step that represents the clip, so far.
#[derive(Debug)]
struct Representative {
    /// Outputs of the network that are keywords.
    keywords: Vec<usize>,
    probabilities: Vec<f32>,
    keyword_score: f32,
    end: u64,
}

impl ClipClassifier {
    /// How much likelier a keyword is in a clip than in a step of a stream: e².
    pub const KEYWORD_ODDS: f32 = 7.389_056;

    /// Prepares for the first clip.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn new(model: &Arc<Model>) -> Result<Self, EngineError> {
        let manifest = model.manifest();
        Ok(Self {
            spotter: Spotter::new(Arc::clone(model))?,
            samples: 0,
            representative: Representative {
                keywords: manifest.keywords().map(|(output, _)| output).collect(),
                probabilities: vec![0.0; manifest.labels.len()],
                keyword_score: f32::NEG_INFINITY,
                end: 0,
            },
        })
    }

    /// Takes the next samples of the clip (mono, at the model's rate, full scale ±1), any number of them.
    ///
    /// # Errors
    /// When the engine fails; the classifier is then to be [`reset`](Self::reset).
    pub fn push(&mut self, samples: &[f32]) -> Result<(), EngineError> {
        self.samples += samples.len() as u64;
        let Self { spotter, representative, .. } = self;
        spotter.push_observed(samples, |posterior| representative.consider(&posterior))?;
        Ok(())
    }

    /// Ends the clip, gives its posterior and prepares for the next clip.
    ///
    /// The posterior's [`end`](Posterior::end) counts from the start of the clip and is never beyond its end.
    ///
    /// # Errors
    /// When the engine fails; the classifier is then to be [`reset`](Self::reset).
    pub fn finish(&mut self) -> Result<Posterior<'_>, EngineError> {
        let Self { spotter, representative, .. } = self;
        spotter.flush_observed(|posterior| representative.consider(&posterior))?;
        let end = self.representative.end.min(self.samples);
        self.representative.take_for_a_clip();
        self.forget();
        Ok(Posterior::new(&self.representative.probabilities, end))
    }

    /// The posterior of a whole clip.
    ///
    /// # Errors
    /// When the engine fails; the classifier is then to be [`reset`](Self::reset).
    pub fn classify(&mut self, clip: &[f32]) -> Result<Posterior<'_>, EngineError> {
        self.push(clip)?;
        self.finish()
    }

    /// Drops the clip that was begun.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn reset(&mut self) -> Result<(), EngineError> {
        self.forget();
        self.spotter.reset()
    }

    fn forget(&mut self) {
        self.samples = 0;
        self.representative.keyword_score = f32::NEG_INFINITY;
    }
}

impl Representative {
    /// Makes its posterior that of a clip.
    fn take_for_a_clip(&mut self) {
        for &keyword in &self.keywords {
            self.probabilities[keyword] *= ClipClassifier::KEYWORD_ODDS;
        }
        let sum: f32 = self.probabilities.iter().sum();
        self.probabilities.iter_mut().for_each(|p| *p /= sum.max(f32::MIN_POSITIVE));
    }

    /// Chooses a step if none before it is more like a keyword.
    fn consider(&mut self, posterior: &Posterior<'_>) {
        let score = self.keywords.iter().map(|&k| posterior.probabilities[k]).fold(0.0, f32::max);
        if score > self.keyword_score {
            self.probabilities.copy_from_slice(posterior.probabilities);
            self.keyword_score = score;
            self.end = posterior.end;
        }
    }
}
