//! What an open microphone's samples pass through on their way to the listener.

use polyspot_audio::{ChannelChoice, Resampler, mono_samples};

use super::health::Health;
use super::listener::Listener;
use crate::arguments::Amplifier;
use crate::audio_input::Input;

/// All channels come in, one at the model's rate goes out; on the way the microphone's health is watched.
pub(super) struct Intake {
    choice: ChannelChoice,
    amplifier: Amplifier,
    channels: usize,
    health: Health,
    resampler: Resampler,
    mono: Vec<f32>,
}

impl Intake {
    /// For a microphone.
    ///
    /// # Errors
    /// When it has not the channel that is to be listened to, or its rate cannot be resampled.
    pub(super) fn new(
        input: &Input,
        choice: ChannelChoice,
        amplifier: Amplifier,
        sample_rate_hz: u32,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            resampler: input.resampler(choice, sample_rate_hz)?,
            health: Health::new(input, choice),
            choice,
            amplifier,
            channels: input.channels,
            mono: Vec::new(),
        })
    }

    /// Hands frames of the microphone to the listener.
    pub(super) fn hear(&mut self, interleaved: &[f32], listener: &mut Listener) -> anyhow::Result<()> {
        for finding in self.health.push(interleaved) {
            listener.found(&finding)?;
        }
        mono_samples(interleaved, self.channels, self.choice, &mut self.mono);
        // Behind what watches the microphone, and before everything that hears.
        self.amplifier.apply(&mut self.mono);
        listener.hear(self.resampler.push(&self.mono)?)
    }

    /// Hands on what is still inside and ends the stream: what comes next does not follow on it.
    pub(super) fn break_off(&mut self, listener: &mut Listener) -> anyhow::Result<()> {
        listener.hear(self.resampler.flush()?)?;
        listener.break_off()
    }
}
