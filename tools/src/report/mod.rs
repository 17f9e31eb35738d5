//! What an evaluation found, as text, JSON, CSV and a page to be mailed.

mod csv;
mod html;
mod plots;
mod streams;
mod tables;
mod text;

use std::io;
use std::path::Path;

use anyhow::Result;
use polyspot_text::tell_lines;
use serde::Serialize;

pub(crate) use streams::StreamFigures;

use crate::evaluation::clips::ClipFigures;
use crate::evaluation::gated::WakeFigures;
use crate::files::write_whole;

/// Everything that one evaluation found.
#[derive(Debug, Serialize)]
pub(crate) struct Evaluation {
    /// Version of the JSON. A reader must ignore fields that it does not know.
    pub(crate) schema: u32,
    pub(crate) tool: String,
    /// The command that finds the same again.
    pub(crate) command: String,
    pub(crate) model: ModelFacts,
    /// Name of the keywords' data set.
    pub(crate) data: String,
    /// Whether it has no splits, so that all of it was judged.
    pub(crate) data_is_plain: bool,
    pub(crate) clips: ClipFigures,
    pub(crate) streams: Option<StreamFigures>,
    /// With a wake model before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after_wake_word: Option<WakeFigures>,
    pub(crate) requirements: Vec<Verdict>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ModelFacts {
    pub(crate) file: String,
    pub(crate) sha256: String,
    pub(crate) language: String,
    pub(crate) parameters: usize,
    pub(crate) written_by: String,
}

/// Whether a requirement is met.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) requirement: String,
    /// Why it is broken, if it is.
    pub(crate) broken: Option<String>,
}

impl Evaluation {
    pub(crate) fn print(&self) -> io::Result<()> {
        tell_lines(&text::text(self))
    }

    pub(crate) fn write_json(&self, path: &Path) -> Result<()> {
        write_whole(path, &serde_json::to_vec_pretty(self)?)
    }

    pub(crate) fn write_csv(&self, path: &Path) -> Result<()> {
        write_whole(path, &csv::table(self)?)
    }

    pub(crate) fn write_html(&self, path: &Path) -> Result<()> {
        write_whole(path, html::page(self)?.as_bytes())
    }
}
