//! A stream of posteriors.

use std::sync::{Mutex, MutexGuard, PoisonError};

use numpy::PyArray2;
use pyo3::prelude::*;

use crate::input::{Input, StreamError};
use crate::model::Model;
use crate::results::{flush, push, rows};
use crate::samples::samples;

/// One stream's way from samples to the posteriors of one model.
#[pyclass(frozen, module = "polyspot")]
pub(crate) struct PosteriorStream {
    state: Mutex<State>,
    labels: usize,
}

struct State {
    input: Input,
    stream: polyspot::stream::PosteriorStream,
}

#[pymethods]
impl PosteriorStream {
    #[new]
    #[pyo3(signature = (model, *, sample_rate = None))]
    fn new(py: Python<'_>, model: &Bound<'_, Model>, sample_rate: Option<u32>) -> PyResult<Self> {
        let model = model.get();
        let input = Input::new(py, sample_rate, model.sample_rate_hz())?;
        let stream = polyspot::stream::PosteriorStream::new(&model.model);
        let stream = stream.map_err(|error| StreamError::Engine(error).into_py(py))?;
        let labels = model.model.manifest().labels.len();
        Ok(Self { state: Mutex::new(State { input, stream }), labels })
    }

    fn push<'py>(&self, samples: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let py = samples.py();
        let samples = self::samples(samples)?;
        self.run(py, |State { input, stream }, values| Ok(push(stream, input.push(&samples)?, values)?))
    }

    fn flush<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        self.run(py, |State { input, stream }, values| {
            push(stream, input.flush()?, values)?;
            Ok(flush(stream, values)?)
        })
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let outcome = py.detach(|| {
            let mut state = self.lock();
            state.input.flush()?;
            Ok(state.stream.reset()?)
        });
        outcome.map_err(|error: StreamError| error.into_py(py))
    }

    fn __repr__(&self) -> String {
        format!("<polyspot.PosteriorStream of {} labels>", self.labels)
    }
}

impl PosteriorStream {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the rows that something adds.
    fn run<'py>(
        &self,
        py: Python<'py>,
        add: impl FnOnce(&mut State, &mut Vec<f32>) -> Result<(), StreamError> + Send,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let values = py.detach(|| {
            let mut values = Vec::new();
            add(&mut self.lock(), &mut values).map(|()| values)
        });
        rows(py, values.map_err(|error| error.into_py(py))?, self.labels)
    }
}
