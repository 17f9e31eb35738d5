//! The file that keeps a sweep's rows.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::plan::Job;
use super::row::Row;
use super::{plot, table};
use crate::files::{open_list, write_whole};

/// All rows of a file.
pub(super) struct Rows {
    path: PathBuf,
    rows: Vec<Row>,
}

impl Rows {
    /// The rows that an earlier call left, if there is such a file.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let rows = if path.is_file() {
            let mut reader = csv::Reader::from_reader(open_list(path)?);
            reader.deserialize().collect::<Result<_, _>>().with_context(|| path.display().to_string())?
        } else {
            Vec::new()
        };
        Ok(Self { path: path.to_owned(), rows })
    }

    /// # Errors
    /// When rows of a language are of other data or settings.
    pub(super) fn check(&self, language: &str, conditions: &str) -> Result<()> {
        let mut of_language = self.rows.iter().filter(|row| row.language == language);
        ensure!(
            of_language.all(|row| row.conditions.is_empty() || row.conditions == conditions),
            "{}: its rows of {language:?} are of other data or settings: choose another --out",
            self.path.display()
        );
        Ok(())
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
