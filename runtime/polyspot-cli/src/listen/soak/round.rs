//! A round: the same troubles as in every other.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

use anyhow::anyhow;
use polyspot::Model;

use super::ledger::Ledger;
use super::microphone::{Microphone, Next, Stop};
use super::sound::KINDS;
use super::vitals::Costs;
use crate::exit::Failure;
use crate::listen::control::{Answer, Ready};

/// From one change of language to the next.
const TURN_SECONDS: usize = 20;
/// The listening thread is held up for so long: longer than the ring reaches.
const HELD_UP_SECONDS: usize = 5;
/// A microphone leaves out so many tenths of a second.
const SKIPPED_TICKS: u32 = 2;
/// After so long, in seconds, a stream that cannot be closed is given up.
const GIVEN_UP_SECONDS: usize = 4;

/// What happens in each round.
pub(super) struct Round {
    pub(super) minutes: usize,
    /// The models that listen, one turn after the other.
    pub(super) turns: Vec<Vec<Arc<Model>>>,
    pub(super) change: Sender<Answer>,
}

impl Round {
    /// Plays a round, from one loss of the microphone to the next.
    pub(super) fn play(&self, microphone: &mut Microphone, ledger: &mut Ledger) -> Result<Costs, Failure> {
        microphone.pushes.clear();
        let mut turn = 0;
        for quarter in 0..KINDS.len() {
            let minutes = (self.minutes + quarter) / KINDS.len();
            self.troubled_minute(microphone, &mut turn)?;
            for _ in 0..3 * (minutes - 1) {
                self.change_models(&mut turn)?;
                microphone.deliver(TURN_SECONDS)?;
                ledger.read()?;
            }
            let next = |kind| Next { kind, ..Next::default() };
            match quarter {
                0 => microphone.replace(Stop::Silently, Next { failures: 2, ..next(1) })?,
                1 => microphone.replace(Stop::WithError, Next { sticks: true, ..next(2) })?,
                2 => {
                    microphone.replace(Stop::WithError, next(3))?;
                    microphone.deliver(GIVEN_UP_SECONDS)?;
                }
                // The next round begins as this one did.
                _ => {
                    turn = self.turns.len() - 1;
                    self.change_models(&mut turn)?;
                    microphone.deliver(1)?;
                    microphone.replace(Stop::Silently, next(0))?;
                }
            }
            microphone.release();
            ledger.read()?;
        }
        Ok(Costs::of(&mut microphone.pushes))
    }

    /// A minute in which the listening thread is held up and the microphone leaves something out.
    fn troubled_minute(&self, microphone: &mut Microphone, turn: &mut usize) -> Result<(), Failure> {
        self.change_models(turn)?;
        microphone.deliver(TURN_SECONDS - HELD_UP_SECONDS)?;
        microphone.deliver_unheard(HELD_UP_SECONDS)?;
        self.change_models(turn)?;
        microphone.deliver(TURN_SECONDS)?;
        microphone.skip(SKIPPED_TICKS);
        self.change_models(turn)?;
        microphone.deliver(TURN_SECONDS)
    }

    /// Lets the next models listen.
    fn change_models(&self, turn: &mut usize) -> Result<(), Failure> {
        *turn = (*turn + 1) % self.turns.len();
        let ready = Ready { models: self.turns[*turn].clone(), asked: Instant::now() };
        Ok(self.change.send(Answer::Models(ready)).map_err(|_| anyhow!("nobody listens"))?)
    }
}
