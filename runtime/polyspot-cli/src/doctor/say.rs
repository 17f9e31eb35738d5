//! The result, for people and for programs.

use std::io::{self, Write};

use polyspot_text::shown;
use serde::Serialize;

use super::examination::Examination;
use super::finding::Finding;
use super::measured::{Measured, Way};
use crate::json_lines::{self, rounded};

/// The line for programs.
#[derive(Serialize)]
#[serde(tag = "event", rename = "diagnosis")]
struct Line<'a> {
    name: &'a str,
    measured: Option<Figures>,
    findings: Vec<FindingLine>,
}

#[derive(Serialize)]
struct Figures {
    seconds: f64,
    sample_rate_hz: u32,
    channels: usize,
    /// Of the loudest tenth of a second.
    loudest_dbfs: f64,
    peak_dbfs: f64,
    clipped: u64,
    /// Of full scale.
    dc_offset: f64,
    /// A microphone's only.
    #[serde(skip_serializing_if = "Option::is_none")]
    measured_hz: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frames_lost: Option<u64>,
}

#[derive(Serialize)]
struct FindingLine {
    finding: &'static str,
    what: String,
    advice: &'static str,
}

/// Writes one line of JSON.
pub(super) fn json(examination: &Examination) -> io::Result<()> {
    let line = |finding: &Finding| FindingLine {
        finding: finding.name(),
        what: finding.what(),
        advice: finding.advice(),
    };
    json_lines::write(
        &mut io::stdout().lock(),
        &Line {
            name: &examination.name,
            measured: examination.measured.as_ref().map(figures),
            findings: examination.findings.iter().map(line).collect(),
        },
    )
}

/// Writes what was measured, and then what is wrong and what to do.
pub(super) fn text(examination: &Examination) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", shown(&examination.name))?;
    if let Some(measured) = &examination.measured {
        let figures = figures(measured);
        writeln!(
            out,
            "  {:.1} s, {} Hz, {} channel(s); loudest {:.0} dBFS, peak {:.0} dBFS",
            figures.seconds,
            figures.sample_rate_hz,
            figures.channels,
            figures.loudest_dbfs,
            figures.peak_dbfs
        )?;
        if let Some(measured_hz) = figures.measured_hz {
            writeln!(out, "  {measured_hz:.0} samples per second by the clock")?;
        }
    }
    for finding in &examination.findings {
        writeln!(out, "\n{}: {}\n  {}", finding.name(), shown(&finding.what()), finding.advice())?;
    }
    if examination.findings.is_empty() {
        writeln!(out, "\nNothing is wrong.")?;
    }
    Ok(())
}

fn figures(measured: &Measured) -> Figures {
    let (measured_hz, frames_lost) = match measured.way {
        Way::Device { measured_hz, lost, .. } => (measured_hz.map(|hz| rounded(hz, 1)), Some(lost)),
        Way::File { .. } => (None, None),
    };
    Figures {
        seconds: rounded(measured.seconds(), 3),
        sample_rate_hz: measured.sample_rate_hz,
        channels: measured.channels.len(),
        loudest_dbfs: rounded(measured.heard.loudest_dbfs(), 1),
        peak_dbfs: rounded(measured.heard.peak_dbfs(), 1),
        clipped: measured.channels.iter().map(|signal| signal.clipped).max().unwrap_or(0),
        dc_offset: rounded(measured.highest(|signal| signal.mean.abs()), 4),
        measured_hz,
        frames_lost,
    }
}
