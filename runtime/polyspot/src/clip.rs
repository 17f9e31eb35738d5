//! What a recording of one word is, as a whole: the one definition for `score --clips` and for every accuracy.

use std::sync::Arc;

use crate::engine::EngineError;
use crate::model::Model;
use crate::posterior::{Posterior, PosteriorStream};

/// Gives a clip, that is a short recording of one word or of none, one posterior.
///
/// - A clip no longer than the model's window is laid in the middle of one window, with digital silence around
///   it; its posterior is the one of the window's last step.
/// - A longer clip is played as a stream, from its first sample to its last. Among the steps whose window lies
///   inside the clip, the one with the highest posterior of any keyword speaks for the clip: a clip is its most
///   keyword-like moment.
///
/// No posterior is smoothed and no threshold applied; the clip's label is
/// [the most probable one](Posterior::best). Memory does not grow with the length of the clip.
pub struct ClipClassifier {
    stream: PosteriorStream,
    window_samples: usize,
    /// Samples of the clip so far.
    samples: u64,
    /// The clip so far, as long as it is no longer than a window.
    short: Vec<f32>,
    spokesman: Spokesman,
}

/// Finds the step that speaks for the clip.
struct Spokesman {
    /// Outputs of the network that are keywords.
    keywords: Vec<usize>,
    /// Steps in a clip of one window: the last of them is the first whose window lies inside the clip.
    window_steps: u64,
    /// Steps of the clip so far.
    steps: u64,
    /// The posterior of the step chosen so far, with its highest one of any keyword.
    probabilities: Vec<f32>,
    keyword_score: f32,
    end: u64,
}

impl ClipClassifier {
    /// Prepares for the first clip.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn new(model: &Arc<Model>) -> Result<Self, EngineError> {
        let manifest = model.manifest();
        let window_samples = manifest.window_samples();
        Ok(Self {
            stream: PosteriorStream::new(model)?,
            window_samples,
            samples: 0,
            short: Vec::with_capacity(window_samples),
            spokesman: Spokesman {
                keywords: manifest.keywords().map(|(output, _)| output).collect(),
                window_steps: (manifest.network.window_frames / manifest.network.stride_frames) as u64,
                steps: 0,
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
        let was_short = self.samples <= self.window_samples as u64;
        self.samples += samples.len() as u64;
        if self.samples <= self.window_samples as u64 {
            self.short.extend_from_slice(samples);
            return Ok(());
        }
        if was_short {
            let short = std::mem::take(&mut self.short);
            self.play(&short)?;
            self.short = short;
        }
        self.play(samples)
    }

    /// Ends the clip, gives its posterior and prepares for the next clip.
    ///
    /// The posterior's [`end`](Posterior::end) counts from the start of the clip and is never beyond its end.
    ///
    /// # Errors
    /// When the engine fails; the classifier is then to be [`reset`](Self::reset).
    pub fn finish(&mut self) -> Result<Posterior<'_>, EngineError> {
        let mut lead = 0;
        if self.samples <= self.window_samples as u64 {
            lead = (self.window_samples - self.short.len()) / 2;
            let mut window = vec![0.0; self.window_samples];
            window[lead..lead + self.short.len()].copy_from_slice(&self.short);
            self.play(&window)?;
        }
        let spokesman = &mut self.spokesman;
        self.stream.flush(|posterior| spokesman.consider(&posterior))?;
        let end = spokesman.end.saturating_sub(lead as u64).min(self.samples);
        self.forget();
        Ok(Posterior { probabilities: &self.spokesman.probabilities, end, model: 0 })
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
        self.stream.reset()
    }

    fn forget(&mut self) {
        self.short.clear();
        self.samples = 0;
        self.spokesman.steps = 0;
        self.spokesman.keyword_score = f32::NEG_INFINITY;
    }

    fn play(&mut self, samples: &[f32]) -> Result<(), EngineError> {
        let spokesman = &mut self.spokesman;
        self.stream.push(samples, |posterior| spokesman.consider(&posterior))
    }
}

impl Spokesman {
    /// Counts a step, and chooses it if its window lies inside the clip and no step before is more like a keyword.
    fn consider(&mut self, posterior: &Posterior<'_>) {
        self.steps += 1;
        if self.steps < self.window_steps {
            return;
        }
        let score = self.keywords.iter().map(|&k| posterior.probabilities[k]).fold(0.0, f32::max);
        if score > self.keyword_score {
            self.probabilities.copy_from_slice(posterior.probabilities);
            self.keyword_score = score;
            self.end = posterior.end;
        }
    }
}
