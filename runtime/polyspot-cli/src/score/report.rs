//! From findings to the results written, and what they add up to.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use polyspot::Model;
use polyspot::evaluation::Confusion;
use polyspot_audio::FileSummary;
use polyspot_text::{lossless, say};

use super::batch::Outcome;
use super::confusion;
use super::events::{Event, Judgement};
use super::folders::FolderLabels;
use super::output::{Format, Output, Sink};
use super::scorer::{Finding, Job, Task};
use crate::exit::Exit;
use crate::flaws::CUT_OFF;
use crate::json_lines::rounded;

/// Writes results and adds them up.
pub(super) struct Report {
    output: Output,
    model: Arc<Model>,
    task: Task,
    labels: Option<FolderLabels>,
    confusion: Confusion,
    started: Instant,
    files: u64,
    broken: u64,
    truncated: u64,
    damaged: u64,
    seconds: f64,
    findings: u64,
    narrow: Option<Narrow>,
}

/// Recordings that lack what the model has learnt from.
struct Narrow {
    files: u64,
    /// Of the first of them.
    rate_hz: u32,
    first: String,
}

impl Report {
    pub(super) fn new(
        job: &Job,
        format: Format,
        sink: Sink,
        labels: Option<FolderLabels>,
    ) -> io::Result<Self> {
        let names = job.models[0].manifest().labels.iter().map(|label| label.name.clone());
        Ok(Self {
            output: Output::new(format, sink, job.task)?,
            model: Arc::clone(&job.models[0]),
            task: job.task,
            labels,
            confusion: Confusion::new(names),
            started: Instant::now(),
            files: 0,
            broken: 0,
            truncated: 0,
            damaged: 0,
            seconds: 0.0,
            findings: 0,
            narrow: None,
        })
    }

    /// Reports what became of a recording.
    pub(super) fn file(&mut self, path: &Path, outcome: &Outcome) -> io::Result<()> {
        match outcome {
            Ok(scored) => {
                for finding in &scored.findings {
                    self.finding(path, finding)?;
                }
                self.end_of_file(path, scored.findings.len(), &scored.summary, scored.trouble.as_deref())
            }
            Err(reason) => self.error(path, reason),
        }
    }

    /// Reports one finding in a recording that may go on.
    pub(super) fn finding(&mut self, path: &Path, finding: &Finding) -> io::Result<()> {
        self.findings += 1;
        let manifest = self.model.manifest();
        let file = &*lossless(path);
        match finding {
            Finding::Detection(detection) => {
                let rate_hz = f64::from(manifest.front_end.sample_rate_hz);
                self.output.write(&Event::Detection {
                    file,
                    keyword: &detection.keyword,
                    language: &detection.language,
                    score: rounded(detection.score, 4),
                    start: detection.start,
                    end: detection.end,
                    start_seconds: rounded(detection.start as f64 / rate_hz, 3),
                    end_seconds: rounded(detection.end as f64 / rate_hz, 3),
                })
            }
            &Finding::Label { label, score } => {
                let expected = self.labels.as_ref().map(|labels| labels.of(path));
                if let Some(expected) = expected {
                    self.confusion.count(expected, label);
                }
                self.output.write(&Event::Clip {
                    file,
                    label: &manifest.labels[label].name,
                    score: rounded(score, 4),
                    expected: expected.map(|expected| &*manifest.labels[expected].name),
                })
            }
        }
    }

    /// Reports that a recording is over, and what of it could not be scored.
    pub(super) fn end_of_file(
        &mut self,
        path: &Path,
        findings: usize,
        summary: &FileSummary,
        trouble: Option<&str>,
    ) -> io::Result<()> {
        let truncated = summary.truncated;
        self.files += 1;
        self.seconds += summary.seconds();
        self.truncated += u64::from(truncated);
        self.damaged += u64::from(trouble.is_some());
        let file = &*lossless(path);
        if truncated {
            say!("polyspot: {file}: {CUT_OFF}; scored up to there");
        }
        if let Some(reason) = trouble {
            say!("polyspot: {file}: {reason}");
            self.output.write(&Event::Error { file, reason })?;
        }
        if summary.frames > 0 && summary.sample_rate_hz < self.model.manifest().front_end.sample_rate_hz {
            let rate_hz = summary.sample_rate_hz;
            let narrow = self.narrow.get_or_insert_with(|| Narrow { files: 0, rate_hz, first: file.into() });
            narrow.files += 1;
        }
        let damaged = trouble.is_some();
        let seconds = rounded(summary.seconds(), 3);
        self.output.write(&Event::File { file, seconds, findings, truncated, damaged })?;
        self.flush()
    }

    /// Reports a recording that could not be scored.
    pub(super) fn error(&mut self, path: &Path, reason: &str) -> io::Result<()> {
        self.broken += 1;
        let file = &*lossless(path);
        say!("polyspot: {file}: {reason}");
        self.output.write(&Event::Error { file, reason })?;
        self.flush()
    }

    /// Makes everything reported so far appear.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// Reports what it all adds up to.
    pub(super) fn end(mut self) -> io::Result<Exit> {
        let clips = self.confusion.accuracy().map(|accuracy| Judgement {
            clips: self.confusion.clips(),
            right: self.confusion.right(),
            accuracy: rounded(accuracy, 4),
            labels: self.confusion.labels(),
            confusion: self.confusion.counts(),
        });
        if let Some(Judgement { accuracy, right, clips, .. }) = clips {
            let percent = accuracy * 100.0;
            self.output.remark(&format!(
                "\n{}\n\n{right} of {clips} clips have the label of their folder: {percent:.2} %",
                confusion::table(&self.confusion, self.output.width())
            ))?;
        }
        self.output.write(&Event::Summary {
            files: self.files,
            broken: self.broken,
            truncated: self.truncated,
            damaged: self.damaged,
            seconds: rounded(self.seconds, 3),
            findings: self.findings,
            clips,
        })?;
        self.tell_totals();
        self.output.end()?;
        Ok(if self.broken + self.truncated + self.damaged > 0 { Exit::BadInput } else { Exit::Done })
    }

    fn tell_totals(&self) {
        let Self { files, broken, seconds, findings, .. } = self;
        if let Some(Narrow { files, rate_hz, first }) = &self.narrow {
            say!(
                "polyspot: {files} recording(s) with fewer samples per second than the model has learnt from ({rate_hz} in {first}): \
                 the upper half of speech is missing, as on a telephone, and words are missed"
            );
        }
        let found = match self.task {
            Task::Detections { .. } => "detections",
            Task::Clips => "labels",
        };
        let elapsed = self.started.elapsed().as_secs_f64();
        let broken = if *broken > 0 { format!("; {broken} could not be scored") } else { String::new() };
        say!("{files} recordings, {seconds:.1} s of audio: {findings} {found} in {elapsed:.1} s{broken}");
    }
}
