//! What an evaluation found, as text, JSON, CSV and a page to be mailed.

mod csv;
mod html;
mod plots;
mod text;

use std::io;
use std::path::Path;

use anyhow::Result;
use polyspot_text::tell_lines;
use serde::Serialize;

use crate::evaluation::clips::ClipFigures;
use crate::evaluation::figures::OperatingPoint;
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
    pub(crate) clips: ClipFigures,
    pub(crate) streams: Option<StreamFigures>,
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

/// Figures on streams. All figures of keywords are in the order of `keywords`.
#[derive(Debug, Serialize)]
pub(crate) struct StreamFigures {
    pub(crate) keywords: Vec<String>,
    pub(crate) smoothing_steps: usize,
    pub(crate) refractory_ms: u32,
    pub(crate) negatives: Vec<Negatives>,
    /// At the model's own thresholds.
    pub(crate) own: OperatingPoint,
    /// At the lowest common threshold with at most `false_alarms_per_hour`, if there is one.
    pub(crate) chosen: Option<OperatingPoint>,
    pub(crate) false_alarms_per_hour: f64,
    /// One threshold for all keywords, from the lowest up: the detection error tradeoff.
    pub(crate) curve: Vec<OperatingPoint>,
}

/// Audio without keywords.
#[derive(Debug, Serialize)]
pub(crate) struct Negatives {
    pub(crate) name: String,
    pub(crate) hours: f64,
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
