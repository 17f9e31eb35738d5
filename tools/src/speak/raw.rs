//! Takes as synthesisers leave them, before they are trimmed and checked.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::speaker::Speaker;
use crate::data::{RATE_HZ, read_whole};

/// Where raw takes are until the data folder is written.
///
/// Other programs than espeak-ng take their time: what they have made stays beside the data folder when one of them fails or the program
/// is ended, and the same call goes on with it.
pub(super) struct RawTakes {
    by_espeak: TempDir,
    by_commands: PathBuf,
}

impl RawTakes {
    /// Those of the data folder `out`.
    pub(super) fn of(out: &Path) -> Result<Self> {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".takes");
        Ok(Self { by_espeak: tempfile::tempdir()?, by_commands: out.with_file_name(name) })
    }

    /// Makes the folder of what commands say.
    pub(super) fn make_room(&self) -> Result<()> {
        fs::create_dir_all(&self.by_commands)
            .with_context(|| format!("{} cannot be made", self.by_commands.display()))
    }

    pub(super) fn by_espeak(&self, number: usize) -> PathBuf {
        self.by_espeak.path().join(format!("{number}.wav"))
    }

    /// The take that a command makes, named after all that decides how it sounds.
    pub(super) fn by_command(&self, speaker: &Speaker, asked: [&str; 4]) -> PathBuf {
        let mut hash = Sha256::new();
        for part in speaker.words().chain(asked) {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        self.by_commands.join(format!("{:x}.wav", hash.finalize()))
    }

    /// Says where takes are kept, if any are, with the reason why others are not made.
    pub(super) fn are_kept(&self, reason: Error) -> Error {
        let any = fs::read_dir(&self.by_commands).is_ok_and(|mut takes| takes.next().is_some());
        if !any {
            return reason;
        }
        reason.context(format!(
            "{} keeps the takes that are made; the same command goes on with them",
            self.by_commands.display()
        ))
    }

    /// Removes them all: the data folder has what is fit. Whatever else somebody has put beside them stays.
    pub(super) fn remove(self) {
        for file in fs::read_dir(&self.by_commands).into_iter().flatten().flatten() {
            if is_named_like_a_take(&file.path()) {
                // One that stays does no harm.
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

impl Drop for RawTakes {
    fn drop(&mut self) {
        // Fails where there is something in it that is kept, or nothing at all.
        let _ = fs::remove_dir(&self.by_commands);
    }
}

/// Whether a file can be of [`RawTakes::by_command`].
fn is_named_like_a_take(path: &Path) -> bool {
    let is_hash = |name: &str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    path.extension().is_some_and(|end| end == "wav")
        && path.file_stem().and_then(|name| name.to_str()).is_some_and(is_hash)
}

/// Whether an earlier call made it, to its end.
pub(super) fn is_made(wav: &Path) -> bool {
    read_whole(wav, RATE_HZ).is_ok()
}
