//! The library's errors as Python's, with their causes in one line.

use std::error::Error;
use std::io;
use std::path::Path;

use polyspot::enrolment::EnrolError;
use polyspot::manifest::ManifestError;
use polyspot::onnx::FileError;
use polyspot::profile::ProfileError;
use polyspot::{EngineError, ModelError, WakeError};
use polyspot_audio::AudioError;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exceptions, which are written in Python.
static MODEL_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static AUDIO_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static PROFILE_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static ENROLMENT_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static SAMPLES_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// A model was refused; `of` is its file, where it has one.
pub(crate) fn model(py: Python<'_>, error: &ModelError, of: Option<&Path>) -> PyErr {
    match error {
        ModelError::File(FileError::Io(io)) => system(io, of),
        other => new(py, &MODEL_ERROR, "ModelError", named(other, of)),
    }
}

/// An engine failed, or models cannot listen together.
pub(crate) fn engine(py: Python<'_>, error: &EngineError) -> PyErr {
    new(py, &MODEL_ERROR, "ModelError", named(error, None))
}

/// A manifest was refused: a threshold out of range.
pub(crate) fn manifest(error: &ManifestError) -> PyErr {
    PyValueError::new_err(named(error, None))
}

/// Nothing can wake like this.
pub(crate) fn wake(error: &WakeError) -> PyErr {
    PyValueError::new_err(named(error, None))
}

/// A profile was refused.
pub(crate) fn profile(py: Python<'_>, error: &ProfileError, of: &Path) -> PyErr {
    match error {
        ProfileError::Io(io) => system(io, Some(of)),
        other => new(py, &PROFILE_ERROR, "ProfileError", named(other, Some(of))),
    }
}

/// Audio was refused; `of` is its file, where it has one.
pub(crate) fn audio(py: Python<'_>, error: &AudioError, of: Option<&Path>) -> PyErr {
    match error {
        AudioError::Io(io) => system(io, of),
        other => new(py, &AUDIO_ERROR, "AudioError", named(other, of)),
    }
}

/// A word was not learnt; `of` is the model's file, where it has one.
pub(crate) fn enrolment(py: Python<'_>, error: &EnrolError, of: Option<&Path>) -> PyErr {
    new(py, &ENROLMENT_ERROR, "EnrolmentError", named(error, of))
}

/// What was given for samples is none.
pub(crate) fn samples(py: Python<'_>, found: &str) -> PyErr {
    let text = format!("samples must be float32 or int16 in one dimension, found {found}");
    new(py, &SAMPLES_ERROR, "SamplesError", text)
}

/// A value is out of range.
pub(crate) fn value(name: &str, expected: &str, found: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{name} must be {expected}, found {found}"))
}

/// An error and its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        // Some errors repeat their cause.
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

fn named(error: &dyn Error, of: Option<&Path>) -> String {
    of.map_or_else(|| chain(error), |path| format!("{}: {}", path.display(), chain(error)))
}

fn new(py: Python<'_>, kind: &PyOnceLock<Py<PyType>>, name: &str, text: String) -> PyErr {
    match kind.import(py, "polyspot._types", name) {
        Ok(kind) => PyErr::from_type(kind.clone(), text),
        Err(error) => error,
    }
}

/// As Python's own functions say it: `FileNotFoundError` and its like, with the name of the file.
pub(crate) fn system(error: &io::Error, of: Option<&Path>) -> PyErr {
    match (error.raw_os_error(), of) {
        (Some(code), Some(path)) => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((code, text, path.as_os_str().to_owned()))
        }
        _ => PyOSError::new_err(named(error, of)),
    }
}
