//! Recordings, one or many at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use std::{num, thread};

use polyspot::Detection;
use polyspot_audio::{AudioError, AudioFile, ChannelChoice, FileSummary, MonoBlocks};
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::error;
use crate::input::StreamError;
use crate::model::models;
use crate::results::{detections, recording};
use crate::spotter::{checked, rate_hz, started};

/// How long an interrupt from the keyboard waits.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What was heard in a recording, and what could not be read of it.
type Scored = Result<(Vec<Detection>, FileSummary, Option<String>), StreamError>;

/// How recordings are scored.
#[derive(Clone)]
struct Job {
    models: Vec<Arc<polyspot::Model>>,
    threshold: Option<f32>,
    choice: ChannelChoice,
}

impl Job {
    /// `channel` counts from 1; all channels are mixed where there is none.
    fn new(models: &Bound<'_, PyAny>, threshold: Option<f32>, channel: Option<usize>) -> PyResult<Self> {
        let choice = match channel {
            None => ChannelChoice::Mix,
            Some(0) => return Err(error::value("channel", "1 or more", 0)),
            Some(channel) => ChannelChoice::Only(channel - 1),
        };
        Ok(Self { models: self::models(models)?, threshold: threshold.map(checked).transpose()?, choice })
    }

    fn spotter(&self, py: Python<'_>) -> PyResult<polyspot::Spotter> {
        let mut spotter = started(py, &self.models)?;
        if let Some(threshold) = self.threshold {
            spotter.set_thresholds(threshold);
        }
        Ok(spotter)
    }

    /// Where a part of a recording cannot be read, the rest is scored.
    fn score(&self, spotter: &mut polyspot::Spotter, path: &Path) -> Scored {
        // The recording before may have ended in an error.
        spotter.reset()?;
        let mut blocks = MonoBlocks::new(AudioFile::open(path)?, rate_hz(&self.models[0]), self.choice)?;
        let mut heard = Vec::new();
        let end = loop {
            match blocks.next_block() {
                Ok(Some(block)) => heard.extend(spotter.push(block)?),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let summary = blocks.summary();
        match end {
            Some(error) if summary.frames == 0 => Err(error.into()),
            None if summary.frames == 0 => Err(AudioError::Empty.into()),
            end => {
                heard.extend(spotter.flush()?);
                Ok((heard, summary, trouble(&summary, end.as_ref())))
            }
        }
    }
}

/// What could not be read of a recording, in words.
fn trouble(summary: &FileSummary, end: Option<&AudioError>) -> Option<String> {
    let damage = summary.damage.map(|damage| {
        format!("damaged in {} place(s), the first after frame {}", damage.places, damage.frame)
    });
    let truncated = summary.truncated.then(|| "shorter than it announces".to_owned());
    end.map(|error| error::chain(error)).or(damage).or(truncated)
}

#[pyfunction]
#[pyo3(signature = (path, models, *, threshold = None, channel = None))]
#[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
pub(crate) fn score_file<'py>(
    path: PathBuf,
    models: &Bound<'py, PyAny>,
    threshold: Option<f32>,
    channel: Option<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = models.py();
    let job = Job::new(models, threshold, channel)?;
    let mut spotter = job.spotter(py)?;
    match py.detach(|| job.score(&mut spotter, &path)) {
        Ok((heard, _, trouble)) => {
            if let Some(trouble) = trouble {
                let text = format!("{}: {trouble}; the rest was scored", path.display());
                py.import("warnings")?.call_method1("warn", (text, py.get_type::<PyUserWarning>(), 2))?;
            }
            detections(py, &heard, rate_hz(&job.models[0]))
        }
        Err(StreamError::Audio(error)) => Err(error::audio(py, &error, Some(&path))),
        Err(error) => Err(error.into_py(py)),
    }
}

#[pyfunction]
#[pyo3(signature = (paths, models, *, threads = None, threshold = None, channel = None))]
#[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
pub(crate) fn score_files<'py>(
    paths: Vec<PathBuf>,
    models: &Bound<'py, PyAny>,
    threads: Option<num::NonZero<usize>>,
    threshold: Option<f32>,
    channel: Option<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = models.py();
    let job = Job::new(models, threshold, channel)?;
    let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, num::NonZero::get);
    let spotters = (0..threads.min(paths.len())).map(|_| job.spotter(py)).collect::<PyResult<_>>()?;
    let rate_hz = rate_hz(&job.models[0]);
    let list = PyList::empty(py);
    for (path, scored) in paths.iter().zip(py.detach(|| score_all(&job, &paths, spotters))?) {
        let shown = path.display().to_string();
        let (heard, seconds, trouble) = match scored {
            Ok((heard, summary, trouble)) => (heard, summary.seconds(), trouble),
            Err(StreamError::Audio(error)) => (Vec::new(), 0.0, Some(error::chain(&error))),
            Err(error) => return Err(error.into_py(py)),
        };
        list.append(recording(py, &shown, seconds, detections(py, &heard, rate_hz)?, trouble)?)?;
    }
    Ok(list)
}

/// Scores recordings by as many threads as there are spotters, until all are done or the user interrupts. In their order.
fn score_all(job: &Job, paths: &[PathBuf], spotters: Vec<polyspot::Spotter>) -> PyResult<Vec<Scored>> {
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (answer, answers) = mpsc::channel();
    let mut scored: Vec<Option<Scored>> = paths.iter().map(|_| None).collect();
    thread::scope(|scope| {
        for mut spotter in spotters {
            let (next, is_over, answer) = (&next, &is_over, answer.clone());
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(index) else { break };
                    if answer.send((index, job.score(&mut spotter, path))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(answer);
        let mut looked = Instant::now();
        loop {
            match answers.recv_timeout(LOOK_EVERY) {
                Ok((index, of_file)) => scored[index] = Some(of_file),
                Err(mpsc::RecvTimeoutError::Disconnected) => break Ok(()),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            if looked.elapsed() >= LOOK_EVERY {
                looked = Instant::now();
                #[expect(
                    clippy::redundant_closure_for_method_calls,
                    reason = "the method is of one lifetime, and does not compile here"
                )]
                let signals = Python::attach(|py| py.check_signals());
                if let Err(interrupt) = signals {
                    is_over.store(true, Ordering::Relaxed);
                    break Err(interrupt);
                }
            }
        }
    })?;
    // A thread that ends early has panicked, and the scope with it: every file has its answer.
    Ok(scored.into_iter().flatten().collect())
}
