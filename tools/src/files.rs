//! Files that appear whole or not at all.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use polyspot_files::WholeFile;

/// A drawing's outcome: the plotting library's errors differ with each back end.
pub(crate) type Drawn = Result<(), Box<dyn Error>>;

/// Writes a file: nobody ever sees half of it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_checked(path, bytes, |_| Ok(()))
}

/// The same, but the file takes its name only if `check` accepts it.
pub(crate) fn write_checked(
    path: &Path,
    bytes: &[u8],
    check: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let write = || -> Result<()> {
        let mut file = WholeFile::create(path)?;
        file.write_all(bytes)?;
        file.flush()?;
        check(file.partial())?;
        file.finish()?;
        Ok(())
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// The same with an SVG that `draw` makes.
pub(crate) fn write_drawing(path: &Path, draw: impl FnOnce(&mut String) -> Drawn) -> Result<()> {
    let mut svg = String::new();
    draw(&mut svg).map_err(|error| anyhow!("drawing {}: {error}", path.display()))?;
    write_whole(path, svg.as_bytes())
}
