//! What models say of speech and noise without keywords, so that words can be enrolled; and what enrolled words raise there.

use std::sync::Arc;

use anyhow::Result;
use polyspot::enrolment::{FillerGatherer, add_filler_statistics};
use polyspot::stream::Posterior;
use polyspot::{Model, Spotter};
use rayon::prelude::*;

use crate::bank::BankPiece;
use crate::data::{Audio, as_f32};
use crate::evaluation::figures::PerHour;
use crate::frames::frames;
use crate::progress::bar;

/// What other speech is like to a network: speech and noise without its keywords.
pub(crate) enum Filler {
    /// Pieces of a bank, of which each stands for so many like it.
    Bank(Vec<BankPiece>),
    /// Recordings at the model's rate: more of it, and so nearer to what is heard later.
    Recordings(Vec<Audio>),
}

impl Filler {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Bank(pieces) => pieces.is_empty(),
            Self::Recordings(recordings) => recordings.is_empty(),
        }
    }
}

/// A model file that says what these are like to its network.
///
/// # Errors
/// When a word cannot be added to the model.
pub(crate) fn with_statistics(model: &[u8], filler: &Filler) -> Result<Vec<u8>> {
    let (spec, network) = Model::describe(model)?;
    let mut gatherer = FillerGatherer::new(&spec, &network)?;
    match filler {
        Filler::Bank(pieces) => {
            for piece in pieces {
                gatherer.add(&piece.frames, piece.stands_for as f64);
            }
        }
        Filler::Recordings(recordings) => {
            let progress = bar(recordings.len() as u64, 0).with_message("hearing other speech");
            for recording in recordings {
                gatherer.add(&frames(&spec.front_end, &as_f32(recording))?, 1.0);
                progress.inc(1);
            }
            progress.finish_and_clear();
        }
    }
    Ok(add_filler_statistics(model, &gatherer.finish()?)?)
}

/// A keyword in pieces of a bank.
pub(crate) struct InBank<'a> {
    keyword: usize,
    /// The pieces, with the highest posterior that the keyword's detector sees in each.
    heard: Vec<(&'a BankPiece, f32)>,
    hours: f64,
}

impl<'a> InBank<'a> {
    /// Lets a model hear the pieces, each as a stream of its own.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn hear(model: &Arc<Model>, keyword: usize, pieces: &'a [BankPiece]) -> Result<Self> {
        let highest = |piece: &'a BankPiece| {
            let (mut spotter, mut highest) = (Spotter::new(Arc::clone(model))?, 0.0f32);
            let mut see = |posterior: Posterior<'_>| highest = highest.max(posterior.probabilities[keyword]);
            drop(spotter.push_frames_observed(&piece.frames, &mut see)?);
            drop(spotter.flush_observed(&mut see)?);
            Ok((piece, highest))
        };
        let heard = pieces.par_iter().map(highest).collect::<Result<Vec<_>>>()?;
        let spec = &model.manifest().front_end;
        let hours = |piece: &BankPiece| {
            let samples = piece.frames.len() / spec.coefficients * spec.hop_samples;
            samples as f64 * piece.stands_for as f64 / f64::from(spec.sample_rate_hz) / 3_600.0
        };
        Ok(Self { keyword, heard, hours: pieces.iter().map(hours).sum() })
    }

    /// The lowest posterior that pieces reach at most so often per hour; 0 if all of them may.
    pub(crate) fn reached(&self, per_hour: f64) -> f32 {
        let mut reached: Vec<(f32, u64)> =
            self.heard.iter().map(|(piece, highest)| (*highest, piece.stands_for)).collect();
        reached.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut allowed = per_hour * self.hours;
        for (highest, stands_for) in reached {
            allowed -= stands_for as f64;
            if allowed < 0.0 {
                return highest;
            }
        }
        0.0
    }

    /// How often pieces reach the keyword's threshold.
    pub(crate) fn false_alarms(&self, model: &Model) -> PerHour {
        let threshold = model.manifest().labels[self.keyword].threshold.unwrap_or(1.0);
        let alarms = self.heard.iter().filter(|(_, highest)| *highest >= threshold);
        PerHour::weighted(alarms.map(|(piece, _)| piece.stands_for), self.hours)
    }
}
