//! What models say of speech and noise without keywords, so that words can be enrolled; and what enrolled words raise there.

use std::sync::Arc;

use anyhow::Result;
use polyspot::enrolment::{FillerGatherer, add_filler_statistics};
use polyspot::{Model, Spotter};
use rayon::prelude::*;

use crate::bank::BankPiece;
use crate::evaluation::figures::PerHour;

/// A model file that says what these pieces are like to its network.
///
/// # Errors
/// When a word cannot be added to the model.
pub(crate) fn with_statistics(model: &[u8], pieces: &[BankPiece]) -> Result<Vec<u8>> {
    let (_, network) = Model::describe(model)?;
    let mut gatherer = FillerGatherer::new(&network)?;
    for piece in pieces {
        gatherer.add(&piece.frames, piece.stands_for as f64);
    }
    Ok(add_filler_statistics(model, &gatherer.finish()?)?)
}

/// How often a keyword is detected in pieces of a bank.
///
/// # Errors
/// When the engine fails.
pub(crate) fn false_alarms(model: &Arc<Model>, keyword: &str, pieces: &[BankPiece]) -> Result<PerHour> {
    let heard = |piece: &BankPiece| {
        let mut spotter = Spotter::new(Arc::clone(model))?;
        let is_it = |detection: &polyspot::Detection| &*detection.keyword == keyword;
        let count = spotter.push_frames_observed(&piece.frames, |_| {})?.filter(is_it).count();
        Ok(count + spotter.flush()?.filter(is_it).count())
    };
    let counts: Vec<usize> = pieces.par_iter().map(heard).collect::<Result<_>>()?;
    let spec = &model.manifest().front_end;
    let hours = |piece: &BankPiece| {
        let samples = piece.frames.len() / spec.coefficients * spec.hop_samples;
        samples as f64 * piece.stands_for as f64 / f64::from(spec.sample_rate_hz) / 3_600.0
    };
    let weights =
        pieces.iter().zip(counts).flat_map(|(piece, count)| std::iter::repeat_n(piece.stands_for, count));
    Ok(PerHour::weighted(weights, pieces.iter().map(hours).sum()))
}
