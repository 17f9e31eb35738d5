//! Accuracy on clips of speakers that training never hears.

use anyhow::Result;
use burn::tensor::Device;
use burn::tensor::activation::softmax;
use polyspot::evaluation::{ClipClassifier, Confusion};
use polyspot::front_end::{FrontEnd, FrontEndSpec};
use rayon::prelude::*;

use super::corpus::Corpus;
use super::loss::RUN_STEPS;
use super::vocabulary::Vocabulary;
use crate::evaluation::clip_set;
use crate::network::forward::{FrameBatch, Output, WeightTensors, forward, head, numbers};
use crate::network::{NetworkShape, Weights};

/// Windows judged at once.
const BATCH: usize = 64;
/// What is heard of a clip.
const LONGEST_SECONDS: usize = 1;

/// The features of all `dev` clips, computed once.
pub(crate) struct DevSet {
    languages: Vec<DevLanguage>,
}

struct DevLanguage {
    vocabulary: Vocabulary,
    /// Features of a clip's one window, with its label.
    windows: Vec<(Vec<f32>, usize)>,
}

impl DevSet {
    /// The clips of each language, as [`clip_set`] chooses them.
    pub(crate) fn new(corpus: &Corpus, spec: &FrontEndSpec) -> Result<Self> {
        let second = spec.sample_rate_hz as usize;
        let mut languages = Vec::new();
        for language in &corpus.languages {
            let vocabulary = language.vocabulary.clone();
            let labelled =
                language.dev.iter().map(|(clip, class)| (clip.clone(), vocabulary.label_of(*class)));
            let (keywords, unknown): (Vec<_>, Vec<_>) =
                labelled.partition(|(_, label)| *label < vocabulary.keywords);
            let unknown = unknown.into_iter().map(|(clip, _)| clip).collect();
            let cuts = corpus.dev_noise.iter().flat_map(|noise| noise.chunks_exact(second).map(Into::into));
            let clips = clip_set(keywords, unknown, cuts.collect(), vocabulary.labels());
            let windows = clips.par_iter().map(|(clip, label)| Ok((features(clip, spec)?, *label)));
            languages.push(DevLanguage { windows: windows.collect::<Result<_>>()?, vocabulary });
        }
        Ok(Self { languages })
    }

    /// Whether there is no clip to judge.
    pub(crate) fn is_empty(&self) -> bool {
        self.languages.iter().all(|language| language.windows.is_empty())
    }

    /// Judges every clip; one table per language.
    pub(crate) fn judge(&self, shape: &NetworkShape, weights: &Weights) -> Result<Vec<Confusion>> {
        self.languages.iter().map(|language| language.judge(shape, weights)).collect()
    }
}

impl DevLanguage {
    fn judge(&self, shape: &NetworkShape, weights: &Weights) -> Result<Confusion> {
        let device = Device::flex();
        let tensors = WeightTensors::new(weights, &device);
        let labels = self.vocabulary.manifest_labels(0.5).into_iter().map(|label| label.name);
        let size = self.vocabulary.labels();
        let mut confusion = Confusion::new(labels);
        for part in self.windows.chunks(BATCH) {
            let windows: Vec<&[f32]> = part.iter().map(|(window, _)| window.as_slice()).collect();
            let batch = FrameBatch::new(shape, weights, &windows);
            let Output { features, steps, .. } = forward(shape, &tensors, &batch, &device);
            let probabilities = softmax(head(&tensors, &self.vocabulary.language, features), 0);
            // [windows * steps, classes]
            let probabilities = numbers(probabilities.transpose())?;
            let classes = self.vocabulary.classes();
            for (rows, (_, truth)) in probabilities.chunks_exact(steps * classes).zip(part) {
                let posteriors: Vec<_> =
                    rows.chunks_exact(classes).map(|row| self.vocabulary.fold(row)).collect();
                let mut folded = most_like_a_keyword(&posteriors, self.vocabulary.keywords);
                folded[..self.vocabulary.keywords]
                    .iter_mut()
                    .for_each(|p| *p *= ClipClassifier::KEYWORD_ODDS);
                let best = (0..size).max_by(|&a, &b| folded[a].total_cmp(&folded[b])).unwrap_or(0);
                confusion.count(*truth, best);
            }
        }
        Ok(confusion)
    }
}

/// The mean posteriors of the run of steps in which a keyword has its highest.
fn most_like_a_keyword(posteriors: &[Vec<f32>], keywords: usize) -> Vec<f32> {
    let highest = |mean: &[f32]| mean[..keywords].iter().copied().fold(0.0, f32::max);
    let mean = |run: &[Vec<f32>]| -> Vec<f32> {
        (0..run[0].len()).map(|label| run.iter().map(|p| p[label]).sum::<f32>() / run.len() as f32).collect()
    };
    let runs = posteriors.windows(RUN_STEPS.min(posteriors.len().max(1))).map(mean);
    runs.max_by(|a, b| highest(a).total_cmp(&highest(b))).unwrap_or_default()
}

/// Frames of a clip with silence before and after it.
fn features(clip: &[i16], spec: &FrontEndSpec) -> Result<Vec<f32>> {
    let second = spec.sample_rate_hz as usize;
    let mut samples = vec![0.0; second / 5];
    samples.extend(clip[..clip.len().min(LONGEST_SECONDS * second)].iter().map(|&s| f32::from(s) / 32_768.0));
    // Windows that are judged together have one length.
    samples.resize((LONGEST_SECONDS + 1) * second, 0.0);
    let mut frames = Vec::new();
    FrontEnd::new(spec)?.push(&samples, |frame| frames.extend_from_slice(frame));
    Ok(frames)
}
