//! What is found in one recording.

use std::path::Path;
use std::sync::Arc;

use polyspot::{ClipClassifier, Detection, EngineError, Model, Spotter};
use polyspot_audio::{ChannelChoice, for_each_block};

/// What is to be done with every recording.
pub(super) struct Job {
    pub(super) model: Arc<Model>,
    pub(super) task: Task,
    pub(super) choice: ChannelChoice,
}

/// What to find.
#[derive(Clone, Copy)]
pub(super) enum Task {
    /// Keywords and their places; the model's own thresholds when there is none.
    Detections { threshold: Option<f32> },
    /// One label for the whole.
    Clips,
}

/// What was found in a recording.
pub(super) enum Finding {
    Detection(Detection),
    /// The most probable label of the clip, by its index in the manifest, and its posterior.
    Label {
        label: usize,
        score: f32,
    },
}

/// What became of a recording.
pub(super) struct Scored {
    pub(super) findings: Vec<Finding>,
    pub(super) seconds: f64,
    /// Whether the file ended before the audio it announced.
    pub(super) truncated: bool,
}

/// One worker's state, used for one recording after the other.
pub(super) enum Scorer {
    Detections(Box<Spotter>),
    Clips(Box<ClipClassifier>),
}

impl Scorer {
    pub(super) fn new(job: &Job) -> Result<Self, EngineError> {
        Ok(match job.task {
            Task::Detections { threshold } => {
                let mut spotter = Spotter::new(Arc::clone(&job.model))?;
                if let Some(threshold) = threshold {
                    spotter.set_thresholds(threshold);
                }
                Self::Detections(spotter.into())
            }
            Task::Clips => Self::Clips(ClipClassifier::new(&job.model)?.into()),
        })
    }

    /// Takes the next samples of a recording, at the model's rate.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        mut on_finding: impl FnMut(Finding),
    ) -> Result<(), EngineError> {
        match self {
            Self::Detections(spotter) => spotter.push(samples, |d| on_finding(Finding::Detection(d))),
            Self::Clips(classifier) => classifier.push(samples),
        }
    }

    /// Ends the recording.
    pub(super) fn finish(&mut self, mut on_finding: impl FnMut(Finding)) -> Result<(), EngineError> {
        match self {
            Self::Detections(spotter) => spotter.flush(|d| on_finding(Finding::Detection(d))),
            Self::Clips(classifier) => {
                let posterior = classifier.finish()?;
                let label = posterior.best();
                on_finding(Finding::Label { label, score: posterior.probabilities[label] });
                Ok(())
            }
        }
    }

    /// Scores a file from beginning to end; `on_block` is told how many samples have been heard each time.
    pub(super) fn file(
        &mut self,
        job: &Job,
        path: &Path,
        on_block: impl Fn(usize),
    ) -> anyhow::Result<Scored> {
        // The recording before may have ended in an error.
        match self {
            Self::Detections(spotter) => spotter.reset()?,
            Self::Clips(classifier) => classifier.reset()?,
        }
        let mut findings = Vec::new();
        let mut heard = Ok(());
        let rate_hz = job.model.manifest().front_end.sample_rate_hz;
        let summary = for_each_block(path, rate_hz, job.choice, |block| {
            if heard.is_ok() {
                heard = self.push(block, |finding| findings.push(finding));
                on_block(block.len());
            }
        })?;
        heard?;
        self.finish(|finding| findings.push(finding))?;
        Ok(Scored { findings, seconds: summary.seconds(), truncated: summary.truncated })
    }
}
