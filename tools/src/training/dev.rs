//! Accuracy on clips of speakers that training never hears.

use anyhow::Result;
use burn::tensor::Device;
use burn::tensor::activation::softmax;
use polyspot::{Confusion, FrontEnd, FrontEndSpec};
use rayon::prelude::*;

use super::corpus::Corpus;
use super::vocabulary::Vocabulary;
use crate::evaluation::clip_set;
use crate::network::forward::{FrameBatch, WeightTensors, forward, head, numbers};
use crate::network::{NetworkShape, Weights};

/// Windows judged at once.
const BATCH: usize = 128;

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
            let pooled = forward(shape, &tensors, &batch, &device).pooled;
            let probabilities = softmax(head(&tensors, &self.vocabulary.language, pooled), 0);
            // [windows, classes]
            let probabilities = numbers(probabilities.transpose())?;
            for (row, (_, truth)) in probabilities.chunks_exact(self.vocabulary.classes()).zip(part) {
                let folded = self.vocabulary.fold(row);
                let best = (0..size).max_by(|&a, &b| folded[a].total_cmp(&folded[b])).unwrap_or(0);
                confusion.count(*truth, best);
            }
        }
        Ok(confusion)
    }
}

/// Frames of the second in a clip's middle; a shorter clip is put into the middle of silence.
fn features(clip: &[i16], spec: &FrontEndSpec) -> Result<Vec<f32>> {
    let second = spec.sample_rate_hz as usize;
    let mut samples = vec![0.0; second];
    let (from, to) = (clip.len().saturating_sub(second) / 2, second.saturating_sub(clip.len()) / 2);
    for (slot, &sample) in samples[to..].iter_mut().zip(&clip[from..]) {
        *slot = f32::from(sample) / 32_768.0;
    }
    let mut frames = Vec::new();
    FrontEnd::new(spec)?.push(&samples, |frame| frames.extend_from_slice(frame));
    Ok(frames)
}
