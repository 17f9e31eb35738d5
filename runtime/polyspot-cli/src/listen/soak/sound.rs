//! What the simulated microphones hear: recordings over noise, again and again.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use cpal::SampleFormat;
use polyspot_audio::{ChannelChoice, read_mono};

use crate::exit::Failure;
use crate::score::files;

/// Length of what is repeated.
const LOOP_SECONDS: usize = 20;
/// From the beginning of one recording to the next.
const SLOT_SECONDS: usize = 2;
/// Amplitude of the noise that is always there, about -50 dBFS …
const NOISE: f32 = 0.005;
/// … and of the loud noise in the last slot.
const LOUD_NOISE: f32 = 0.3;

/// A kind of microphone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) sample_rate_hz: u32,
    pub(super) channels: usize,
    pub(super) format: SampleFormat,
}

/// One for each quarter of a round.
pub(super) const KINDS: [Kind; 4] = [
    Kind { sample_rate_hz: 48_000, channels: 2, format: SampleFormat::I16 },
    Kind { sample_rate_hz: 44_100, channels: 1, format: SampleFormat::F32 },
    Kind { sample_rate_hz: 16_000, channels: 1, format: SampleFormat::I16 },
    Kind { sample_rate_hz: 32_000, channels: 1, format: SampleFormat::F32 },
];

/// Frames as a driver of this kind hands them out.
pub(super) enum Sound {
    I16(Vec<i16>),
    F32(Vec<f32>),
}

impl Sound {
    /// Reads the recordings for each kind of microphone.
    pub(super) fn of_each_kind(paths: &[PathBuf]) -> Result<[Self; 4], Failure> {
        let found = files::find(paths).inputs;
        if let Some(trouble) = found.iter().find_map(|input| input.trouble.as_ref()) {
            return Err(Failure::bad_input(anyhow!("{trouble}")));
        }
        let slots = LOOP_SECONDS / SLOT_SECONDS - 1;
        // As different ones as possible, of however many.
        let chosen: Vec<&PathBuf> = (0..slots).map(|slot| &found[slot * found.len() / slots].path).collect();
        let mut sounds = Vec::new();
        for kind in KINDS {
            sounds.push(Self::new(&chosen, kind).map_err(Failure::bad_input)?);
        }
        sounds.try_into().map_err(|_| anyhow!("a sound for each kind").into())
    }

    fn new(recordings: &[&PathBuf], kind: Kind) -> anyhow::Result<Self> {
        let slot = SLOT_SECONDS * kind.sample_rate_hz as usize;
        let mut mono = Vec::with_capacity(LOOP_SECONDS * kind.sample_rate_hz as usize);
        for path in recordings {
            let recording = read_mono(path, kind.sample_rate_hz, ChannelChoice::Mix)
                .with_context(|| path.display().to_string())?;
            mono.extend(recording.iter().take(slot));
            mono.resize(mono.len().next_multiple_of(slot), 0.0);
        }
        let loud_from = mono.len();
        mono.resize(LOOP_SECONDS * kind.sample_rate_hz as usize, 0.0);
        let mut random = 1u32;
        for (index, sample) in mono.iter_mut().enumerate() {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (random >> 8) as f32 / 8_388_608.0 - 1.0;
            *sample += noise * if index < loud_from { NOISE } else { LOUD_NOISE };
        }
        let frames = mono.iter().flat_map(|sample| std::iter::repeat_n(*sample, kind.channels));
        Ok(match kind.format {
            // The cast keeps to the range of `i16`.
            SampleFormat::I16 => Self::I16(frames.map(|sample| (sample * 32_768.0) as i16).collect()),
            _ => Self::F32(frames.collect()),
        })
    }
}
