//! All the mutable state of one stream of audio.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::{Drain, Vec};
use core::fmt;

use super::detection::Detection;
use super::detector::Detector;
use super::error::EngineError;
use super::language_identification::LanguageIdentifier;
use super::model::StreamModel;
use super::network_state::of;
use super::posterior::{Posterior, PosteriorStream};
use super::spec::StreamSpec;

/// Silence after a word's end in which a network may still report it, in milliseconds.
const LATEST_REPORT_MS: usize = 320;

/// Detections that there is room for from the start: so many in one push allocate nothing.
const ROOM: usize = 32;

/// Listens to one stream of audio, in one language or in several at once.
///
/// A stream may be cut into slices of any lengths: the detections are the same. Several models hear what each would hear
/// alone; the front end, and whatever their networks have in common, is computed once.
///
/// `M` is what models are to the caller: a [`StreamModel`] or something that has one.
pub struct Spotter<M = StreamModel> {
    models: Vec<Arc<M>>,
    stream: PosteriorStream<M>,
    /// One per model.
    detectors: Vec<Detector>,
    identifier: LanguageIdentifier,
    /// In place of the models' own thresholds.
    threshold: Option<f32>,
    /// Keywords detected and not yet handed out.
    detected: Vec<Detection>,
    /// Samples of the stream so far.
    heard: u64,
}

impl<M: AsRef<StreamModel>> Spotter<M> {
    /// Starts a stream in one language.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn new(model: Arc<M>) -> Result<Self, EngineError> {
        Self::for_models(&[model])
    }

    /// Starts a stream in several languages at once.
    ///
    /// # Errors
    /// When there is no model, the models cannot listen together ([`StreamModel::can_listen_with`]), or the engine cannot set up
    /// its state.
    pub fn for_models(models: &[Arc<M>]) -> Result<Self, EngineError> {
        Ok(Self {
            stream: PosteriorStream::for_models(models)?,
            detectors: detectors(models),
            identifier: language_identifier(models),
            threshold: None,
            detected: Vec::with_capacity(ROOM),
            heard: 0,
            models: models.to_vec(),
        })
    }

    /// The models listening.
    pub fn models(&self) -> &[Arc<M>] {
        &self.models
    }

    /// Goes on in another language, between two pushes: no sample is lost or heard twice.
    ///
    /// With the same front end the new model hears the last 256 frames or more again (2.56 seconds with the shipped front end), so that it
    /// knows a word that was begun before; of what was judged already nothing is judged anew. A keyword that the old model was about to report comes
    /// with the next push. The call takes the same short time whatever was heard; hearing the last seconds again is spread over the
    /// next pushes, so that none of them takes long. (A swap within that time first lets the model that is swapped out catch up.)
    ///
    /// # Errors
    /// When the engine cannot set up its state; the old model then goes on listening.
    pub fn swap(&mut self, model: Arc<M>) -> Result<(), EngineError> {
        self.swap_all(&[model])
    }

    /// Goes on in other languages, as [`Spotter::swap`].
    ///
    /// # Errors
    /// When there is no model, the models cannot listen together, or the engine cannot set up its state; the old models then go on
    /// listening.
    pub fn swap_all(&mut self, models: &[Arc<M>]) -> Result<(), EngineError> {
        let Self { stream, detectors: before, identifier, detected, heard, .. } = self;
        stream.swap(models, *heard, |posterior| {
            identifier.push(&posterior);
            judge(before, &posterior, detected, &mut |_| {});
        })?;
        self.detected.extend(self.detectors.iter_mut().filter_map(Detector::flush));
        self.detectors = detectors(models);
        self.identifier = language_identifier(models);
        self.models = models.to_vec();
        if let Some(threshold) = self.threshold {
            self.set_thresholds(threshold);
        }
        Ok(())
    }

    /// Takes any number of samples (mono, at the model's rate, full scale ±1) and gives the keywords that they complete, in the order
    /// in which they were detected.
    ///
    /// Those that are not taken from the iterator are forgotten with it. The call allocates nothing, unless more than 32 keywords are
    /// complete at once.
    ///
    /// # Errors
    /// When the engine fails; the stream is then to be [`reset`](Self::reset), or other models to be [swapped in](Self::swap), after
    /// which the next push gives what was detected before the failure too.
    pub fn push(&mut self, samples: &[f32]) -> Result<Drain<'_, Detection>, EngineError> {
        self.push_observed(samples, |_| {})
    }

    /// Takes samples as [`push`](Self::push) does, and calls `on_step` with each smoothed posterior that a decision rests on.
    ///
    /// # Errors
    /// When the engine fails, as [`Spotter::push`].
    pub fn push_observed(
        &mut self,
        samples: &[f32],
        mut on_step: impl FnMut(Posterior<'_>),
    ) -> Result<Drain<'_, Detection>, EngineError> {
        self.heard += samples.len() as u64;
        let Self { stream, detectors, identifier, detected, .. } = self;
        stream.push(samples, |posterior| {
            identifier.push(&posterior);
            judge(detectors, &posterior, detected, &mut on_step);
        })?;
        Ok(self.detected.drain(..))
    }

    /// Takes frames `[T, coefficients]` that the models' front end has made of samples before, calls `on_step` with each smoothed
    /// posterior that a decision rests on, and gives the keywords that they complete.
    ///
    /// # Errors
    /// When the engine fails, as [`Spotter::push`].
    ///
    /// # Panics
    /// If `frames.len()` is no multiple of the front end's coefficients.
    pub fn push_frames_observed(
        &mut self,
        frames: &[f32],
        mut on_step: impl FnMut(Posterior<'_>),
    ) -> Result<Drain<'_, Detection>, EngineError> {
        let spec = &of(&self.models[0]).spec().front_end;
        self.heard += (frames.len() / spec.coefficients * spec.hop_samples) as u64;
        let Self { stream, detectors, identifier, detected, .. } = self;
        stream.push_frames(frames, |posterior| {
            identifier.push(&posterior);
            judge(detectors, &posterior, detected, &mut on_step);
        })?;
        Ok(self.detected.drain(..))
    }

    /// Ends the stream: plays the network as much silence as the smoothing looks back over, and a third of a second more, in
    /// which it may wait to hear whether a word goes on; so that a word at the very end is still heard. Gives what is left, and
    /// starts anew. No detection ends after the stream.
    ///
    /// # Errors
    /// When the engine fails; the stream is then to be [`reset`](Self::reset).
    pub fn flush(&mut self) -> Result<Drain<'_, Detection>, EngineError> {
        self.flush_observed(|_| {})
    }

    /// Ends the stream as [`flush`](Self::flush) does, and calls `on_step` with each smoothed posterior that a decision rests on; the
    /// last ones end after the stream.
    ///
    /// # Errors
    /// When the engine fails; the stream is then to be [`reset`](Self::reset).
    pub fn flush_observed(
        &mut self,
        mut on_step: impl FnMut(Posterior<'_>),
    ) -> Result<Drain<'_, Detection>, EngineError> {
        let end = self.heard;
        let silence = self.models.iter().map(|model| Self::silence_samples(of(model).spec())).max();
        let silence = vec![0.0; silence.unwrap_or(0)];
        let Self { stream, detectors, identifier, detected, .. } = self;
        let mut take = |posterior: Posterior<'_>| judge(detectors, &posterior, detected, &mut on_step);
        stream.push(&silence, &mut take)?;
        stream.flush(&mut take)?;
        for detector in detectors {
            detected.extend(detector.flush());
            detector.reset();
        }
        for detection in &mut *detected {
            detection.start = detection.start.min(end);
            detection.end = detection.end.min(end);
        }
        identifier.reset();
        self.heard = 0;
        Ok(self.detected.drain(..))
    }

    /// Samples of silence that [`flush`](Self::flush) plays a model.
    pub fn silence_samples(spec: &StreamSpec) -> usize {
        let late = LATEST_REPORT_MS * spec.front_end.sample_rate_hz as usize / 1_000;
        spec.detector.smoothing_steps * spec.step_samples() + late
    }

    /// Forgets all audio heard: the next sample is the first of a new stream.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn reset(&mut self) -> Result<(), EngineError> {
        self.heard = 0;
        self.detected.clear();
        self.detectors.iter_mut().for_each(Detector::reset);
        self.identifier.reset();
        self.stream.reset()
    }

    /// Sets every keyword's threshold, in 0..=1, in place of the models' own, of models swapped in later too. Nothing reaches one
    /// above 1, or NaN.
    pub fn set_thresholds(&mut self, threshold: f32) {
        self.threshold = Some(threshold);
        self.detectors.iter_mut().for_each(|detector| detector.set_thresholds(threshold));
    }

    /// Which of the models' languages is being spoken, as far as can be told since they began to listen.
    pub fn language_identifier(&self) -> &LanguageIdentifier {
        &self.identifier
    }

    /// The smoothed posteriors of a model's last step, one per label, in 0..=1.
    ///
    /// # Panics
    /// If `model` >= the number of models listening.
    pub fn smoothed_posteriors(&self, model: usize) -> &[f32] {
        self.detectors[model].smoothed()
    }
}

impl<M: AsRef<StreamModel>> fmt::Debug for Spotter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spotter")
            .field("stream", &self.stream)
            .field("heard", &self.heard)
            .finish_non_exhaustive()
    }
}

/// Lets a model's detector judge its posterior.
fn judge(
    detectors: &mut [Detector],
    posterior: &Posterior<'_>,
    detected: &mut Vec<Detection>,
    on_step: &mut impl FnMut(Posterior<'_>),
) {
    let detector = &mut detectors[posterior.model];
    let detection = detector.push(posterior);
    on_step(Posterior { probabilities: detector.smoothed(), ..*posterior });
    detected.extend(detection);
}

fn language_identifier<M: AsRef<StreamModel>>(models: &[Arc<M>]) -> LanguageIdentifier {
    LanguageIdentifier::new(models.iter().map(|model| of(model).spec()))
}

/// One detector per model.
fn detectors<M: AsRef<StreamModel>>(models: &[Arc<M>]) -> Vec<Detector> {
    models.iter().map(|model| Detector::new(of(model).spec())).collect()
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::super::shipped::model;
    use super::*;

    /// A word, and silence for as long as the networks remember.
    fn word(name: &str) -> Vec<f32> {
        let path = format!("{}/../../tests/data/keywords/{name}/en-us.wav", env!("CARGO_MANIFEST_DIR"));
        let samples = hound::WavReader::open(path).expect("a fixture").into_samples::<i16>();
        let mut samples: Vec<f32> = samples.map(|s| f32::from(s.expect("a sample")) / 32_768.0).collect();
        samples.resize(4 * 16_000, 0.0);
        samples
    }

    /// What is heard of a word, a change to another model and back within the next, and a third; with a jump of so many rounds
    /// of the history between the first two. Positions are without the jump.
    fn heard(rounds: u64) -> (Vec<Detection>, u64) {
        let (en, ar) = (model("en"), model("ar"));
        let mut spotter = Spotter::new(Arc::clone(&en)).expect("a spotter");
        let (mut heard, mut jump) = (Vec::new(), 0);
        let mut push = |spotter: &mut Spotter, samples: &[f32], jump: u64| {
            let at_first = |d: Detection| Detection { start: d.start - jump, end: d.end - jump, ..d };
            heard.extend(spotter.push(samples).expect("a running engine").map(at_first));
        };
        push(&mut spotter, &word("stop"), jump);
        jump += spotter.stream.jump(rounds);
        spotter.heard += jump;
        let yes = word("yes");
        push(&mut spotter, &yes[..4_000], jump);
        spotter.swap(ar).expect("a swap");
        push(&mut spotter, &yes[4_000..8_000], jump);
        spotter.swap(en).expect("a swap");
        push(&mut spotter, &yes[8_000..], jump);
        push(&mut spotter, &word("no")[..16_000], jump);
        let last = spotter.heard;
        let left = spotter.flush().expect("an end");
        heard.extend(left.map(|d| Detection { start: d.start - jump, end: d.end - jump, ..d }));
        (heard, last)
    }

    #[test]
    fn after_any_time_words_are_heard_as_in_the_first_minute() {
        let (expected, early) = heard(0);
        let keywords: Vec<&str> = expected.iter().map(|d| &*d.keyword).collect();
        assert_eq!(keywords, ["stop", "yes", "no"]);
        let round = heard(1).1 - early;
        for far in [1u64 << 31, 1 << 32, 1 << 53] {
            // The second word begins before this sample, or all that follows the jump comes after it: in 18,000 years at most.
            for (back, is_before) in [(2, true), (0, false)] {
                let rounds = far / round - back;
                let (found, last) = heard(rounds);
                assert!(last > far && (rounds * round + word("stop").len() as u64 <= far) == is_before);
                assert_eq!(found, expected, "{rounds} rounds, to sample {last}");
            }
        }
    }
}
