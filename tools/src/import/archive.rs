//! Archives (`.tar`, `.tar.gz`, `.tgz`), as the Multilingual Spoken Words Corpus is published.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::read::MultiGzDecoder;
use polyspot_text::shown_path;
use tar::Archive;

/// Whether a path looks like an archive.
pub(super) fn is_one(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    path.is_file() && [".tar", ".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))
}

/// Unpacks an archive; entries that would lie outside the folder are left out.
pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    let name = archive.to_owned();
    let unpacking = || format!("archive {}", shown_path(&name));
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let file = BufReader::new(File::open(archive).with_context(unpacking)?);
    let plain = archive.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tar"));
    let stream: Box<dyn Read> = if plain { Box::new(file) } else { Box::new(MultiGzDecoder::new(file)) };
    let mut archive = Archive::new(stream);
    archive.set_preserve_permissions(false);
    for entry in archive.entries().with_context(unpacking)? {
        let mut entry = entry.with_context(unpacking)?;
        let kind = entry.header().entry_type();
        // As it is unpacked: without a root, which would name a file of this machine.
        let path = entry.path().with_context(unpacking)?;
        let path: PathBuf = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        ensure!(
            !(kind.is_file() && folder.join(&path).is_file()),
            "archive {}: expected each file once, found {} a second time",
            shown_path(&name),
            shown_path(&path)
        );
        if kind.is_file() || kind.is_dir() {
            entry.unpack_in(folder).with_context(unpacking)?;
        }
    }
    Ok(())
}
