//! All the mutable state of one stream of audio.

use std::sync::Arc;

use crate::detection::Detection;
use crate::detector::Detector;
use crate::engine::EngineError;
use crate::model::Model;
use crate::posterior::PosteriorStream;

/// Listens to one stream of audio with one model.
///
/// A stream may be cut into slices of any lengths: the detections are the same.
pub struct Spotter {
    model: Arc<Model>,
    stream: PosteriorStream,
    detector: Detector,
    /// Samples of the stream so far.
    heard: u64,
}

impl Spotter {
    /// Starts a stream.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn new(model: Arc<Model>) -> Result<Self, EngineError> {
        Ok(Self {
            stream: PosteriorStream::new(&model)?,
            detector: Detector::new(model.manifest()),
            heard: 0,
            model,
        })
    }

    /// The model listening.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Takes any number of samples (mono, at the model's rate, full scale ±1) and calls `on_detection` with
    /// each keyword that they complete.
    ///
    /// # Errors
    /// When the engine fails; the stream is then to be [`reset`](Self::reset).
    pub fn push(
        &mut self,
        samples: &[f32],
        mut on_detection: impl FnMut(Detection),
    ) -> Result<(), EngineError> {
        self.heard += samples.len() as u64;
        let detector = &mut self.detector;
        self.stream.push(samples, |posterior| {
            if let Some(detection) = detector.push(&posterior) {
                on_detection(detection);
            }
        })
    }

    /// Ends the stream: plays the network as much silence as the smoothing looks back over, so that a word at
    /// the very end is still heard, reports what is left, and starts anew. No detection ends after the stream.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn flush(&mut self, mut on_detection: impl FnMut(Detection)) -> Result<(), EngineError> {
        let heard = self.heard;
        let mut on_detection =
            |d: Detection| on_detection(Detection { start: d.start.min(heard), end: d.end.min(heard), ..d });
        let manifest = self.model.manifest();
        let silence = vec![0.0; manifest.detector.smoothing_steps * manifest.step_samples()];
        self.push(&silence, &mut on_detection)?;
        let Self { stream, detector, .. } = self;
        stream.flush(|posterior| {
            if let Some(detection) = detector.push(&posterior) {
                on_detection(detection);
            }
        })?;
        if let Some(detection) = detector.flush() {
            on_detection(detection);
        }
        detector.reset();
        self.heard = 0;
        Ok(())
    }

    /// Forgets all audio heard: the next sample is the first of a new stream.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn reset(&mut self) -> Result<(), EngineError> {
        self.heard = 0;
        self.detector.reset();
        self.stream.reset()
    }

    /// Sets every keyword's threshold, in place of those in the model's manifest.
    pub fn set_thresholds(&mut self, threshold: f32) {
        self.detector.set_thresholds(threshold);
    }

    /// The smoothed posteriors of the last step, one per label of the model, in 0..=1.
    pub fn smoothed_posteriors(&self) -> &[f32] {
        self.detector.smoothed()
    }
}
