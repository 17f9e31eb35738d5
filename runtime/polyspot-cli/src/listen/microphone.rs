//! A microphone for commands that record for a while.

use std::thread;
use std::time::Instant;

use anyhow::{Context, anyhow};
use polyspot_audio::ChannelChoice;

use super::IDLE;
use super::connection::{Change, Connection};
use super::intake::Intake;
use super::stream;
use crate::exit::Failure;

/// One channel of a microphone, at the model's rate. One that breaks is not waited for: the recording would have a hole.
pub(crate) struct Microphone {
    connection: Connection,
    intake: Intake,
    name: String,
    /// What the device delivered last.
    interleaved: Vec<f32>,
}

impl Microphone {
    /// Opens the microphone that `devices::choose` finds and waits until it delivers.
    pub(crate) fn open(
        wanted: Option<String>,
        choice: ChannelChoice,
        sample_rate_hz: u32,
    ) -> Result<Self, Failure> {
        let mut connection = Connection::begin(wanted, stream::opener(), Instant::now())?;
        let mut interleaved = Vec::new();
        loop {
            match connection.poll(Instant::now(), &mut interleaved).map_err(Failure::audio_device)? {
                Some(Change::Opened { input, .. }) => {
                    let intake = Intake::new(&input, choice, sample_rate_hz)
                        .with_context(|| format!("{} ({}) cannot be listened to", input.name, input.id))
                        .map_err(Failure::audio_device)?;
                    return Ok(Self { connection, intake, name: input.name, interleaved });
                }
                Some(Change::Broken { reason }) => return Err(Failure::audio_device(anyhow!(reason))),
                _ => thread::sleep(IDLE),
            }
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Records at least so many samples, up to a tenth of a second more, and hands them on as they come.
    pub(crate) fn record(
        &mut self,
        samples: usize,
        mut on_block: impl FnMut(&[f32]) -> anyhow::Result<()>,
    ) -> Result<(), Failure> {
        let mut recorded = 0;
        while recorded < samples {
            if let Some(Change::Broken { reason }) =
                self.connection.poll(Instant::now(), &mut self.interleaved).map_err(Failure::audio_device)?
            {
                return Err(Failure::audio_device(anyhow!("{} stopped: {reason}", self.name)));
            }
            if self.interleaved.is_empty() {
                thread::sleep(IDLE);
                continue;
            }
            let mut outcome = Ok(());
            self.intake.push(&self.interleaved, |block| {
                recorded += block.len();
                if outcome.is_ok() {
                    outcome = on_block(block);
                }
            })?;
            outcome?;
        }
        Ok(())
    }
}
