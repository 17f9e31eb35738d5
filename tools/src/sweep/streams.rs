//! What an adapted model misses in a stream.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use polyspot::{Manifest, Model};

use crate::data::{self, DataSet, Recording};
use crate::evaluation::conditions::{Condition, Surroundings};
use crate::evaluation::figures::Rate;
use crate::evaluation::judge::Judge;
use crate::evaluation::keywords::KeywordClips;
use crate::evaluation::negatives::Negatives;

/// What a model is held to, with one threshold for all keywords.
pub(super) const FALSE_ALARMS_PER_HOUR: f64 = 1.0;

/// The `dev` keywords of a language and recordings without them, read once for all its models.
pub(super) struct Streams {
    keywords: KeywordClips,
    negatives: Vec<(PathBuf, Vec<Recording>)>,
}

impl Streams {
    /// Reads the clips of the manifest's keywords, and the negatives' `dev` parts.
    ///
    /// # Errors
    /// When there is nothing to judge.
    pub(super) fn open(manifest: &Manifest, set: &DataSet, negatives: &[PathBuf]) -> Result<Self> {
        let rate_hz = manifest.front_end.sample_rate_hz;
        let read = |folder: &PathBuf| Ok((folder.clone(), data::load_dev_recordings(folder, rate_hz)?));
        Ok(Self {
            keywords: KeywordClips::load(manifest, set)?,
            negatives: negatives.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// The clean keywords that a model misses with at most [`FALSE_ALARMS_PER_HOUR`]; all of them if no threshold holds it to that.
    ///
    /// # Errors
    /// When the engine fails.
    pub(super) fn missed(&self, model: &Arc<Model>) -> Result<Rate> {
        let keywords = self.keywords.play(model, &[Condition::Clean], &Surroundings::default())?;
        let said = keywords.iter().map(|stream| stream.words.len() as u64).sum();
        let folders: Vec<(&Path, &[Recording])> =
            self.negatives.iter().map(|(folder, recordings)| (&**folder, &**recordings)).collect();
        let judge = Judge::hear(model, keywords, &Negatives::of(&folders, model, None)?)?;
        let held = judge.hold_best(&judge.sweep(None), FALSE_ALARMS_PER_HOUR, None);
        Ok(held.map_or(Rate::new(said, said), |point| point.missed()))
    }
}
