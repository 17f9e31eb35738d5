//! What Python gets of the library's results: tuples with names, which are written in Python.

use numpy::{PyArray1, PyArray2, PyArrayMethods};
use polyspot::EngineError;
use polyspot::enrolment::Enrolled;
use polyspot::stream::PosteriorStream;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyType};

static DETECTION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static ENROLLED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static RECORDING: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Detections with their places in seconds and in samples of `rate_hz`.
pub(crate) fn detections<'py>(
    py: Python<'py>,
    heard: &[polyspot::Detection],
    rate_hz: u32,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for polyspot::Detection { keyword, language, score, start, end, .. } in heard {
        let kind = DETECTION.import(py, "polyspot._types", "Detection")?;
        let seconds = |sample: u64| sample as f64 / f64::from(rate_hz);
        let (from, to) = (seconds(*start), seconds(*end));
        list.append(kind.call1((&**keyword, &**language, *score, from, to, *start, *end))?)?;
    }
    Ok(list)
}

/// What became of a recording.
pub(crate) fn recording<'py>(
    py: Python<'py>,
    path: &str,
    seconds: f64,
    detections: Bound<'py, PyList>,
    trouble: Option<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let kind = RECORDING.import(py, "polyspot._types", "Recording")?;
    kind.call1((path, seconds, detections, trouble))
}

/// A model with a word more, and how the word's takes stand to other speech and to the labels that the model had.
pub(crate) fn enrolled<'py, 'l>(
    py: Python<'py>,
    model: &[u8],
    word: &Enrolled,
    labels: impl Iterator<Item = &'l str>,
) -> PyResult<Bound<'py, PyAny>> {
    let kind = ENROLLED.import(py, "polyspot._types", "Enrolled")?;
    let posteriors = PyDict::new(py);
    for (label, posterior) in labels.zip(&word.posteriors) {
        posteriors.set_item(label, posterior)?;
    }
    kind.call1((PyBytes::new(py, model), word.deviations.clone(), word.least_deviations, posteriors))
}

/// Rows of equal length.
pub(crate) fn rows(py: Python<'_>, values: Vec<f32>, columns: usize) -> PyResult<Bound<'_, PyArray2<f32>>> {
    let rows = values.len() / columns;
    PyArray1::from_vec(py, values).reshape([rows, columns])
}

/// Adds the posteriors that samples complete.
pub(crate) fn push(
    stream: &mut PosteriorStream,
    samples: &[f32],
    values: &mut Vec<f32>,
) -> Result<(), EngineError> {
    stream.push(samples, |step| values.extend_from_slice(step.probabilities))
}

/// Adds the posteriors that were waiting, and ends the stream.
pub(crate) fn flush(stream: &mut PosteriorStream, values: &mut Vec<f32>) -> Result<(), EngineError> {
    stream.flush(|step| values.extend_from_slice(step.probabilities))
}
