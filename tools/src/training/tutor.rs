//! Distillation: a network learns the posteriors of a larger one (Hinton, Vinyals and Dean 2015, arXiv 1503.02531).

use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor};

use super::checkpoint::{About, Checkpoint};
use crate::network::forward::{FrameBatch, WeightTensors, forward, head, numbers};

/// A finished base whose posteriors another learns.
pub(crate) struct Tutor {
    base: Checkpoint,
}

impl Tutor {
    /// Reads a base that can teach another.
    ///
    /// # Errors
    /// When the file is no checkpoint, or hears other words, other features or at other moments than the one that it is to teach.
    pub(crate) fn open(path: &Path, pupil: &About) -> Result<Self> {
        let base = Checkpoint::open(path)?;
        Self::teaches(&base.about, pupil).with_context(|| format!("tutor {}", path.display()))?;
        Ok(Self { base })
    }

    fn teaches(about: &About, pupil: &About) -> Result<()> {
        ensure!(about.front_end == pupil.front_end, "it takes features of another front end");
        let [own, expected] = [about, pupil].map(|about| about.recipe.network.stride_frames());
        ensure!(own == expected, "expected posteriors every {expected} frames, found them every {own}");
        for wanted in &pupil.vocabularies {
            let own = about.vocabulary(&wanted.language)?;
            ensure!(
                own == wanted,
                "its head for {:?} is for other words, or in another order",
                wanted.language
            );
        }
        Ok(())
    }

    /// Hears a batch of windows of `[T, coefficients]` frames, all of the same length.
    pub(super) fn hear(&self, windows: &[&[f32]]) -> Heard<'_> {
        let device = Device::flex();
        let (shape, weights) = (&self.base.about.recipe.network, &self.base.weights);
        let tensors = WeightTensors::new(weights, &device);
        let output = forward(shape, &tensors, &FrameBatch::new(shape, weights, windows), &device);
        Heard { weights: tensors, features: output.features }
    }
}

/// What a tutor makes of a batch.
pub(super) struct Heard<'a> {
    weights: WeightTensors<'a>,
    /// `[features, windows * steps]`
    features: Tensor<2>,
}

impl Heard<'_> {
    /// `[classes, columns]`: logarithms of one language's posteriors.
    pub(super) fn log_posteriors(&self, language: &str, columns: Range<usize>) -> Result<Vec<f32>> {
        let [channels, _] = self.features.dims();
        let features = self.features.clone().slice([0..channels, columns]);
        numbers(log_softmax(head(&self.weights, language, features), 0))
    }
}
