//! A recording, heard once more with everything that led to the decisions.

use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use polyspot::evaluation::{Trace, TraceRecorder};
use polyspot::stream::{Decision, Detector, PosteriorStream};
use polyspot::{Detection, EngineError, Model, Spotter};
use polyspot_audio::{AudioError, AudioFile, ChannelChoice, MonoBlocks};
use polyspot_text::{say, shown_path};

use super::input::{Input, InputMeter};
use crate::flaws::flaws;

/// A longer recording is nobody's word; explaining it would take memory without end.
const LONGEST_HOURS: u64 = 4;

/// Most posteriors that are kept: of a model with a hundred labels those of an hour.
const MOST_POSTERIORS: u64 = 1 << 23;

pub(super) struct Hearing {
    pub(super) samples: u64,
    pub(super) input: Input,
    /// Smoothed posteriors, as the decisions rest on them.
    pub(super) smoothed: Trace,
    /// The same before smoothing.
    pub(super) unsmoothed: Trace,
    pub(super) detections: Vec<Detection>,
    /// What the detector made of the time, one stretch after the other.
    pub(super) stretches: Vec<Stretch>,
    /// One per keyword, in the model's order.
    pub(super) keywords: Vec<Peak>,
}

/// Steps of which the detector made the same.
pub(super) struct Stretch {
    pub(super) decision: Decision,
    pub(super) first_end: u64,
    pub(super) last_end: u64,
}

/// Where a keyword came nearest to its threshold.
pub(super) struct Peak {
    pub(super) name: String,
    /// Its output of the network.
    pub(super) output: usize,
    pub(super) threshold: f32,
    pub(super) smoothed: f32,
    /// End of the audio that the peak rests on.
    pub(super) end: u64,
    pub(super) unsmoothed: f32,
    /// Steps at which the unsmoothed posterior reaches the threshold.
    pub(super) steps_above: usize,
}

impl Hearing {
    pub(super) fn new(model: &Arc<Model>, path: &Path, choice: ChannelChoice) -> anyhow::Result<Self> {
        Self::of_at_most(most_samples(model), model, path, choice)
    }

    fn of_at_most(
        most_samples: u64,
        model: &Arc<Model>,
        path: &Path,
        choice: ChannelChoice,
    ) -> anyhow::Result<Self> {
        let manifest = model.manifest();
        let rate_hz = manifest.front_end.sample_rate_hz;
        let mut listening = Listening::new(model)?;
        let mut blocks = MonoBlocks::new(AudioFile::open(path)?, rate_hz, choice)?;
        while listening.samples <= most_samples
            && let Some(block) = blocks.next_block()?
        {
            listening.push(block)?;
        }
        if listening.samples == 0 {
            return Err(AudioError::Empty.into());
        }
        ensure!(
            listening.samples <= most_samples,
            "expected a recording of at most {:.1} minutes, found a longer one: cut out the part in question",
            most_samples as f64 / f64::from(rate_hz) / 60.0
        );
        if let Some(flaws) = flaws(&blocks.summary()) {
            say!("polyspot: {}: {flaws}", shown_path(path));
        }
        let (samples, input, smoothed, unsmoothed) = listening.end(model)?;
        let mut detector = Detector::new(&manifest.stream_spec());
        let detections = smoothed.detections(&mut detector);
        Ok(Self {
            samples,
            input,
            detections,
            stretches: stretches(&smoothed, &mut detector),
            keywords: peaks(model, &smoothed, &unsmoothed),
            smoothed,
            unsmoothed,
        })
    }
}

/// Longest recording that is explained.
fn most_samples(model: &Model) -> u64 {
    let manifest = model.manifest();
    let hours = LONGEST_HOURS * 3_600 * u64::from(manifest.front_end.sample_rate_hz);
    hours.min(MOST_POSTERIORS / manifest.labels.len() as u64 * manifest.step_samples() as u64)
}

/// A recording being heard, block by block.
struct Listening {
    samples: u64,
    input: InputMeter,
    smoothed: TraceRecorder,
    /// The same network's posteriors, none averaged with others.
    stream: PosteriorStream,
    steps: Vec<(Vec<f32>, u64)>,
}

impl Listening {
    fn new(model: &Arc<Model>) -> Result<Self, EngineError> {
        Ok(Self {
            samples: 0,
            input: InputMeter::new(model.manifest().front_end.sample_rate_hz),
            smoothed: TraceRecorder::new(model, 0.0)?,
            stream: PosteriorStream::new(model)?,
            steps: Vec::new(),
        })
    }

    fn push(&mut self, block: &[f32]) -> Result<(), EngineError> {
        let Self { samples, input, smoothed, stream, steps } = self;
        *samples += block.len() as u64;
        input.push(block);
        smoothed.push(block)?;
        stream.push(block, |step| steps.push((step.probabilities.to_vec(), step.end)))
    }

    /// All of it, the unsmoothed posteriors up to the end of the silence that a spotter plays last.
    fn end(mut self, model: &Model) -> Result<(u64, Input, Trace, Trace), EngineError> {
        let silence = vec![0.0; Spotter::silence_samples(model.spec())];
        let Self { samples, stream, steps, .. } = &mut self;
        stream.push(&silence, |step| steps.push((step.probabilities.to_vec(), step.end)))?;
        stream.flush(|step| steps.push((step.probabilities.to_vec(), step.end)))?;
        let unsmoothed = Trace::from_steps(steps, *samples);
        Ok((*samples, self.input.end(), self.smoothed.finish()?, unsmoothed))
    }
}

fn stretches(trace: &Trace, detector: &mut Detector) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for step in trace.steps() {
        detector.push_smoothed(&step);
        let decision = detector.decision();
        match stretches.last_mut() {
            Some(last) if last.decision == decision => last.last_end = step.end,
            _ => stretches.push(Stretch { decision, first_end: step.end, last_end: step.end }),
        }
    }
    detector.reset();
    stretches
}

fn peaks(model: &Model, smoothed: &Trace, unsmoothed: &Trace) -> Vec<Peak> {
    let highest = |trace: &Trace, output: usize| {
        let steps = trace.steps().map(|step| (step.probabilities[output], step.end));
        steps.fold((0.0, 0), |best: (f32, u64), step| if step.0 > best.0 { step } else { best })
    };
    let peak = |(output, label): (usize, &polyspot::manifest::Label)| {
        let threshold = label.threshold.unwrap_or(1.0);
        let (score, end) = highest(smoothed, output);
        Peak {
            name: label.name.clone(),
            output,
            threshold,
            smoothed: score,
            end,
            unsmoothed: highest(unsmoothed, output).0,
            steps_above: unsmoothed.steps().filter(|step| step.probabilities[output] >= threshold).count(),
        }
    };
    model.manifest().keywords().map(peak).collect()
}

#[cfg(all(test, feature = "built-in-models"))]
mod tests {
    use super::*;
    use crate::built_in::BUILT_IN;

    #[test]
    fn a_recording_of_the_longest_length_is_explained_and_no_longer_one() {
        let model = Arc::new(Model::from_bytes(BUILT_IN[0].bytes).unwrap());
        let path =
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/keywords/stop/en-us.wav"));
        let hear = |most| Hearing::of_at_most(most, &model, path, ChannelChoice::Mix);
        let samples = Hearing::new(&model, path, ChannelChoice::Mix).unwrap().samples;
        assert_eq!(hear(samples).unwrap().samples, samples);
        let error = hear(samples - 1).err().unwrap().to_string();
        assert!(error.contains("found a longer one: cut out the part in question"), "{error}");
        assert_eq!(most_samples(&model), LONGEST_HOURS * 3_600 * 16_000);
    }
}
