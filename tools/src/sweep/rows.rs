//! The rows of a sweep, and the file that keeps them.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::plan::Job;
use super::{plot, table};
use crate::adaptation::Method;
use crate::files::write_whole;

/// One adaptation and how well it judges.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) language: String,
    pub(crate) method: Method,
    /// Share of parameters allowed, for a method that keeps to one.
    pub(crate) budget: Option<f64>,
    pub(crate) seed: u64,
    /// Numbers stored, without the head.
    pub(crate) updated: usize,
    /// Parameters of the base, without heads.
    pub(crate) parameters: usize,
    /// Numbers stored for the head.
    pub(crate) head: usize,
    /// Dev clips of keywords judged right; one judged filler is wrong.
    pub(crate) right: u64,
    pub(crate) clips: u64,
    pub(crate) seconds: f32,
}

impl Row {
    /// Percent of the clips judged right.
    pub(crate) fn accuracy(&self) -> f64 {
        self.right as f64 * 100.0 / self.clips.max(1) as f64
    }

    /// Method and budget.
    pub(crate) fn name(&self) -> String {
        match self.budget {
            Some(budget) => format!("{} {} %", self.method, budget * 100.0),
            None => self.method.to_string(),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} seed {}: {:.2} % right, {} of {} updated, {:.0} s",
            self.language,
            self.name(),
            self.seed,
            self.accuracy(),
            self.updated,
            self.parameters,
            self.seconds
        )
    }
}

/// All rows of a file.
pub(super) struct Rows {
    path: PathBuf,
    rows: Vec<Row>,
}

impl Rows {
    /// The rows that an earlier call left, if there is such a file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let rows = if path.is_file() {
            let mut reader = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
            reader.deserialize().collect::<Result<_, _>>().with_context(|| path.display().to_string())?
        } else {
            Vec::new()
        };
        Ok(Self { path: path.to_owned(), rows })
    }

    pub(super) fn has(&self, language: &str, job: &Job) -> bool {
        self.rows.iter().any(|row| {
            row.language == language
                && row.method == job.method
                && row.budget == job.budget
                && row.seed == job.seed
        })
    }

    /// Adds a row to the file.
    pub(super) fn push(&mut self, row: Row) -> Result<()> {
        self.rows.push(row);
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &self.rows {
            writer.serialize(row)?;
        }
        write_whole(&self.path, &writer.into_inner().context("writing rows")?)
    }

    /// Draws table and plot beside the file.
    pub(super) fn summarise(&self) -> Result<()> {
        let points = table::points(&self.rows);
        write_whole(&self.path.with_extension("md"), table::markdown(&points).as_bytes())?;
        plot::draw(&points, &self.path.with_extension("svg"))
    }
}
