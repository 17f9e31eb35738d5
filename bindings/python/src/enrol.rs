//! A word more for a model, from a few takes.

use std::path::{Path, PathBuf};

use polyspot::enrolment::{self, EnrolError, NewWord};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;
use crate::input::Input;
use crate::results;
use crate::samples::samples;

/// A model's file, or its bytes.
#[derive(FromPyObject)]
pub(crate) enum File<'py> {
    Bytes(Bound<'py, PyBytes>),
    Path(PathBuf),
}

/// Adds a word to a model.
#[pyfunction]
#[pyo3(signature = (model, word, takes, *, sample_rate = None))]
#[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
pub(crate) fn enrol<'py>(
    py: Python<'py>,
    model: File<'py>,
    word: &str,
    takes: Vec<Bound<'py, PyAny>>,
    sample_rate: Option<u32>,
) -> PyResult<Bound<'py, PyAny>> {
    let read;
    let (bytes, path) = match &model {
        File::Bytes(bytes) => (bytes.as_bytes(), None),
        File::Path(path) => {
            read = polyspot_files::read(path, polyspot::Model::MAX_FILE_BYTES)
                .map_err(|error| error::system(&error, Some(path)))?;
            (read.as_slice(), Some(path.as_path()))
        }
    };
    let before = py.detach(|| polyspot::Model::from_bytes(bytes));
    let before = before.map_err(|error| error::model(py, &error, path))?;
    let rate_hz = before.manifest().front_end.sample_rate_hz;
    let takes = takes.iter().map(|take| at_rate(take, sample_rate, rate_hz)).collect::<PyResult<Vec<_>>>()?;
    let NewWord { bytes, word, .. } =
        py.detach(|| enrolment::enrol(bytes, word, &takes)).map_err(|error| refused(py, &error, path))?;
    let labels = before.manifest().labels.iter().map(|label| label.name.as_str());
    results::enrolled(py, &bytes, &word, labels)
}

/// A take at the model's rate.
fn at_rate(take: &Bound<'_, PyAny>, from_hz: Option<u32>, to_hz: u32) -> PyResult<Vec<f32>> {
    let py = take.py();
    let samples = samples(take)?;
    let mut input = Input::new(py, from_hz, to_hz)?;
    let mut whole = input.push(&samples).map_err(|error| error::audio(py, &error, None))?.to_vec();
    whole.extend_from_slice(input.flush().map_err(|error| error::audio(py, &error, None))?);
    Ok(whole)
}

fn refused(py: Python<'_>, error: &EnrolError, path: Option<&Path>) -> PyErr {
    match error {
        EnrolError::Model(error) => error::model(py, error, path),
        error => error::enrolment(py, error, path),
    }
}
