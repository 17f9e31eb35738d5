//! Reading what others recorded.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use polyspot::Model;
use polyspot::evaluation::{Trace, TraceRecorder};
use polyspot_audio::{AudioError, AudioFile, ChannelChoice, MonoBlocks};
use polyspot_text::{say, shown_path};

use super::heard::{Heard, recorder};
use super::keywords::number_of;
use crate::exit::Failure;
use crate::flaws::flaws;
use crate::score::files;

/// Reads the ambient sound and, from a folder for each keyword, the takes.
pub(super) fn read(
    model: &Arc<Model>,
    ambient: &Path,
    takes: Option<&Path>,
    keywords: &[usize],
    choice: ChannelChoice,
) -> Result<Heard, Failure> {
    let mut reader = Reader { recorder: recorder(model)?, model, choice, is_silent: true };
    let ambient = reader.read_all(ambient)?;
    let is_silent = reader.is_silent;
    let mut read = Vec::new();
    for (keyword, folder) in takes.map_or_else(|| Ok(Vec::new()), |takes| take_folders(model, takes))? {
        if keywords.contains(&keyword) {
            read.extend(reader.read_all(&folder)?.into_iter().map(|trace| (keyword, trace)));
        }
    }
    Ok(Heard { ambient, takes: read, is_silent })
}

/// The folders of takes, each with its keyword.
fn take_folders(model: &Model, takes: &Path) -> Result<Vec<(usize, std::path::PathBuf)>, Failure> {
    let names: Vec<&str> = model.manifest().keywords().map(|(_, label)| label.name.as_str()).collect();
    let context = || format!("the takes {}", shown_path(takes));
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(takes).with_context(context).map_err(Failure::bad_input)? {
        let path = entry.with_context(context).map_err(Failure::bad_input)?.path();
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let keyword = number_of(&name, &names).with_context(context).map_err(Failure::bad_input)?;
            folders.push((keyword, path));
        }
    }
    folders.sort();
    if folders.is_empty() {
        let error = anyhow!("expected a folder for each keyword, found none").context(context());
        return Err(Failure::bad_input(error));
    }
    Ok(folders)
}

struct Reader<'a> {
    recorder: TraceRecorder,
    model: &'a Model,
    choice: ChannelChoice,
    is_silent: bool,
}

impl Reader<'_> {
    /// Every recording of a file or folder.
    fn read_all(&mut self, path: &Path) -> Result<Vec<Trace>, Failure> {
        let files::Found { inputs, others } = files::find(&[path.to_owned()]);
        if let Some(others) = others.line() {
            say!("polyspot: {}: {others}", shown_path(path));
        }
        let traces = inputs.iter().map(|input| {
            let name = || shown_path(&input.path);
            match &input.trouble {
                Some(trouble) => Err(anyhow!("{}: {trouble}", name())),
                None => self.read(&input.path).with_context(name),
            }
        });
        traces.collect::<anyhow::Result<_>>().map_err(Failure::bad_input)
    }

    fn read(&mut self, path: &Path) -> anyhow::Result<Trace> {
        let rate_hz = self.model.manifest().front_end.sample_rate_hz;
        let Self { recorder, is_silent, .. } = self;
        let mut blocks = MonoBlocks::new(AudioFile::open(path)?, rate_hz, self.choice)?;
        while let Some(block) = blocks.next_block()? {
            *is_silent &= block.iter().all(|sample| *sample == 0.0);
            recorder.push(block)?;
        }
        let summary = blocks.summary();
        if summary.frames == 0 {
            return Err(AudioError::Empty.into());
        }
        if let Some(flaws) = flaws(&summary) {
            say!("polyspot: {}: {flaws}", shown_path(path));
        }
        Ok(recorder.finish()?)
    }
}
