//! What is wrong with the microphone that is listened to, as `polyspot doctor` would say.

use std::time::Duration;

use polyspot_audio::ChannelChoice;

use crate::audio_input::Input;
use crate::doctor::{Finding, Meter, Way, judge};
use crate::pace::Pace;

/// It is judged by so much audio at a time, in seconds.
const WINDOW_SECONDS: u64 = 5;
/// A microphone that has delivered nothing but zeros for so long, in seconds, is probably muted.
const SUSPICIOUS_SILENCE_SECONDS: u64 = 10;
/// So many warnings at once, and then one in [`PER_WARNING`]: some microphones deliver zeros whenever nobody speaks.
const AT_ONCE: u32 = 6;
const PER_WARNING: Duration = Duration::from_mins(10);

/// What is known of the way is told by other events: the clock and the ring are looked at elsewhere.
const WAY: Way = Way::Device { measured_hz: None, lost: 0, stopped: None };

/// Watches an open microphone.
pub(super) struct Health {
    sample_rate_hz: u32,
    channels: usize,
    choice: ChannelChoice,
    meter: Meter,
    frames: u64,
    /// Frames of nothing but zeros, up to now.
    silent_frames: u64,
    /// What was wrong in the last window …
    wrong: Vec<&'static str>,
    /// … and what can be said before the first one.
    at_once: Vec<Finding>,
    pace: Pace,
}

impl Health {
    pub(super) fn new(input: &Input, choice: ChannelChoice) -> Self {
        let Input { sample_rate_hz, channels, .. } = *input;
        let meter = Meter::new(sample_rate_hz, channels, choice);
        let at_once = judge(&meter.end(WAY));
        Self {
            sample_rate_hz,
            channels,
            choice,
            meter,
            frames: 0,
            silent_frames: 0,
            wrong: at_once.iter().map(Finding::name).collect(),
            at_once,
            pace: Pace::new(AT_ONCE, PER_WARNING),
        }
    }

    /// Takes the next frames; gives what is wrong since then and was not before.
    pub(super) fn push(&mut self, interleaved: &[f32]) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.at_once);
        findings.extend(self.look_for_silence(interleaved));
        self.frames += (interleaved.len() / self.channels) as u64;
        self.meter.push(interleaved);
        if self.meter.frames() >= WINDOW_SECONDS * u64::from(self.sample_rate_hz) {
            findings.extend(self.end_of_window());
        }
        let now = Duration::from_secs_f64(self.frames as f64 / f64::from(self.sample_rate_hz));
        findings.retain(|_| {
            let is_time = self.pace.wait(now).is_zero();
            if is_time {
                self.pace.note(now);
            }
            is_time
        });
        findings
    }

    fn look_for_silence(&mut self, interleaved: &[f32]) -> Option<Finding> {
        let limit = SUSPICIOUS_SILENCE_SECONDS * u64::from(self.sample_rate_hz);
        let before = self.silent_frames;
        let sound = interleaved.iter().rposition(|sample| *sample != 0.0);
        let silent = interleaved.len() - sound.map_or(0, |last| last + 1);
        self.silent_frames = if sound.is_some() { 0 } else { before } + (silent / self.channels) as u64;
        let is_silent = before < limit && self.silent_frames >= limit;
        is_silent.then_some(Finding::Silence { is_digital: true })
    }

    fn end_of_window(&mut self) -> Vec<Finding> {
        let measured = self.meter.end(WAY);
        self.meter = Meter::new(self.sample_rate_hz, self.channels, self.choice);
        let mut findings = judge(&measured);
        // Nobody may be speaking; and zeros are counted by themselves.
        findings.retain(|finding| !matches!(finding, Finding::Silence { .. } | Finding::TooQuiet { .. }));
        let before = std::mem::replace(&mut self.wrong, findings.iter().map(Finding::name).collect());
        findings.retain(|finding| !before.contains(&finding.name()));
        findings
    }
}

#[cfg(test)]
mod tests {
    use cpal::SampleFormat;

    use super::*;

    const RATE_HZ: u32 = 16_000;

    fn health(sample_rate_hz: u32, channels: usize) -> Health {
        let name = "microphone".to_owned();
        let input =
            Input { id: name.clone(), name, sample_rate_hz, channels, sample_format: SampleFormat::I16 };
        Health::new(&input, ChannelChoice::Mix)
    }

    /// What is found in so many seconds of frames, made of their number.
    fn found(health: &mut Health, seconds: usize, frame: impl Fn(usize) -> Vec<f32>) -> Vec<&'static str> {
        let (rate_hz, mut found) = (health.sample_rate_hz as usize, Vec::new());
        for tenth in 0..10 * seconds {
            let frames = tenth * rate_hz / 10..(tenth + 1) * rate_hz / 10;
            let samples: Vec<f32> = frames.flat_map(&frame).collect();
            found.extend(health.push(&samples).iter().map(Finding::name));
        }
        found
    }

    fn tone(index: usize) -> f32 {
        0.25 * (index as f32 * 0.2).sin()
    }

    #[test]
    fn a_mute_is_found_whenever_it_comes_and_told_once() {
        let mut health = health(RATE_HZ, 1);
        let silence = |_| vec![0.0];
        assert_eq!(found(&mut health, 9, silence), [""; 0]);
        assert_eq!(found(&mut health, 60, |i| vec![tone(i + 1)]), [""; 0]);
        assert_eq!(found(&mut health, 9, silence), [""; 0]);
        assert_eq!(found(&mut health, 2, silence), ["silence"]);
        assert_eq!(found(&mut health, 60, silence), [""; 0]);
        found(&mut health, 1, |i| vec![tone(i + 1)]);
        assert_eq!(found(&mut health, 11, silence), ["silence"]);
    }

    #[test]
    fn a_microphone_with_gaps_of_zeros_does_not_warn_all_the_time() {
        let mut health = health(RATE_HZ, 1);
        let told = found(&mut health, 30 * 60, |i| vec![if i / 16_000 % 12 == 0 { tone(i) } else { 0.0 }]);
        assert!((6..=9).contains(&told.len()), "{} warnings in half an hour", told.len());
    }

    #[test]
    fn channels_that_cancel_are_not_called_muted() {
        let mut health = health(48_000, 2);
        assert_eq!(found(&mut health, 20, |i| vec![tone(i), -tone(i)]), ["channels-cancel"]);
        assert_eq!(found(&mut health, 10, |i| vec![tone(i), tone(i)]), [""; 0]);
        assert_eq!(found(&mut health, 10, |i| vec![tone(i), -tone(i)]), ["channels-cancel"]);
    }

    #[test]
    fn a_telephone_s_rate_is_told_of_and_a_quiet_room_is_not() {
        let mut telephone = health(8_000, 1);
        assert_eq!(found(&mut telephone, 1, |i| vec![tone(i)]), ["wrong-rate"]);
        assert_eq!(found(&mut telephone, 20, |i| vec![tone(i)]), [""; 0]);
        assert_eq!(found(&mut health(RATE_HZ, 1), 30, |i| vec![0.000_1 * tone(i)]), [""; 0]);
    }
}
