//! The audio of clips, in memory as 16-bit samples.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;
use polyspot_audio::{AudioError, ChannelChoice, for_each_block};
use rayon::prelude::*;

use super::listing::audio_files_below;
use super::{BadClip, Clip};

/// A recording in memory: mono samples of 16 bits, half the room of `f32`.
pub(crate) type Audio = Arc<[i16]>;

/// A file's audio.
pub(crate) struct Recording {
    pub(crate) path: PathBuf,
    pub(crate) audio: Audio,
}

/// Reads the audio of clips as mono samples at `rate_hz`, all cores at work, in the order of `clips`. Where a
/// file is unreadable, damaged, cut off or empty there is `None` and a reason.
pub(crate) fn load(
    clips: &[Clip],
    rate_hz: u32,
    progress: &ProgressBar,
) -> (Vec<Option<Audio>>, Vec<BadClip>) {
    let read: Vec<_> = clips
        .par_iter()
        .map(|clip| {
            let audio = read_whole(&clip.path, rate_hz);
            progress.inc(1);
            audio
        })
        .collect();
    let mut bad = Vec::new();
    let audio = read
        .into_iter()
        .zip(clips)
        .map(|(audio, clip)| match audio {
            Ok(samples) => Some(samples),
            Err(error) => {
                bad.push(BadClip { path: clip.path.clone(), reason: format!("{error:#}") });
                None
            }
        })
        .collect();
    (audio, bad)
}

/// Reads all audio files of a folder and of the folders in it as mono samples at `rate_hz`, sorted by path.
///
/// # Errors
/// When the folder cannot be read or holds no audio, and for the first file that [`load`] would refuse.
pub(crate) fn load_recordings(folder: &Path, rate_hz: u32) -> Result<Vec<Recording>> {
    let files = audio_files_below(folder)?;
    ensure!(!files.is_empty(), "{}: expected audio files, found none", folder.display());
    let read = |path: PathBuf| {
        let audio = read_whole(&path, rate_hz).with_context(|| path.display().to_string())?;
        Ok(Recording { path, audio })
    };
    files.into_par_iter().map(read).collect()
}

/// The same for a folder that may be split: then only its `dev` part is read.
///
/// # Errors
/// As [`load_recordings`].
pub(crate) fn load_dev_recordings(folder: &Path, rate_hz: u32) -> Result<Vec<Recording>> {
    let dev = folder.join("dev");
    load_recordings(if dev.is_dir() { &dev } else { folder }, rate_hz)
}

/// The audio alone.
///
/// # Errors
/// As [`load_recordings`].
pub(crate) fn load_folder(folder: &Path, rate_hz: u32) -> Result<Vec<Audio>> {
    Ok(load_recordings(folder, rate_hz)?.into_iter().map(|recording| recording.audio).collect())
}

/// The audio alone of a folder that may be split.
///
/// # Errors
/// As [`load_recordings`].
pub(crate) fn load_dev_folder(folder: &Path, rate_hz: u32) -> Result<Vec<Audio>> {
    Ok(load_dev_recordings(folder, rate_hz)?.into_iter().map(|recording| recording.audio).collect())
}

/// The audio alone of a folder of which, if it is split, only the `train` part is read.
///
/// # Errors
/// As [`load_recordings`].
pub(crate) fn load_train_folder(folder: &Path, rate_hz: u32) -> Result<Vec<Audio>> {
    let train = folder.join("train");
    load_folder(if train.is_dir() { &train } else { folder }, rate_hz)
}

/// Samples of full scale ±1, as models hear them.
pub(crate) fn as_f32(audio: &[i16]) -> Vec<f32> {
    audio.iter().map(|&sample| f32::from(sample) / 32_768.0).collect()
}

/// Reads a recording as mono samples at `rate_hz`.
///
/// # Errors
/// When the file is unreadable, damaged, cut off or empty. The path is left for the caller to name.
pub(crate) fn read_whole(path: &Path, rate_hz: u32) -> Result<Audio> {
    let mut samples = Vec::new();
    let read = for_each_block(path, rate_hz, ChannelChoice::Mix, |block| {
        // `as` saturates, which clips what exceeds full scale.
        samples.extend(block.iter().map(|sample| (sample * 32_768.0).round() as i16));
    })?;
    // The word may be in the part that is not there.
    ensure!(!read.truncated, "expected a whole recording, found one cut off after {:.2} s", read.seconds());
    ensure!(read.damage.is_none(), "expected a whole recording, found one that is damaged");
    // So short that it resamples to nothing.
    ensure!(!samples.is_empty(), AudioError::Empty);
    Ok(samples.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataSet;
    use crate::data::test_files::{TestFolder, WAV_SAMPLES};

    #[test]
    fn clips_come_in_order_and_bad_ones_with_a_reason() {
        let folder = TestFolder::new("en");
        folder.wav("no/a_1.wav");
        folder.text("no/a_2.wav", "");
        folder.text("no/a_3.flac", "this is no audio");
        folder.wav("yes/a_4.wav");
        folder.wav("yes/a_5.wav");
        let cut_off = folder.path.join("yes/a_5.wav");
        let bytes = std::fs::read(&cut_off).unwrap();
        std::fs::write(&cut_off, &bytes[..bytes.len() - 2]).unwrap();

        let set = DataSet::open(&folder.path).unwrap();
        let progress = ProgressBar::hidden();
        let (audio, bad) = load(&set.clips, 16_000, &progress);
        assert_eq!(progress.position(), 5);
        let found: Vec<_> = audio.iter().map(|samples| samples.as_deref()).collect();
        let whole = Some(&WAV_SAMPLES[..]);
        assert_eq!(found, [whole, None, None, whole, None]);
        let reasons: Vec<_> = bad.iter().map(|bad| (bad.path.file_name().unwrap(), &*bad.reason)).collect();
        for (reason, (file, part)) in reasons.iter().zip([
            ("a_2.wav", "found an empty recording"),
            ("a_3.flac", "found a file that begins with \"this\""),
            ("a_5.wav", "cut off after 0.00 s"),
        ]) {
            assert!(reason.0 == file && reason.1.contains(part), "{reason:?}");
        }
    }

    #[test]
    fn another_rate_is_resampled() {
        let folder = TestFolder::new("en");
        folder.wav("a/a_1.wav");
        let audio = load_folder(&folder.path, 48_000).unwrap();
        assert_eq!(audio[0].len(), 3 * WAV_SAMPLES.len());
    }

    #[test]
    fn a_folder_is_read_with_all_in_it() {
        let folder = TestFolder::new("noise");
        assert!(load_folder(&folder.path, 16_000).unwrap_err().to_string().ends_with("found none"));
        folder.wav("b.wav");
        folder.wav("a/deep/er.WAV");
        folder.text("a/licence.txt", "");
        assert_eq!(load_folder(&folder.path, 16_000).unwrap().len(), 2);
        folder.text("a/bad.wav", "RIFF");
        let error = load_folder(&folder.path, 16_000).unwrap_err();
        assert!(error.to_string().ends_with("bad.wav"), "{error}");
    }
}
