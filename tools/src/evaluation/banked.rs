//! Pieces of a bank of negatives, played to a model.

use std::sync::Arc;

use anyhow::Result;
use polyspot::{Model, TraceRecorder};
use rayon::prelude::*;

use super::judge::Judge;
use super::streams::{FLOOR, Half, Kind, NegativeStream, Played};
use crate::bank::BankPiece;

/// What the names of kinds begin with that are of the bank: their rates are estimates.
pub(crate) const BANK: &str = "bank: ";

impl Judge {
    /// Lets the model hear pieces of a bank, beside what it has heard. Each is a stream of its own.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn hear_bank(&mut self, model: &Arc<Model>, pieces: &[BankPiece]) -> Result<()> {
        let spec = &model.manifest().front_end;
        let mut placed = Vec::new();
        for piece in pieces {
            let name = format!("{BANK}{}", piece.source);
            let samples = (piece.frames.len() / spec.coefficients * spec.hop_samples) as u64;
            let kind = self.kinds.iter().position(|kind| kind.name == name).unwrap_or_else(|| {
                self.kinds.push(Kind { name, recordings: 0, samples: 0 });
                self.kinds.len() - 1
            });
            let half = Half::of(self.kinds[kind].recordings);
            self.kinds[kind].recordings += 1;
            self.kinds[kind].samples += samples;
            placed.push(Played { kind, end: u64::MAX, samples, stands_for: piece.stands_for, half });
        }
        let hear = |(piece, played): (&BankPiece, &Played)| {
            let mut recorder = TraceRecorder::new(model, FLOOR)?;
            recorder.push_frames(&piece.frames)?;
            Ok(NegativeStream { trace: recorder.finish()?, recordings: vec![*played] })
        };
        let heard = pieces.par_iter().zip(&placed).map(hear).collect::<Result<Vec<_>>>()?;
        self.negatives.extend(heard);
        Ok(())
    }
}
