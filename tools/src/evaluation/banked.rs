//! Pieces of a bank of negatives, played to a model.

use std::sync::Arc;

use anyhow::Result;
use polyspot::Model;
use polyspot::evaluation::TraceRecorder;
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
        let hear = |piece: &BankPiece| {
            let mut recorder = TraceRecorder::new(model, FLOOR)?;
            recorder.push_frames(&piece.frames)?;
            Ok(recorder.finish()?)
        };
        let heard = pieces.par_iter().map(hear).collect::<Result<Vec<_>>>()?;
        for (piece, trace) in pieces.iter().zip(heard) {
            let name = format!("{BANK}{}", piece.source);
            let samples = trace.samples();
            let kind = self.kinds.iter().position(|kind| kind.name == name).unwrap_or_else(|| {
                self.kinds.push(Kind { name, recordings: 0, samples: 0 });
                self.kinds.len() - 1
            });
            let half = Half::of(self.kinds[kind].recordings);
            self.kinds[kind].recordings += 1;
            self.kinds[kind].samples += samples;
            let played = Played { kind, end: u64::MAX, samples, stands_for: piece.stands_for, half };
            self.negatives.push(NegativeStream { trace, recordings: vec![played] });
        }
        Ok(())
    }
}
