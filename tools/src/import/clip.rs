//! One recording of a word, checked and written as the trainer reads it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::Written;
use crate::data::{Clip, RATE_HZ, check_word, read_whole, write_clip};

/// A word is no shorter than this,
const SHORTEST_SECONDS: f64 = 0.1;
/// and no longer.
const LONGEST_SECONDS: f64 = 3.0;
/// A recording that never exceeds this, of full scale 32,768, holds no word (-54 dB).
const QUIETEST_PEAK: u16 = 64;

/// Reads a clip and writes it anew.
///
/// # Errors
/// When it cannot be read, its word cannot name a folder, or it is too short, too long or silent to be a word.
pub(super) fn write(clip: &Clip, path: &Path) -> Result<Written> {
    check_word(&clip.word)?;
    let samples = read_whole(&clip.path, RATE_HZ)?;
    let seconds = samples.len() as f64 / f64::from(RATE_HZ);
    ensure!(
        (SHORTEST_SECONDS..=LONGEST_SECONDS).contains(&seconds),
        "expected one word of {SHORTEST_SECONDS} to {LONGEST_SECONDS} s, found {seconds:.2} s"
    );
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    ensure!(peak >= QUIETEST_PEAK, "expected a word, found silence (its highest sample is {peak} of 32768)");
    let folder = path.parent().context("a clip lies in a folder")?;
    std::fs::create_dir_all(folder)?;
    write_clip(path, &samples)?;
    Ok(Written { word: clip.word.clone(), speaker: clip.speaker.clone(), split: clip.split, seconds })
}

/// A speaker's name as part of a file's: a hash where it is long or has letters that mean something in file names,
/// as the numbers that Common Voice gives its speakers.
pub(super) fn speaker_name(speaker: &str) -> String {
    let plain = speaker.chars().all(|c| c.is_alphanumeric() || c == '-');
    if plain && !speaker.is_empty() && speaker.len() <= 24 {
        return speaker.to_owned();
    }
    format!("{:x}", Sha256::digest(speaker))[..12].to_owned()
}
