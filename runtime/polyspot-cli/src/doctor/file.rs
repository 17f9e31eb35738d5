//! Examining a recording.

use std::path::Path;

use anyhow::Context;
use polyspot_audio::{AudioError, AudioFile, ChannelChoice};
use polyspot_text::lossless;

use super::examination::Examination;
use super::judge::judge;
use super::measured::{Measured, Meter, Way};
use crate::exit::Failure;

/// Measures a whole file and judges it.
pub(super) fn examine(path: &Path, choice: ChannelChoice) -> Result<Examination, Failure> {
    let name = lossless(path);
    let measured = measure(path, choice).with_context(|| name.clone()).map_err(Failure::bad_input)?;
    let findings = judge(&measured);
    Ok(Examination { name, measured: Some(measured), findings })
}

fn measure(path: &Path, choice: ChannelChoice) -> Result<Measured, AudioError> {
    let mut file = AudioFile::open(path)?;
    choice.check(file.channels())?;
    let mut meter = Meter::new(file.sample_rate_hz(), file.channels(), choice);
    while let Some(block) = file.next_block()? {
        meter.push(block);
    }
    if file.frames_read() == 0 {
        return Err(AudioError::Empty);
    }
    Ok(meter.end(Way::File { is_cut_off: file.truncated(), damage: file.damage() }))
}
