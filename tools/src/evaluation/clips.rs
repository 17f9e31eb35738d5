//! A model's figures on single clips.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use indicatif::ProgressBar;
use polyspot::Model;
use polyspot::evaluation::{ClipClassifier, Confusion};
use polyspot::manifest::{Interval, LabelKind};
use polyspot_text::say;
use rayon::prelude::*;
use serde::Serialize;

use super::figures::Rate;
use super::keywords::no_clips;
use super::{accuracy_of_keywords, bootstrap, clip_set};
use crate::data::{self, Audio, DataSet};

/// How well clips are told apart.
#[derive(Debug, Serialize)]
pub(crate) struct ClipFigures {
    /// Of all clips.
    pub(crate) all: Accuracy,
    /// Of the keywords' clips, where one judged filler is wrong.
    pub(crate) keywords: Accuracy,
    pub(crate) speakers: usize,
    /// One per label.
    pub(crate) by_label: Vec<LabelFigures>,
    /// Clips by what they are (rows) and what they were judged to be, in the order of `by_label`.
    #[serde(serialize_with = "counts")]
    pub(crate) confusion: Confusion,
}

/// A share of clips judged right.
#[derive(Debug, Serialize)]
pub(crate) struct Accuracy {
    pub(crate) right: u64,
    pub(crate) of: u64,
    pub(crate) rate: f64,
    /// Bootstrap over speakers; absent with fewer than two.
    pub(crate) interval: Option<Interval>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LabelFigures {
    pub(crate) label: String,
    /// Of the clips of this label, those judged so.
    pub(crate) recall: Rate,
    /// Of the clips judged so, those of this label.
    pub(crate) precision: Rate,
}

fn counts<S: serde::Serializer>(confusion: &Confusion, serializer: S) -> Result<S::Ok, S::Error> {
    confusion.counts().serialize(serializer)
}

/// A clip, and who is heard in it.
struct Sample {
    audio: Audio,
    speaker: String,
}

/// Judges all clips of the keywords in a set's dev split, other words and cuts of noise, as [`clip_set()`] takes them.
pub(crate) fn measure(
    model: &Arc<Model>,
    set: &DataSet,
    noise: Option<&Path>,
    seed: u64,
) -> Result<ClipFigures> {
    let clips = samples(model, set, noise)?;
    let judged: Vec<(&str, usize, usize)> = clips
        .par_iter()
        .map_init(
            || ClipClassifier::new(model),
            |classifier, (sample, truth)| {
                let classifier = classifier.as_mut().map_err(|e| anyhow!("{e}"))?;
                let best = classifier.classify(&data::as_f32(&sample.audio))?.best();
                Ok((sample.speaker.as_str(), *truth, best))
            },
        )
        .collect::<Result<_>>()?;
    Ok(figures(model, &judged, seed))
}

/// `judged`: each clip's speaker, label and judgement.
fn figures(model: &Model, judged: &[(&str, usize, usize)], seed: u64) -> ClipFigures {
    let labels = || model.manifest().labels.iter().map(|label| label.name.clone());
    let mut confusion = Confusion::new(labels());
    for &(_, truth, label) in judged {
        confusion.count(truth, label);
    }
    let keywords = model.manifest().keywords().count();
    let accuracy = |most: usize, (right, of): (u64, u64)| {
        let outcomes = judged.iter().filter(|(_, truth, _)| *truth < most);
        let outcomes = outcomes.map(|&(speaker, truth, label)| (speaker, truth == label));
        let interval = bootstrap::over_speakers(outcomes, seed);
        Accuracy { right, of, rate: right as f64 / of.max(1) as f64, interval }
    };
    let table = confusion.counts();
    let by_label = labels().enumerate().map(|(index, label)| LabelFigures {
        label,
        recall: Rate::new(table[index][index], table[index].iter().sum()),
        precision: Rate::new(table[index][index], table.iter().map(|row| row[index]).sum()),
    });
    let mut speakers: Vec<&str> =
        judged.iter().filter(|(_, truth, _)| *truth <= keywords).map(|(speaker, ..)| *speaker).collect();
    speakers.sort_unstable();
    speakers.dedup();
    ClipFigures {
        all: accuracy(usize::MAX, (confusion.right(), confusion.clips())),
        keywords: accuracy(keywords, accuracy_of_keywords(&confusion, keywords)),
        speakers: speakers.len(),
        by_label: by_label.collect(),
        confusion,
    }
}

/// The clips with the model's label for each.
fn samples(model: &Model, set: &DataSet, noise: Option<&Path>) -> Result<Vec<(Sample, usize)>> {
    let manifest = model.manifest();
    let rate_hz = manifest.front_end.sample_rate_hz;
    let index = |kind| manifest.labels.iter().position(|label| label.kind == kind);
    let number = manifest.keywords().count();
    if (index(LabelKind::Unknown), index(LabelKind::Silence)) != (Some(number), Some(number + 1)) {
        bail!("expected a model whose labels are keywords, unknown, silence in this order");
    }
    let dev: Vec<_> = set.to_judge().cloned().collect();
    let (audio, bad) = data::load(&dev, rate_hz, &ProgressBar::hidden());
    if let Some(first) = bad.first() {
        say!("{} clips cannot be used, the first: {}: {}", bad.len(), first.path.display(), first.reason);
    }
    let (mut keywords, mut unknown) = (Vec::new(), Vec::new());
    for (clip, audio) in dev.into_iter().zip(audio) {
        let Some(audio) = audio else { continue };
        let sample = Sample { audio, speaker: clip.speaker };
        match manifest.keywords().find(|(_, label)| label.name == clip.word) {
            Some((index, _)) => keywords.push((sample, index)),
            None => unknown.push(sample),
        }
    }
    if keywords.is_empty() {
        return Err(no_clips(manifest, set));
    }
    let noise = noise.map_or_else(|| Ok(Vec::new()), |folder| data::load_dev_folder(folder, rate_hz))?;
    // A noise recording is to its cuts what a speaker is to his clips.
    let cuts = noise.iter().enumerate().flat_map(|(number, noise)| {
        let cut = move |audio: &[i16]| Sample { audio: audio.into(), speaker: format!("noise {number}") };
        noise.chunks_exact(rate_hz as usize).map(cut)
    });
    Ok(clip_set(keywords, unknown, cuts.collect(), manifest.labels.len()))
}
