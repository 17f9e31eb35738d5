//! The folder that clips are saved in: recordings of people, which nobody else may read and which do not grow without end.

use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use polyspot_files::{check_folder, create_private_folder, remove_leftovers, write_private};
use polyspot_text::shown_path;

use crate::clip_name::is_clip;

/// A folder of clips, and how much of the disk they may take.
pub(super) struct ClipFolder {
    path: PathBuf,
    limit: u64,
    /// Those that are there with their bytes, the oldest first.
    clips: VecDeque<(String, u64)>,
    bytes: u64,
}

impl ClipFolder {
    /// Makes the folder if it is not there; clips of before that are in it count too. Other files are left alone.
    ///
    /// # Errors
    /// When it cannot be made, read, or written to.
    pub(super) fn open(path: &Path, limit: u64) -> anyhow::Result<Self> {
        let shown = || shown_path(path);
        create_private_folder(path).with_context(|| format!("the folder {} cannot be made", shown()))?;
        let clips = clips_in(path).with_context(|| format!("the folder {} cannot be read", shown()))?;
        check_folder(path).with_context(|| format!("the folder {} cannot be written to", shown()))?;
        // What cannot be removed does no harm.
        let _ = remove_leftovers(path);
        let bytes = clips.iter().map(|(_, bytes)| bytes).sum();
        Ok(Self { path: path.to_owned(), limit, clips, bytes })
    }

    /// Writes a clip, once the oldest have made room for it.
    ///
    /// # Errors
    /// When there is no room or it cannot be written.
    pub(super) fn add(&mut self, name: &str, wav: &[u8]) -> anyhow::Result<()> {
        let (path, bytes) = (self.path.join(name), wav.len() as u64);
        ensure!(
            bytes <= self.limit,
            "{} is not saved: it has {bytes} bytes, --clips-limit is {}",
            shown_path(&path),
            self.limit
        );
        while self.bytes + bytes > self.limit {
            let Some((oldest, freed)) = self.clips.pop_front() else { break };
            self.bytes -= freed;
            match fs::remove_file(self.path.join(&oldest)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("the old clip {oldest} cannot be deleted"));
                }
                _ => {}
            }
        }
        write_private(&path, wav).with_context(|| format!("{} cannot be written", shown_path(&path)))?;
        self.clips.push_back((name.to_owned(), bytes));
        self.bytes += bytes;
        Ok(())
    }
}

/// The clips of a folder in the order of their time, which their names begin with.
fn clips_in(folder: &Path) -> std::io::Result<VecDeque<(String, u64)>> {
    let mut clips = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && is_clip(&name)
            && entry.file_type()?.is_file()
        {
            clips.push((name, entry.metadata()?.len()));
        }
    }
    clips.sort();
    Ok(clips.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_oldest_clips_make_room_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let clip = |day: u32| format!("202501{day:02}T000000.000Z_stop_0.93.wav");
        let others = ["20250101T000000.000Z.txt", "my recording.wav", "x0250101T000000.000Z_stop_0.93.wav"];
        for name in others {
            fs::write(path.join(name), [0; 500]).unwrap();
        }
        fs::write(path.join(clip(1)), [0; 40]).unwrap();
        let mut clips = ClipFolder::open(path, 100).unwrap();
        for day in 2..=3 {
            clips.add(&clip(day), &[0; 30]).unwrap();
        }
        let there = |days: &[u32]| {
            let mut there: Vec<String> = days.iter().map(|&day| clip(day)).collect();
            there.extend(others.map(String::from));
            there.sort();
            there
        };
        assert_eq!(names(path), there(&[1, 2, 3]));
        clips.add(&clip(4), &[0; 30]).unwrap();
        assert_eq!(names(path), there(&[2, 3, 4]));
        // Deleted by someone else.
        fs::remove_file(path.join(clip(2))).unwrap();
        clips.add(&clip(5), &[0; 70]).unwrap();
        assert_eq!(names(path), there(&[4, 5]));
        let error = clips.add(&clip(6), &[0; 101]).unwrap_err().to_string();
        assert!(error.ends_with("it has 101 bytes, --clips-limit is 100"), "{error}");
        assert!(clips.add(&clip(5), &[0; 1]).is_err(), "there is one of this name");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_them() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heard/here");
        ClipFolder::open(&path, 100).unwrap().add("clip.wav", b"sound").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("clip.wav"))), (0o700, 0o600));
    }
}
