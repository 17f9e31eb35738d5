//! A microphone that is recorded from for a while.

use std::thread;
use std::time::Instant;

use anyhow::anyhow;
use polyspot_audio::{ChannelChoice, Resampler, mono_samples};

use crate::audio_input::{self, Change, Connection, IDLE};
use crate::exit::Failure;

/// One channel of a microphone, at the model's rate. One that breaks is not waited for: the recording would have a hole.
pub(super) struct Microphone {
    connection: Connection,
    choice: ChannelChoice,
    channels: usize,
    resampler: Resampler,
    name: String,
    /// What the device delivered last, and one channel of it.
    samples: Vec<f32>,
    mono: Vec<f32>,
}

impl Microphone {
    /// Opens the microphone that is meant and waits until it delivers.
    pub(super) fn open(
        wanted: Option<String>,
        choice: ChannelChoice,
        sample_rate_hz: u32,
    ) -> Result<Self, Failure> {
        let mut connection =
            Connection::begin(wanted, audio_input::opener(thread::current()), Instant::now())?;
        let mut samples = Vec::new();
        loop {
            match connection.poll(Instant::now(), &mut samples).map_err(Failure::audio_device)? {
                Some(Change::Opened { input, .. }) => {
                    let resampler = input.resampler(choice, sample_rate_hz).map_err(Failure::audio_device)?;
                    let (channels, name, mono) = (input.channels, input.name, Vec::new());
                    return Ok(Self { connection, choice, channels, resampler, name, samples, mono });
                }
                Some(Change::Broken { reason }) => return Err(Failure::audio_device(anyhow!(reason))),
                _ => thread::sleep(IDLE),
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Records at least so many samples, up to a tenth of a second more, and hands them on as they come.
    pub(super) fn record(
        &mut self,
        samples: usize,
        mut on_block: impl FnMut(&[f32]) -> anyhow::Result<()>,
    ) -> Result<(), Failure> {
        let mut recorded = 0;
        while recorded < samples {
            if let Some(Change::Broken { reason }) =
                self.connection.poll(Instant::now(), &mut self.samples).map_err(Failure::audio_device)?
            {
                return Err(Failure::audio_device(anyhow!("{} stopped: {reason}", self.name)));
            }
            if self.samples.is_empty() {
                thread::sleep(IDLE);
                continue;
            }
            mono_samples(&self.samples, self.channels, self.choice, &mut self.mono);
            let block = self.resampler.push(&self.mono)?;
            recorded += block.len();
            on_block(block)?;
        }
        Ok(())
    }
}
