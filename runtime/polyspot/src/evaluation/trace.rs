//! A stream heard once, to be judged at any thresholds.

use std::sync::Arc;

use polyspot_core::Spotter;
use polyspot_core::stream::{Detection, Detector, EngineError, Posterior};

use crate::model::Model;

/// The smoothed posteriors of a stream, kept to be judged at any thresholds.
///
/// The detections are those of a [`Spotter`] with these thresholds on the same audio, without the network being run again.
#[derive(Clone, Debug)]
pub struct Trace {
    labels: usize,
    floor: f32,
    /// `[steps, labels]`
    probabilities: Vec<f32>,
    ends: Vec<u64>,
    samples: u64,
}

impl Trace {
    /// A trace of known steps: smoothed posteriors and where they end. Posteriors that end after `samples` are of the silence
    /// that a [`Spotter`] plays at the end.
    ///
    /// # Panics
    /// If a step has not as many probabilities as the first.
    pub fn from_steps(steps: &[(Vec<f32>, u64)], samples: u64) -> Self {
        let labels = steps.first().map_or(1, |(probabilities, _)| probabilities.len());
        let mut trace = Self { samples, ..Self::new(labels, 0.0) };
        for (probabilities, end) in steps {
            assert_eq!(probabilities.len(), labels, "probabilities of each step");
            trace.keep(probabilities, *end);
        }
        trace
    }

    fn new(labels: usize, floor: f32) -> Self {
        Self { labels, floor, probabilities: Vec::new(), ends: Vec::new(), samples: 0 }
    }

    fn keep(&mut self, probabilities: &[f32], end: u64) {
        self.probabilities.extend_from_slice(probabilities);
        self.ends.push(end);
    }

    /// Samples of the stream.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// The lowest threshold that the trace can be judged at.
    pub fn floor(&self) -> f32 {
        self.floor
    }

    /// The smoothed posteriors that were kept, in the order of the stream.
    pub fn steps(&self) -> impl Iterator<Item = Posterior<'_>> {
        let rows = self.probabilities.chunks_exact(self.labels);
        rows.zip(&self.ends).map(|(probabilities, &end)| Posterior::new(probabilities, end))
    }

    /// What a detector makes of the stream. Whatever it heard before is forgotten, and so is the stream afterwards.
    ///
    /// # Panics
    /// If the detector has a threshold < [`Trace::floor`], or another number of labels.
    pub fn detections(&self, detector: &mut Detector) -> Vec<Detection> {
        self.reports(detector).into_iter().map(|(detection, _)| detection).collect()
    }

    /// What a detector makes of the stream, each detection with the end of the step at which the detector reported it. Whatever the
    /// detector heard before is forgotten, and so is the stream afterwards.
    ///
    /// # Panics
    /// If the detector has a threshold < [`Trace::floor`], or another number of labels.
    pub fn reports(&self, detector: &mut Detector) -> Vec<(Detection, u64)> {
        assert!(
            detector.lowest_threshold() >= self.floor,
            "threshold {} below {}, the floor of the trace",
            detector.lowest_threshold(),
            self.floor
        );
        detector.reset();
        let mut heard: Vec<(Detection, u64)> =
            self.steps().filter_map(|step| Some((detector.push_smoothed(&step)?, step.end))).collect();
        let last = self.ends.last().copied().unwrap_or(0);
        heard.extend(detector.flush().map(|detection| (detection, last)));
        detector.reset();
        for (detection, _) in &mut heard {
            detection.start = detection.start.min(self.samples);
            detection.end = detection.end.min(self.samples);
        }
        heard
    }
}

/// Makes the [`Trace`] of a stream in one language.
#[derive(Debug)]
pub struct TraceRecorder {
    spotter: Spotter<Model>,
    /// Outputs of the network that are keywords.
    keywords: Vec<usize>,
    trace: Trace,
    /// Whether the last step reached the floor.
    was_above: bool,
}

impl TraceRecorder {
    /// Starts a stream. Of the steps at which no keyword reaches `floor` (in 0..=1) only the first is kept, which tells
    /// as much to every detector whose thresholds are at least `floor`: most of a long stream is then forgotten. With
    /// a floor of 0 every step is kept.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    pub fn new(model: &Arc<Model>, floor: f32) -> Result<Self, EngineError> {
        let manifest = model.manifest();
        Ok(Self {
            spotter: Spotter::new(Arc::clone(model))?,
            keywords: manifest.keywords().map(|(output, _)| output).collect(),
            trace: Trace::new(manifest.labels.len(), floor),
            was_above: false,
        })
    }

    /// Takes the next samples (mono, at the model's rate, full scale ±1), any number of them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn push(&mut self, samples: &[f32]) -> Result<(), EngineError> {
        let Self { spotter, keywords, trace, was_above } = self;
        trace.samples += samples.len() as u64;
        spotter.push_observed(samples, |step| observe(trace, keywords, was_above, &step))?;
        Ok(())
    }

    /// Takes frames `[T, coefficients]` that the model's front end has made of samples before; each counts for as many samples as there
    /// are from one frame to the next.
    ///
    /// # Errors
    /// When the engine fails.
    ///
    /// # Panics
    /// If `frames.len()` is no multiple of the front end's coefficients.
    pub fn push_frames(&mut self, frames: &[f32]) -> Result<(), EngineError> {
        let Self { spotter, keywords, trace, was_above } = self;
        let spec = &spotter.models()[0].manifest().front_end;
        trace.samples += (frames.len() / spec.coefficients * spec.hop_samples) as u64;
        spotter.push_frames_observed(frames, |step| observe(trace, keywords, was_above, &step))?;
        Ok(())
    }

    /// Ends the stream, gives its trace and prepares for the next stream.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn finish(&mut self) -> Result<Trace, EngineError> {
        let Self { spotter, keywords, trace, was_above } = self;
        spotter.flush_observed(|step| observe(trace, keywords, was_above, &step))?;
        self.was_above = false;
        let next = Trace::new(self.trace.labels, self.trace.floor);
        Ok(std::mem::replace(&mut self.trace, next))
    }
}

fn observe(trace: &mut Trace, keywords: &[usize], was_above: &mut bool, step: &Posterior<'_>) {
    let is_above = keywords.iter().any(|&keyword| step.probabilities[keyword] >= trace.floor);
    // The first step below tells a detector that the word is over; those after it would tell it the same.
    if is_above || *was_above {
        trace.keep(step.probabilities, step.end);
    }
    *was_above = is_above;
}
