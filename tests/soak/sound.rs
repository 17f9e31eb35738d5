//! What the simulated microphones hear: recordings over noise, again and again.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use polyspot_audio::{ChannelChoice, read_mono};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use walkdir::WalkDir;

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
    /// Whether its samples have 16 bits; others are floats.
    is_16_bit: bool,
}

/// One for each quarter of a round.
pub(super) const KINDS: [Kind; 4] = [
    Kind { sample_rate_hz: 48_000, channels: 2, is_16_bit: true },
    Kind { sample_rate_hz: 44_100, channels: 1, is_16_bit: false },
    Kind { sample_rate_hz: 16_000, channels: 1, is_16_bit: true },
    Kind { sample_rate_hz: 32_000, channels: 1, is_16_bit: false },
];

/// Reads the recordings of files and folders, as frames of each kind of microphone.
pub(super) fn of_each_kind(paths: &[PathBuf]) -> anyhow::Result<[Vec<f32>; 4]> {
    let mut found = Vec::new();
    for path in paths {
        for entry in WalkDir::new(path).sort_by_file_name() {
            let entry = entry?;
            let is_named = |endings: &[&str]| {
                entry.path().extension().is_some_and(|found| endings.iter().any(|ending| found == *ending))
            };
            if entry.file_type().is_file() && is_named(&["wav", "flac"]) {
                found.push(entry.into_path());
            }
        }
    }
    ensure!(!found.is_empty(), "expected recordings (WAV, FLAC), found none in {paths:?}");
    let slots = LOOP_SECONDS / SLOT_SECONDS - 1;
    // As different ones as possible, of however many.
    let chosen: Vec<&Path> = (0..slots).map(|slot| &*found[slot * found.len() / slots]).collect();
    let mut sounds = [const { Vec::new() }; 4];
    for (sound, kind) in sounds.iter_mut().zip(KINDS) {
        *sound = frames(&chosen, kind)?;
    }
    Ok(sounds)
}

fn frames(recordings: &[&Path], kind: Kind) -> anyhow::Result<Vec<f32>> {
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
    let mut random = SmallRng::seed_from_u64(1);
    for (index, sample) in mono.iter_mut().enumerate() {
        *sample += random.random_range(-1.0..1.0) * if index < loud_from { NOISE } else { LOUD_NOISE };
        if kind.is_16_bit {
            // The cast keeps to the range of `i16`.
            *sample = f32::from((*sample * 32_768.0) as i16) / 32_768.0;
        }
    }
    Ok(mono.iter().flat_map(|sample| std::iter::repeat_n(*sample, kind.channels)).collect())
}
