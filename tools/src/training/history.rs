//! What a run has measured of itself, epoch by epoch.

use serde::{Deserialize, Serialize};

/// One entry per epoch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) epochs: Vec<Epoch>,
}

/// Figures of one epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Epoch {
    /// Mean training loss.
    pub(crate) loss: f32,
    pub(crate) learning_rate: f32,
    /// Share of `dev` clips judged right, per language, with the averaged weights; none where there are no clips.
    pub(crate) dev_accuracy: Vec<Option<f32>>,
}
