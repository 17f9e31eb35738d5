//! From a client's samples to those that models hear.

use anyhow::{anyhow, ensure};
use polyspot_audio::{AudioError, ChannelChoice, Resampler, SampleFormat, mono_samples};
use serde_json::{Map, Value};

/// Rates that are taken, in Hz …
const LOWEST_HZ: u64 = 8_000;
const HIGHEST_HZ: u64 = 192_000;
/// … in such steps, of which every usual rate is a multiple: the resampler's memory grows with what two rates have not in common.
const STEP_HZ: u64 = 25;
/// Most channels.
const MOST_CHANNELS: u64 = 8;
/// So many frames are converted at once: memory does not grow with the chunks that clients send.
const BLOCK_FRAMES: usize = 4_096;

/// How a client's samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) rate_hz: u32,
    sample: SampleFormat,
    channels: usize,
}

impl Format {
    /// What the data of an event of audio says: `rate` in Hz, `width` in bytes and `channels`.
    ///
    /// # Errors
    /// When one of them is missing or cannot be heard.
    pub(super) fn of(data: &Map<String, Value>) -> anyhow::Result<Self> {
        let number = |field: &str, expected: &str| {
            let found = data.get(field).unwrap_or(&Value::Null);
            found.as_u64().ok_or_else(|| anyhow!("expected {expected} as {field}, found {}", brief(found)))
        };
        let rate = number("rate", "a sample rate in Hz")?;
        ensure!(
            (LOWEST_HZ..=HIGHEST_HZ).contains(&rate) && rate.is_multiple_of(STEP_HZ),
            "expected a rate of {LOWEST_HZ} to {HIGHEST_HZ} Hz in steps of {STEP_HZ} Hz, found {rate}"
        );
        let sample = match number("width", "the bytes of a sample")? {
            // As in WAV files, where clients have it from.
            1 => SampleFormat::U8,
            2 => SampleFormat::S16,
            3 => SampleFormat::S24,
            4 => SampleFormat::S32,
            found => return Err(anyhow!("expected a width of 1 to 4 bytes, found {found}")),
        };
        let channels = number("channels", "a number of channels")?;
        ensure!(
            (1..=MOST_CHANNELS).contains(&channels),
            "expected 1 to {MOST_CHANNELS} channels, found {channels}"
        );
        Ok(Self { rate_hz: rate as u32, sample, channels: channels as usize })
    }

    fn frame_bytes(self) -> usize {
        self.sample.bytes() * self.channels
    }

    /// A payload in blocks that are converted one after the other.
    pub(super) fn blocks(self, payload: &[u8]) -> impl Iterator<Item = &[u8]> {
        payload.chunks(BLOCK_FRAMES * self.frame_bytes())
    }

    /// Frames in so many bytes.
    ///
    /// # Errors
    /// When the last frame is not complete: what follows it would be taken for something else than it is.
    pub(super) fn frames(self, bytes: usize) -> anyhow::Result<u64> {
        let frame = self.frame_bytes();
        ensure!(bytes.is_multiple_of(frame), "expected whole frames of {frame} bytes, found {bytes} bytes");
        Ok((bytes / frame) as u64)
    }
}

/// Makes mono samples at the models' rate, full scale ±1.
pub(super) struct Conversion {
    format: Format,
    resampler: Resampler,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

impl Conversion {
    pub(super) fn new(format: Format, to_hz: u32) -> anyhow::Result<Self> {
        let resampler = Resampler::new(format.rate_hz, to_hz)?;
        Ok(Self { format, resampler, interleaved: Vec::new(), mono: Vec::new() })
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Takes whole frames, and gives the samples that they complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<&[f32], AudioError> {
        let Self { format, resampler, interleaved, mono } = self;
        interleaved.clear();
        format.sample.decode(bytes, interleaved);
        mono_samples(interleaved, format.channels, ChannelChoice::Mix, mono);
        resampler.push(mono)
    }

    /// Gives what is still inside.
    pub(super) fn flush(&mut self) -> Result<&[f32], AudioError> {
        self.resampler.flush()
    }
}

/// A value of strangers, so far as it says what it is.
fn brief(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::Number(number) => number.to_string(),
        Value::Bool(_) => "a truth value".into(),
        Value::String(_) => "a text".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn format(rate: u32, width: usize, channels: usize) -> anyhow::Result<Format> {
        Format::of(json!({"rate": rate, "width": width, "channels": channels}).as_object().unwrap())
    }

    /// A sine of 440 Hz of half full scale, as each width writes it.
    fn sine(rate: u32, width: usize, channels: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        for frame in 0..rate {
            let value = 0.5 * (f64::from(frame) * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin();
            let whole = (value * 2_147_483_648.0) as i32;
            for _ in 0..channels {
                match width {
                    1 => bytes.push(((whole >> 24) + 128) as u8),
                    width => bytes.extend(&whole.to_le_bytes()[4 - width..]),
                }
            }
        }
        bytes
    }

    #[test]
    fn every_rate_width_and_number_of_channels_gives_the_same_sound() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
            for (width, channels) in [(1, 1), (2, 1), (2, 2), (3, 4), (4, 2), (4, 8)] {
                let format = format(rate, width, channels).unwrap();
                let mut conversion = Conversion::new(format, 16_000).unwrap();
                let (bytes, mut samples) = (sine(rate, width, channels), Vec::new());
                for chunk in bytes.chunks(format.frame_bytes() * 777) {
                    samples.extend_from_slice(conversion.push(chunk).unwrap());
                }
                samples.extend_from_slice(conversion.flush().unwrap());
                assert_eq!(samples.len(), 16_000);
                // A resampler's filter has edges.
                for (at, sample) in samples.iter().enumerate().skip(1_600).take(12_800) {
                    let expected = 0.5 * (at as f32 * 440.0 * std::f32::consts::TAU / 16_000.0).sin();
                    assert!(
                        (sample - expected).abs() < 0.012,
                        "{rate} Hz, {width} bytes, {channels} channels: {sample} at {at}, expected {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_heard_is_said_in_words() {
        let error = |data: Value| Format::of(data.as_object().unwrap()).unwrap_err().to_string();
        for (data, expected) in [
            (json!({}), "expected a sample rate in Hz as rate, found nothing"),
            (json!({"rate": "16000"}), "expected a sample rate in Hz as rate, found a text"),
            (json!({"rate": 0, "width": 2, "channels": 1}), "in steps of 25 Hz, found 0"),
            (json!({"rate": 16_001, "width": 2, "channels": 1}), "in steps of 25 Hz, found 16001"),
            (json!({"rate": 1u64 << 63, "width": 2, "channels": 1}), "found 9223372036854775808"),
            (json!({"rate": 16_000, "width": 5, "channels": 1}), "expected a width of 1 to 4 bytes, found 5"),
            (json!({"rate": 16_000, "width": 2, "channels": 0}), "expected 1 to 8 channels, found 0"),
            (
                json!({"rate": 16_000, "width": 2, "channels": -1}),
                "a number of channels as channels, found -1",
            ),
        ] {
            assert!(error(data).contains(expected), "{expected}");
        }
        let error = format(16_000, 2, 2).unwrap().frames(1_023).unwrap_err().to_string();
        assert_eq!(error, "expected whole frames of 4 bytes, found 1023 bytes");
    }
}
