//! What is found in one recording.

use std::io;
use std::path::Path;
use std::sync::Arc;

use polyspot::evaluation::ClipClassifier;
use polyspot::{Detection, EngineError, Model, Spotter};
use polyspot_audio::{AudioError, AudioFile, ChannelChoice, FileSummary, MonoBlocks};

use crate::arguments::{Amplifier, Selected};
use crate::flaws::damage;

/// What is to be done with every recording.
pub(super) struct Job {
    /// One or several, which hear at once.
    pub(super) models: Vec<Arc<Model>>,
    pub(super) task: Task,
    pub(super) choice: ChannelChoice,
    pub(super) amplifier: Amplifier,
    /// Which detections are reported.
    pub(super) selected: Selected,
}

impl Job {
    /// The models'.
    pub(super) fn sample_rate_hz(&self) -> u32 {
        self.models[0].manifest().front_end.sample_rate_hz
    }
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
    pub(super) summary: FileSummary,
    /// What could not be scored, though the rest was.
    pub(super) trouble: Option<String>,
}

/// One worker's state, used for one recording after the other.
pub(super) struct Scorer {
    ear: Ear,
    amplifier: Amplifier,
    selected: Selected,
    /// What is heard of a block.
    block: Vec<f32>,
}

enum Ear {
    Detections(Box<Spotter>),
    Clips(Box<ClipClassifier>),
}

impl Scorer {
    pub(super) fn new(job: &Job) -> Result<Self, EngineError> {
        let ear = match job.task {
            Task::Detections { threshold } => {
                let mut spotter = Spotter::for_models(&job.models)?;
                if let Some(threshold) = threshold {
                    spotter.set_thresholds(threshold);
                }
                Ear::Detections(spotter.into())
            }
            Task::Clips => Ear::Clips(ClipClassifier::new(&job.models[0])?.into()),
        };
        Ok(Self { ear, amplifier: job.amplifier, selected: job.selected.clone(), block: Vec::new() })
    }

    /// Takes the next samples of a recording, at the model's rate, and adds what is found in them.
    fn push(&mut self, samples: &[f32], found: &mut Vec<Finding>) -> Result<(), EngineError> {
        let Self { ear, amplifier, selected, block } = self;
        block.clear();
        block.extend_from_slice(samples);
        amplifier.apply(block);
        match ear {
            Ear::Detections(spotter) => {
                let detections = spotter.push(block)?.filter(|detection| selected.admits(detection));
                found.extend(detections.map(Finding::Detection));
            }
            Ear::Clips(classifier) => classifier.push(block)?,
        }
        Ok(())
    }

    /// Ends the recording, and adds what is found then.
    fn finish(&mut self, found: &mut Vec<Finding>) -> Result<(), EngineError> {
        let Self { ear, selected, .. } = self;
        match ear {
            Ear::Detections(spotter) => {
                let detections = spotter.flush()?.filter(|detection| selected.admits(detection));
                found.extend(detections.map(Finding::Detection));
            }
            Ear::Clips(classifier) => {
                let posterior = classifier.finish()?;
                let label = posterior.best();
                found.push(Finding::Label { label, score: posterior.probabilities[label] });
            }
        }
        Ok(())
    }

    /// Scores a recording from where it is to its end. `on_block` is told how many samples have been heard each time, `on_finding`
    /// what is found as soon as it is.
    ///
    /// # Errors
    /// Without and within: when the engine fails or `on_finding` does, and when nothing of the recording can be read. Where a part of
    /// it cannot, there is a reason beside the findings.
    pub(super) fn play(
        &mut self,
        blocks: &mut MonoBlocks,
        on_block: impl Fn(usize),
        mut on_finding: impl FnMut(Finding) -> io::Result<()>,
    ) -> anyhow::Result<Result<Option<String>, AudioError>> {
        let mut found = Vec::new();
        let end = loop {
            match blocks.next_block() {
                Ok(Some(block)) => {
                    self.push(block, &mut found)?;
                    on_block(block.len());
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
            found.drain(..).try_for_each(&mut on_finding)?;
        };
        let summary = blocks.summary();
        if summary.frames == 0 {
            // Without words, and without a label.
            return Ok(end.map(|()| None));
        }
        self.finish(&mut found)?;
        found.drain(..).try_for_each(&mut on_finding)?;
        Ok(Ok(trouble(&summary, end.err())))
    }

    /// Scores a file from beginning to end.
    pub(super) fn file(
        &mut self,
        job: &Job,
        path: &Path,
        on_block: impl Fn(usize),
    ) -> anyhow::Result<Scored> {
        // The recording before may have ended in an error.
        match &mut self.ear {
            Ear::Detections(spotter) => spotter.reset()?,
            Ear::Clips(classifier) => classifier.reset()?,
        }
        self.selected.reset();
        let mut findings = Vec::new();
        let mut blocks = MonoBlocks::new(AudioFile::open(path)?, job.sample_rate_hz(), job.choice)?;
        let trouble = self.play(&mut blocks, on_block, |finding| {
            findings.push(finding);
            Ok(())
        })??;
        Ok(Scored { findings, summary: blocks.summary(), trouble })
    }
}

/// What could not be read of a recording, in words.
fn trouble(summary: &FileSummary, end: Option<AudioError>) -> Option<String> {
    if let Some(error) = end {
        let reason = anyhow::Error::from(error);
        return Some(format!("{reason:#}; scored up to there, {:.2} s", summary.seconds()));
    }
    damage(summary).map(|damage| format!("{damage}; what is sound before and behind was scored"))
}
