//! A recording, heard once more with everything that led to the decisions.

use std::path::Path;
use std::sync::Arc;

use polyspot::{Decision, Detection, Detector, Model, Trace, TraceRecorder};
use polyspot_audio::{ChannelChoice, read_mono};

use crate::level::{Level, LevelMeter};

/// The loudest stretch of this length tells how loud a word is.
const LEVEL_MS: usize = 300;

/// At this part of full scale and beyond a sample counts as clipped.
const CLIPPED: f32 = 0.999;

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

/// How the recording sounds.
pub(super) struct Input {
    pub(super) peak_dbfs: f32,
    /// Of the loudest stretch.
    pub(super) loudest_dbfs: f32,
    pub(super) clipped_samples: usize,
    /// The level of 10 ms each, root mean square.
    pub(super) envelope: Vec<f32>,
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
        let manifest = model.manifest();
        let rate_hz = manifest.front_end.sample_rate_hz;
        let samples = read_mono(path, rate_hz, choice)?;
        let smoothed = trace(model, &samples)?;
        let unsmoothed = unsmoothed(model, &samples)?;
        let mut detector = Detector::new(manifest);
        let detections = smoothed.detections(&mut detector);
        Ok(Self {
            samples: samples.len() as u64,
            input: Input::new(&samples, rate_hz as usize),
            detections,
            stretches: stretches(&smoothed, &mut detector),
            keywords: peaks(model, &smoothed, &unsmoothed),
            smoothed,
            unsmoothed,
        })
    }
}

fn trace(model: &Arc<Model>, samples: &[f32]) -> anyhow::Result<Trace> {
    let mut recorder = TraceRecorder::new(model, 0.0)?;
    recorder.push(samples)?;
    Ok(recorder.finish()?)
}

/// The same network's posteriors, none averaged with others, up to the end of the silence that a spotter plays last.
fn unsmoothed(model: &Arc<Model>, samples: &[f32]) -> anyhow::Result<Trace> {
    let mut steps = Vec::new();
    let mut stream = polyspot::PosteriorStream::new(model)?;
    let silence = vec![0.0; model.manifest().detector.smoothing_steps * model.manifest().step_samples()];
    for part in [samples, &silence] {
        stream.push(part, |step| steps.push((step.probabilities.to_vec(), step.end)))?;
    }
    stream.flush(|step| steps.push((step.probabilities.to_vec(), step.end)))?;
    Ok(Trace::from_steps(&steps, samples.len() as u64))
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
    let peak = |(output, label): (usize, &polyspot::Label)| {
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

impl Input {
    fn new(samples: &[f32], rate_hz: usize) -> Self {
        let level = |samples: &[f32]| {
            let mut meter = LevelMeter::default();
            meter.push(samples);
            meter.take()
        };
        let stretch = LEVEL_MS * rate_hz / 1_000;
        let Level { peak_dbfs, rms_dbfs } = level(samples);
        let starts = (0..samples.len().saturating_sub(stretch)).step_by(rate_hz / 100);
        let loudest = starts.map(|start| level(&samples[start..start + stretch]).rms_dbfs);
        Self {
            peak_dbfs,
            loudest_dbfs: loudest.reduce(f32::max).unwrap_or(rms_dbfs),
            clipped_samples: samples.iter().filter(|sample| sample.abs() >= CLIPPED).count(),
            envelope: samples
                .chunks(rate_hz / 100)
                .map(|chunk| (chunk.iter().map(|s| s * s).sum::<f32>() / chunk.len() as f32).sqrt())
                .collect(),
        }
    }
}
