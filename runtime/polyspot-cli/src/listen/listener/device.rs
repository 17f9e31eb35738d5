//! What becomes of the microphone.

use std::time::Duration;

use super::{Listener, languages, reported};
use crate::audio_input::Input;
use crate::json_lines::rounded;
use crate::listen::output::{Device, Event, WakeWords};

impl Listener {
    /// Reports that the microphone delivers, for the first time or after a break.
    pub(in crate::listen) fn opened(&mut self, input: &Input, gap: Option<Duration>) -> anyhow::Result<()> {
        let device = Device {
            id: &input.id,
            name: &input.name,
            sample_rate_hz: input.sample_rate_hz,
            channels: input.channels,
            sample_format: input.sample_format.to_string(),
        };
        let language = languages(&self.models);
        let event = match gap {
            None => Event::Ready {
                language: &language,
                keywords: reported(&self.models, &self.selected, self.wake.as_ref()),
                wake: self.wake.as_ref().map(|wake| WakeWords {
                    keywords: wake.keywords().iter().map(String::as_str).collect(),
                    window_seconds: rounded(wake.window().as_secs_f64(), 3),
                }),
                sample_rate_hz: self.sample_rate_hz,
                device,
            },
            Some(gap) => Event::DeviceRestored {
                sample: self.position,
                seconds: self.seconds(self.position),
                gap_seconds: rounded(gap.as_secs_f64(), 3),
                device,
            },
        };
        Ok(self.report.show(&event)?)
    }

    /// Reports that the microphone has stopped.
    pub(in crate::listen) fn device_lost(&mut self, reason: &str) -> anyhow::Result<()> {
        let (sample, seconds) = (self.position, self.seconds(self.position));
        Ok(self.report.show(&Event::DeviceLost { sample, seconds, reason })?)
    }

    /// Reports frames that were dropped here; the stream was broken off before.
    pub(in crate::listen) fn discontinuity(&mut self, dropped: u64) -> anyhow::Result<()> {
        let (sample, seconds) = (self.position, self.seconds(self.position));
        let event = Event::SamplesLost { start: sample, end: sample, seconds, dropped, missing: 0 };
        Ok(self.report.show(&event)?)
    }

    /// Reports frames that never came, within this time.
    pub(in crate::listen) fn missing(&mut self, missing: u64, within: Duration) -> anyhow::Result<()> {
        let samples = within.as_secs() * u64::from(self.sample_rate_hz);
        let (start, end) = (self.position.saturating_sub(samples).max(self.stream_start), self.position);
        let seconds = self.seconds(end);
        Ok(self.report.show(&Event::SamplesLost { start, end, seconds, dropped: 0, missing })?)
    }
}
