//! A round: the same troubles as in every other.

use std::sync::Arc;

use polyspot::Model;

use super::event_log::EventLog;
use super::microphone::{Microphone, Next, Stop};
use super::process_statistics::Costs;
use super::sound::KINDS;

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
}

impl Round {
    /// Plays a round, from one loss of the microphone to the next.
    pub(super) fn play(&self, microphone: &mut Microphone, log: &mut EventLog) -> anyhow::Result<Costs> {
        microphone.pushes.clear();
        let mut turn = 0;
        for quarter in 0..KINDS.len() {
            let minutes = (self.minutes + quarter) / KINDS.len();
            self.troubled_minute(microphone, &mut turn)?;
            for _ in 0..3 * (minutes - 1) {
                self.change_models(microphone, &mut turn);
                microphone.deliver(TURN_SECONDS)?;
                log.read()?;
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
                    self.change_models(microphone, &mut turn);
                    microphone.deliver(1)?;
                    microphone.replace(Stop::Silently, next(0))?;
                }
            }
            microphone.release();
            log.read()?;
        }
        Ok(Costs::of(&mut microphone.pushes))
    }

    /// A minute in which the listening thread is held up and the microphone leaves something out.
    fn troubled_minute(&self, microphone: &mut Microphone, turn: &mut usize) -> anyhow::Result<()> {
        self.change_models(microphone, turn);
        microphone.deliver(TURN_SECONDS - HELD_UP_SECONDS)?;
        microphone.deliver_unheard(HELD_UP_SECONDS)?;
        self.change_models(microphone, turn);
        microphone.deliver(TURN_SECONDS)?;
        microphone.skip(SKIPPED_TICKS);
        self.change_models(microphone, turn);
        microphone.deliver(TURN_SECONDS)
    }

    /// Lets the next models listen.
    fn change_models(&self, microphone: &Microphone, turn: &mut usize) {
        *turn = (*turn + 1) % self.turns.len();
        microphone.change_models(&self.turns[*turn]);
    }
}
