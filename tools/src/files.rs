//! Files that appear whole or not at all, and reading that ends.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use polyspot_files::{LimitedFile, WholeFile};
use polyspot_text::{shown_path, xml_characters};

/// A drawing's outcome: the plotting library's errors differ with each back end.
pub(crate) type Drawn = Result<(), Box<dyn Error>>;

/// Longest text that is read, in bytes: recipes, plans, cards, lists.
const MOST_TEXT_BYTES: u64 = 64 << 20;

/// Longest list that is read, in bytes: of the clips of a whole collection.
const MOST_LIST_BYTES: u64 = 1 << 30;

/// Reads a text of somebody's.
///
/// # Errors
/// When it cannot be read, is too long, or is no regular file.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    polyspot_files::read_text(path, MOST_TEXT_BYTES)
        .with_context(|| format!("{} cannot be read", path.display()))
}

/// Opens a list of somebody's, to be read line by line.
///
/// # Errors
/// When it cannot be opened, or is no regular file; reading fails where it is too long.
pub(crate) fn open_list(path: &Path) -> Result<LimitedFile> {
    LimitedFile::open(path, MOST_LIST_BYTES).with_context(|| format!("{} cannot be read", path.display()))
}

/// Checks that a result can be written, before the work for it.
pub(crate) fn check_output(path: &Path) -> Result<()> {
    polyspot_files::check_output(path).with_context(|| format!("{} cannot be written", path.display()))
}

/// The same for all results of a command, none of which may take the place of another or of a file that it reads.
pub(crate) fn check_outputs<'p>(
    results: &[&'p PathBuf],
    read: impl IntoIterator<Item = &'p PathBuf>,
) -> Result<()> {
    let mut taken: Vec<&PathBuf> = read.into_iter().collect();
    for path in results {
        check_output(path)?;
        ensure!(
            !taken.iter().any(|other| polyspot_files::is_same_file(path, other)),
            "{} cannot be written: the command reads it, or writes it twice",
            shown_path(path)
        );
        taken.push(path);
    }
    Ok(())
}

/// Writes a file: nobody ever sees half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    polyspot_files::write_whole(path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// The same, but the file takes its name only if `check` accepts what is in it.
pub(crate) fn write_checked(
    path: &Path,
    bytes: &[u8],
    check: impl FnOnce(&[u8]) -> Result<()>,
) -> Result<()> {
    let write = || -> Result<()> {
        let mut file = WholeFile::create(path)?;
        let written = match file.partial().map(Path::to_owned) {
            Some(partial) => {
                file.write_all(bytes)?;
                file.flush()?;
                // What is on the disk counts.
                polyspot_files::read(&partial, bytes.len() as u64)?
            }
            // What a device or a pipe has taken cannot be taken back.
            None => bytes.to_vec(),
        };
        check(&written)?;
        file.finish()?;
        Ok(())
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// The same with an SVG that `draw` makes.
pub(crate) fn write_drawing(path: &Path, draw: impl FnOnce(&mut String) -> Drawn) -> Result<()> {
    let mut svg = String::new();
    draw(&mut svg).map_err(|error| anyhow!("drawing {}: {error}", path.display()))?;
    write_whole(path, xml_characters(&svg).as_bytes())
}
