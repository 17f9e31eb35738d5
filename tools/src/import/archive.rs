//! Archives (`.tar`, `.tar.gz`, `.tgz`), as the Multilingual Spoken Words Corpus is published.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::read::MultiGzDecoder;
use tar::Archive;

/// Whether a path looks like an archive.
pub(super) fn is_one(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    path.is_file() && [".tar", ".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))
}

/// Unpacks an archive; entries that would lie outside the folder are left out.
pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    let unpacking = || format!("archive {}", archive.display());
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = BufReader::new(File::open(archive).with_context(unpacking)?);
    let plain = archive.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tar"));
    let stream: Box<dyn Read> = if plain { Box::new(file) } else { Box::new(MultiGzDecoder::new(file)) };
    let mut archive = Archive::new(stream);
    archive.set_preserve_permissions(false);
    for entry in archive.entries().with_context(unpacking)? {
        let mut entry = entry.with_context(unpacking)?;
        let kind = entry.header().entry_type();
        if kind.is_file() || kind.is_dir() {
            entry.unpack_in(folder).with_context(unpacking)?;
        }
    }
    Ok(())
}

/// The folder that holds the data: archives often have a single one at their top.
pub(super) fn top(folder: &Path) -> Result<PathBuf> {
    let mut top = folder.to_owned();
    loop {
        let entries: Vec<PathBuf> = std::fs::read_dir(&top)?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
        ensure!(!entries.is_empty(), "the archives hold nothing");
        match entries.as_slice() {
            [only] if only.is_dir() && !only.ends_with("clips") => top.clone_from(only),
            _ => return Ok(top),
        }
    }
}
