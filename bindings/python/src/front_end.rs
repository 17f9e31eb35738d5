//! The features, for whoever trains networks elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

use numpy::PyArray2;
use polyspot::front_end::{FrontEnd, FrontEndSpec};
use polyspot_audio::AudioError;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::chain;
use crate::input::{Input, StreamError};
use crate::model::Model;
use crate::results::rows;
use crate::samples::samples;

/// MFCC frames of a stream: those that the models are trained on.
#[pyclass(frozen, module = "polyspot", name = "MFCC")]
pub(crate) struct Mfcc {
    state: Mutex<State>,
    spec: FrontEndSpec,
}

struct State {
    input: Input,
    front_end: FrontEnd,
}

/// What to compute.
#[derive(FromPyObject)]
enum Wanted<'py> {
    OfModel(Bound<'py, Model>),
    Spec(Bound<'py, PyDict>),
}

#[pymethods]
impl Mfcc {
    #[new]
    #[pyo3(signature = (spec = None, *, sample_rate = None))]
    fn new(py: Python<'_>, spec: Option<Wanted<'_>>, sample_rate: Option<u32>) -> PyResult<Self> {
        let spec = match spec {
            None => FrontEndSpec::default(),
            Some(Wanted::OfModel(model)) => model.get().model.manifest().front_end.clone(),
            Some(Wanted::Spec(values)) => read(&values)?,
        };
        let front_end = started(&spec)?;
        let input = Input::new(py, sample_rate, spec.sample_rate_hz)?;
        Ok(Self { state: Mutex::new(State { input, front_end }), spec })
    }

    fn __call__<'py>(&self, samples: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let py = samples.py();
        let samples = self::samples(samples)?;
        let from_hz = py.detach(|| self.lock().input.from_hz);
        // A stream of its own, so that one that is under way goes on.
        let input = Input::new(py, Some(from_hz), self.spec.sample_rate_hz)?;
        let front_end = started(&self.spec)?;
        let mut state = State { input, front_end };
        self.rows(
            py,
            py.detach(|| {
                let mut values = state.push(&samples)?;
                values.extend(state.flush()?);
                Ok(values)
            }),
        )
    }

    fn push<'py>(&self, samples: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let py = samples.py();
        let samples = self::samples(samples)?;
        self.rows(py, py.detach(|| self.lock().push(&samples)))
    }

    fn flush<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        self.rows(py, py.detach(|| self.lock().flush()))
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let outcome = py.detach(|| self.lock().flush());
        outcome.map(|_| ()).map_err(|error| StreamError::Audio(error).into_py(py))
    }

    #[getter]
    fn spec<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = serde_json::to_string(&self.spec).map_err(|error| PyValueError::new_err(chain(&error)))?;
        py.import("json")?.call_method1("loads", (json,))
    }

    fn __repr__(&self) -> String {
        let FrontEndSpec { coefficients, frame_samples, hop_samples, sample_rate_hz, .. } = self.spec;
        format!(
            "<polyspot.MFCC of {coefficients} coefficients, {frame_samples} samples every {hop_samples} at {sample_rate_hz} Hz>"
        )
    }
}

impl State {
    /// The frames that these samples complete.
    fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>, AudioError> {
        let mut values = Vec::new();
        self.front_end.push(self.input.push(samples)?, |frame| values.extend_from_slice(frame));
        Ok(values)
    }

    /// Those that are left; the next sample is the first of a new stream.
    fn flush(&mut self) -> Result<Vec<f32>, AudioError> {
        let mut values = Vec::new();
        self.front_end.push(self.input.flush()?, |frame| values.extend_from_slice(frame));
        self.front_end.flush(|frame| values.extend_from_slice(frame));
        self.front_end.reset();
        Ok(values)
    }
}

/// A front end of this specification.
fn started(spec: &FrontEndSpec) -> PyResult<FrontEnd> {
    FrontEnd::new(spec).map_err(|error| PyValueError::new_err(chain(&error)))
}

impl Mfcc {
    fn rows<'py>(
        &self,
        py: Python<'py>,
        values: Result<Vec<f32>, AudioError>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let values = values.map_err(|error| StreamError::Audio(error).into_py(py))?;
        rows(py, values, self.spec.coefficients)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A front end as a manifest describes it.
fn read(values: &Bound<'_, PyDict>) -> PyResult<FrontEndSpec> {
    let json: String = values.py().import("json")?.call_method1("dumps", (values,))?.extract()?;
    serde_json::from_str(&json).map_err(|error| {
        PyValueError::new_err(format!("the front end must be described as in a manifest: {error}"))
    })
}
