//! From the microphone's samples to the model's: one channel, at its rate.

use polyspot_audio::{AudioError, ChannelChoice, Resampler, mono_samples};

use super::stream::Input;

/// Converts the samples of one open microphone.
pub(super) struct Intake {
    channels: usize,
    choice: ChannelChoice,
    resampler: Resampler,
    mono: Vec<f32>,
}

impl Intake {
    /// # Errors
    /// When the microphone has not the channel chosen, or its rate cannot be resampled.
    pub(super) fn new(input: &Input, choice: ChannelChoice, sample_rate_hz: u32) -> Result<Self, AudioError> {
        choice.check(input.channels)?;
        Ok(Self {
            channels: input.channels,
            choice,
            resampler: Resampler::new(input.sample_rate_hz, sample_rate_hz)?,
            mono: Vec::new(),
        })
    }

    /// Takes whole frames and calls `on_block` with the samples that they complete.
    pub(super) fn push(
        &mut self,
        interleaved: &[f32],
        on_block: impl FnMut(&[f32]),
    ) -> Result<(), AudioError> {
        mono_samples(interleaved, self.channels, self.choice, &mut self.mono);
        self.resampler.push(&self.mono, on_block)
    }

    /// Delivers what is still inside.
    pub(super) fn flush(&mut self, on_block: impl FnMut(&[f32])) -> Result<(), AudioError> {
        self.resampler.flush(on_block)
    }
}
