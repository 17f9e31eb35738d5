//! What was measured of a microphone or a recording.

use polyspot_audio::{ChannelChoice, Damage, mono_samples};

use super::signal::{Signal, SignalMeter};

/// Everything that findings rest on.
#[derive(Debug)]
pub(crate) struct Measured {
    /// What the device or the file says.
    pub(crate) sample_rate_hz: u32,
    pub(crate) frames: u64,
    pub(crate) channels: Vec<Signal>,
    /// What `listen` hears of them.
    pub(crate) heard: Signal,
    pub(crate) way: Way,
}

/// How the samples came.
#[derive(Debug)]
pub(crate) enum Way {
    Device {
        /// Frames per second by our clock, if it could be told.
        measured_hz: Option<f64>,
        /// Frames that never came or that we were too late for.
        lost: u64,
        /// Why it stopped, if it did.
        stopped: Option<String>,
    },
    File {
        /// Whether it has fewer frames than it announces.
        is_cut_off: bool,
        /// What of it cannot be decoded.
        damage: Option<Damage>,
    },
}

/// Measures frames as they come.
pub(crate) struct Meter {
    sample_rate_hz: u32,
    choice: ChannelChoice,
    frames: u64,
    channels: Vec<SignalMeter>,
    heard: SignalMeter,
    mono: Vec<f32>,
}

impl Meter {
    /// The channel chosen must be there.
    pub(crate) fn new(sample_rate_hz: u32, channels: usize, choice: ChannelChoice) -> Self {
        Self {
            sample_rate_hz,
            choice,
            frames: 0,
            channels: (0..channels).map(|_| SignalMeter::new(sample_rate_hz)).collect(),
            heard: SignalMeter::new(sample_rate_hz),
            mono: Vec::new(),
        }
    }

    /// Takes whole frames.
    pub(crate) fn push(&mut self, interleaved: &[f32]) {
        let count = self.channels.len();
        self.frames += (interleaved.len() / count) as u64;
        for (index, channel) in self.channels.iter_mut().enumerate() {
            interleaved.iter().skip(index).step_by(count).for_each(|sample| channel.push(*sample));
        }
        mono_samples(interleaved, count, self.choice, &mut self.mono);
        self.mono.iter().for_each(|sample| self.heard.push(*sample));
    }

    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    pub(crate) fn end(&self, way: Way) -> Measured {
        Measured {
            sample_rate_hz: self.sample_rate_hz,
            frames: self.frames,
            channels: self.channels.iter().map(SignalMeter::end).collect(),
            heard: self.heard.end(),
            way,
        }
    }
}

impl Measured {
    pub(crate) fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.sample_rate_hz)
    }

    /// Of the channels, the highest of something.
    pub(crate) fn highest(&self, of: impl Fn(&Signal) -> f32) -> f32 {
        self.channels.iter().map(of).fold(0.0, f32::max)
    }
}
