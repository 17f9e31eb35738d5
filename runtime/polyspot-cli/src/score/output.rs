//! The formats in which results are written, and where to.

use std::io::{self, BufWriter, Stdout, Write};
use std::path::Path;

use console::Term;
use polyspot_files::WholeFile;
use polyspot_text::{cell, say, shown};

use super::events::Event;
use super::scorer::Task;
use crate::json_lines;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// For people: one line for each detection or clip.
    #[default]
    Text,
    /// One JSON object a line: detections, clips, files, errors and a summary, with a schema version.
    Jsonl,
    /// Comma-separated values with a header: one line for each detection or clip.
    Csv,
}

/// Where results go.
pub(super) enum Sink {
    /// Nothing appears before it is flushed.
    Standard(BufWriter<Stdout>),
    /// Nothing appears before the end.
    File(Box<WholeFile>),
}

impl Sink {
    /// Standard output, or a file that appears when everything is written.
    pub(super) fn new(file: Option<&Path>) -> io::Result<Self> {
        Ok(match file {
            None => Self::Standard(BufWriter::new(io::stdout())),
            Some(path) => Self::File(Box::new(WholeFile::create(path)?)),
        })
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Standard(mut out) => out.flush(),
            Self::File(file) => file.finish(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(out) => out.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(out) => out.flush(),
            Self::File(file) => file.flush(),
        }
    }
}

/// Results in a format.
pub(super) enum Output {
    Text(Sink),
    Jsonl(Sink),
    Csv(Box<csv::Writer<Sink>>),
}

impl Output {
    pub(super) fn new(format: Format, sink: Sink, task: Task) -> io::Result<Self> {
        Ok(match format {
            Format::Text => Self::Text(sink),
            Format::Jsonl => Self::Jsonl(sink),
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(sink);
                let header: &[&str] = match task {
                    Task::Detections { .. } => {
                        &["file", "keyword", "language", "score", "start_seconds", "end_seconds"]
                    }
                    Task::Clips => &["file", "label", "score", "expected"],
                };
                csv.write_record(header)?;
                Self::Csv(csv.into())
            }
        })
    }

    /// Writes an event; in JSON all of it, in the other formats what is a result.
    pub(super) fn write(&mut self, event: &Event<'_>) -> io::Result<()> {
        match self {
            Self::Text(out) => write_text(out, event),
            Self::Jsonl(out) => json_lines::write(out, event),
            Self::Csv(csv) => write_csv(csv, event),
        }
    }

    /// Writes a remark that belongs to the results: beside them where the format has no place for it.
    pub(super) fn remark(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Text(out) => writeln!(out, "{text}"),
            Self::Jsonl(_) => Ok(()),
            Self::Csv(_) => {
                text.lines().for_each(|line| say!("{line}"));
                Ok(())
            }
        }
    }

    /// How many columns a remark may have, where it is read on a terminal.
    pub(super) fn width(&self) -> Option<usize> {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let term = match self {
            Self::Csv(_) => Term::stderr(),
            _ => Term::stdout(),
        };
        term.size_checked().map(|(_, columns)| columns.into()).or(columns)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Text(out) | Self::Jsonl(out) => out.flush(),
            Self::Csv(csv) => csv.flush(),
        }
    }

    /// Makes all of it appear.
    pub(super) fn end(self) -> io::Result<()> {
        match self {
            Self::Text(sink) | Self::Jsonl(sink) => sink.end(),
            Self::Csv(csv) => csv.into_inner().map_err(csv::IntoInnerError::into_error)?.end(),
        }
    }
}

fn write_text(out: &mut impl Write, event: &Event<'_>) -> io::Result<()> {
    match event {
        Event::Detection { file, keyword, score, start_seconds, end_seconds, .. } => {
            let (file, keyword) = (shown(file), shown(keyword));
            writeln!(out, "{file}: {start_seconds:.2}-{end_seconds:.2} s {keyword} {score:.2}")
        }
        Event::Clip { file, label, score, expected } => {
            write!(out, "{}: {} {score:.2}", shown(file), shown(label))?;
            match expected {
                Some(expected) if expected != label => writeln!(out, " (expected {})", shown(expected)),
                _ => writeln!(out),
            }
        }
        Event::File { file, findings: 0, .. } => writeln!(out, "{}: no keyword", shown(file)),
        Event::File { .. } | Event::Error { .. } | Event::Summary { .. } => Ok(()),
    }
}

fn write_csv(csv: &mut csv::Writer<Sink>, event: &Event<'_>) -> io::Result<()> {
    match event {
        Event::Detection { file, keyword, language, score, start_seconds, end_seconds, .. } => {
            csv.serialize((cell(file), cell(keyword), cell(language), score, start_seconds, end_seconds))?;
        }
        Event::Clip { file, label, score, expected } => {
            csv.serialize((cell(file), cell(label), score, expected.map(cell)))?;
        }
        Event::File { .. } | Event::Error { .. } | Event::Summary { .. } => {}
    }
    Ok(())
}
