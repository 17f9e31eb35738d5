//! The flags that say what a model is listened to on.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use polyspot::Model;
use rayon::prelude::*;

use crate::data::{self, DataSet};
use crate::evaluation::conditions::{Condition, Snr};
use crate::evaluation::judge::Judge;
use crate::evaluation::noise_tape::NoiseTape;
use crate::evaluation::streams::{KeywordClips, NegativeStream};

/// Streams of keywords under several conditions.
#[derive(Debug, Args)]
pub(crate) struct StreamFlags {
    /// Folder of noise recordings (its dev/ part, if it has one)
    #[arg(long, value_name = "DIR")]
    pub(crate) noise: Option<PathBuf>,
    /// Play the keywords over noise at these signal-to-noise ratios; `clean` is without. Each is a condition
    #[arg(
        long,
        value_name = "clean|DB,…",
        value_delimiter = ',',
        default_value = "clean",
        allow_hyphen_values = true
    )]
    snr: Vec<Snr>,
    /// Play them in rooms with these reverberation times, too
    #[arg(long, value_name = "SECONDS,…", value_delimiter = ',', value_parser = seconds)]
    reverb: Vec<f32>,
    /// Play them at these gains, too
    #[arg(long, value_name = "DB,…", value_delimiter = ',', allow_hyphen_values = true, value_parser = gain)]
    gain: Vec<f32>,
}

fn seconds(text: &str) -> Result<f32, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.05..=5.0).contains(seconds));
    seconds.ok_or_else(|| format!("expected 0.05 to 5 s, found {text:?}"))
}

fn gain(text: &str) -> Result<f32, String> {
    let gain = text.parse().ok().filter(|gain| (-60.0..=60.0).contains(gain));
    gain.ok_or_else(|| format!("expected -60 to 60 dB, found {text:?}"))
}

impl StreamFlags {
    fn conditions(&self) -> Vec<Condition> {
        let rooms = self.reverb.iter().map(|&seconds| Condition::Reverberation(seconds));
        let gains = self.gain.iter().map(|&db| Condition::Gain(db));
        self.snr.iter().map(|snr| snr.0).chain(rooms).chain(gains).collect()
    }

    /// Whether a condition was asked for.
    pub(crate) fn has_conditions(&self) -> bool {
        self.conditions() != [Condition::Clean]
    }

    /// Lets a model hear everything once.
    pub(crate) fn listen(&self, model: &Arc<Model>, set: &DataSet, negatives: &[PathBuf]) -> Result<Judge> {
        let rate_hz = model.manifest().front_end.sample_rate_hz;
        let noise =
            self.noise.as_ref().map(|folder| NoiseTape::new(&data::load_dev_folder(folder, rate_hz)?));
        let noise = noise.transpose()?;
        let keywords = KeywordClips::load(model, set)?.play(model, &self.conditions(), noise.as_ref())?;
        let negatives =
            negatives.par_iter().map(|folder| NegativeStream::play(model, folder)).collect::<Result<_>>()?;
        Ok(Judge { manifest: model.manifest().clone(), keywords, negatives })
    }
}
