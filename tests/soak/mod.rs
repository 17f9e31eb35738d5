//! Days of listening at full speed, without a device.
//!
//! ```text
//! Microphone: sound, breaks ─ Simulation, as in `polyspot listen` ─ JSON lines ─ EventLog
//! ```
//! The time is simulated. Each round holds the same sounds, breaks and changes of language, so that each must be heard as the first
//! one was, and cost as much.

mod event_log;
mod microphone;
mod process_statistics;
mod round;
mod sound;
mod verdict;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use polyspot::Model;

use event_log::EventLog;
use microphone::Microphone;
use round::Round;
use verdict::Verdict;

/// What is to be played.
pub(crate) struct Plan {
    /// Recordings, keywords among them.
    pub(crate) recordings: Vec<PathBuf>,
    /// The models, in turn each alone and all at once.
    pub(crate) models: Vec<Arc<Model>>,
    pub(crate) hours: f64,
    /// Minutes of a round, four at least.
    pub(crate) round: u32,
}

impl Plan {
    /// Runs the rounds, and writes how they went and what is broken: false if there is anything.
    ///
    /// # Errors
    /// When the recordings cannot be read, or listening ends before the time.
    pub(crate) fn run(&self, out: &mut impl Write) -> anyhow::Result<bool> {
        let mut turns: Vec<Vec<Arc<Model>>> =
            self.models.iter().map(|model| vec![Arc::clone(model)]).collect();
        if turns.len() > 1 {
            turns.push(self.models.clone());
        }
        let mut log = EventLog::default();
        let mut microphone = Microphone::begin(&self.recordings, &turns[0], log.lines())?;
        let rounds = (self.hours * 60.0 / f64::from(self.round)).ceil() as usize;
        let round = Round { minutes: self.round as usize, turns };
        let mut verdict = Verdict::new(f64::from(self.round) / 60.0);
        for _ in 0..rounds {
            let costs = round.play(&mut microphone, &mut log)?;
            verdict.add(&log.end_of_round()?, costs, out)?;
        }
        let played = microphone.end()?;
        Ok(verdict.conclude(&played, &log.end()?, out)?)
    }
}
