//! A clip as `import` and `speak` write it and every command reads it.

use std::path::Path;

use anyhow::{Result, ensure};
use hound::{SampleFormat, WavSpec, WavWriter};

/// Rate of the files written, in hertz.
pub(crate) const RATE_HZ: u32 = 16_000;

/// Most characters of a word: what a model's manifest takes.
const LONGEST: usize = 80;

/// Checks that a word can name a folder.
///
/// # Errors
/// When it cannot.
pub(crate) fn check_word(word: &str) -> Result<()> {
    ensure!(
        !word.is_empty() && !word.starts_with('.') && !word.contains(['/', '\\', '\0']),
        "expected a word that can name a folder, found {word:?}"
    );
    let length = word.chars().count();
    ensure!(
        length <= LONGEST && !word.contains(char::is_control),
        "expected a word of at most {LONGEST} characters in one line, found {word:?}"
    );
    Ok(())
}

/// Writes a clip, 16 kHz, 16 bit, mono.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_clip(path: &Path, samples: &[i16]) -> Result<()> {
    let spec =
        WavSpec { channels: 1, sample_rate: RATE_HZ, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut writer = WavWriter::create(path, spec)?;
    for &sample in samples {
        writer.write_sample(sample)?;
    }
    writer.finalize()?;
    Ok(())
}
