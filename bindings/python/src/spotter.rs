//! A stream with decisions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use polyspot::{Detection, GatedSpotter, Wake};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::error;
use crate::input::{Input, StreamError};
use crate::model::{Model, models};
use crate::results::detections;
use crate::samples::samples;

/// Listens to one stream of audio, with one model or several.
///
/// The state is locked only where the interpreter is not, so that neither waits for the other.
#[pyclass(frozen, module = "polyspot")]
pub(crate) struct Spotter {
    state: Mutex<State>,
}

struct State {
    input: Input,
    spotter: GatedSpotter,
}

#[pymethods]
impl Spotter {
    #[new]
    #[pyo3(signature = (
        models, *, sample_rate = None, threshold = None, wake = None, wake_keywords = Vec::new(), window = None
    ))]
    fn new(
        models: &Bound<'_, PyAny>,
        sample_rate: Option<u32>,
        threshold: Option<f32>,
        wake: Option<&Bound<'_, Model>>,
        wake_keywords: Vec<String>,
        window: Option<f64>,
    ) -> PyResult<Self> {
        let py = models.py();
        let models = self::models(models)?;
        let input = Input::new(py, sample_rate, rate_hz(&models[0]))?;
        let mut spotter = GatedSpotter::new(&models).map_err(|error| error::engine(py, &error))?;
        if wake.is_some() || window.is_some() || !wake_keywords.is_empty() {
            let wake = self::wake(wake, wake_keywords, window)?;
            spotter.set_wake(Some(wake)).map_err(|error| error::engine(py, &error))?;
        }
        if let Some(threshold) = threshold {
            spotter.set_thresholds(checked(threshold)?);
        }
        Ok(Self { state: Mutex::new(State { input, spotter }) })
    }

    fn push<'py>(&self, samples: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = samples.py();
        let samples = self::samples(samples)?;
        self.run(py, |state, heard| state.push(&samples, heard))
    }

    fn flush<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.run(py, State::flush)
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let outcome = py.detach(|| {
            let mut state = self.lock();
            state.input.flush()?;
            Ok(state.spotter.reset()?)
        });
        outcome.map_err(|error: StreamError| error.into_py(py))
    }

    fn swap(&self, models: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = models.py();
        let models = self::models(models)?;
        let (expected, found) = py.detach(|| (self.lock().input.to_hz, rate_hz(&models[0])));
        if expected != found {
            let expected = format!("for {expected} Hz, the rate of those that listen");
            return Err(error::value("models", &expected, format_args!("{found} Hz")));
        }
        let outcome = py.detach(|| self.lock().spotter.swap_all(&models));
        outcome.map_err(|error| error::engine(py, &error))
    }

    fn set_threshold(&self, py: Python<'_>, threshold: f32) -> PyResult<()> {
        let threshold = checked(threshold)?;
        py.detach(|| self.lock().spotter.set_thresholds(threshold));
        Ok(())
    }

    fn arm(&self, py: Python<'_>) {
        py.detach(|| self.lock().spotter.arm());
    }

    #[getter]
    fn armed(&self, py: Python<'_>) -> bool {
        py.detach(|| self.lock().spotter.is_armed())
    }

    #[getter]
    fn languages(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| {
            let state = self.lock();
            state.spotter.models().iter().map(|model| model.manifest().language.clone()).collect()
        })
    }

    #[getter]
    fn sample_rate(&self, py: Python<'_>) -> u32 {
        py.detach(|| self.lock().input.from_hz)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (languages, rate) = (self.languages(py).join(", "), self.sample_rate(py));
        format!("<polyspot.Spotter of {languages} at {rate} Hz>")
    }
}

impl Spotter {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives what something hears.
    fn run<'py>(
        &self,
        py: Python<'py>,
        hear: impl FnOnce(&mut State, &mut Vec<Detection>) -> Result<(), StreamError> + Send,
    ) -> PyResult<Bound<'py, PyList>> {
        let heard = py.detach(|| {
            let mut state = self.lock();
            let mut heard = Vec::new();
            hear(&mut state, &mut heard)?;
            for Detection { start, end, .. } in &mut heard {
                (*start, *end) = (state.input.place(*start), state.input.place(*end));
            }
            Ok((heard, state.input.from_hz))
        });
        let (heard, rate_hz) = heard.map_err(|error: StreamError| error.into_py(py))?;
        detections(py, &heard, rate_hz)
    }
}

impl State {
    fn push(&mut self, samples: &[f32], heard: &mut Vec<Detection>) -> Result<(), StreamError> {
        heard.extend(self.spotter.push(self.input.push(samples)?)?);
        Ok(())
    }

    fn flush(&mut self, heard: &mut Vec<Detection>) -> Result<(), StreamError> {
        heard.extend(self.spotter.push(self.input.flush()?)?);
        heard.extend(self.spotter.flush()?);
        Ok(())
    }
}

/// What wakes the keywords.
fn wake(model: Option<&Bound<'_, Model>>, keywords: Vec<String>, window: Option<f64>) -> PyResult<Wake> {
    let window = window.map_or(Ok(Wake::DEFAULT_WINDOW), |seconds| {
        Duration::try_from_secs_f64(seconds).map_err(|_| error::value("window", "1 to 3600 seconds", seconds))
    })?;
    let model = model.map(|model| Arc::clone(&model.get().model));
    Wake::new(model, keywords, window).map_err(|error| error::wake(&error))
}

/// A spotter of these models.
pub(crate) fn started(py: Python<'_>, models: &[Arc<polyspot::Model>]) -> PyResult<polyspot::Spotter> {
    polyspot::Spotter::for_models(models).map_err(|error| error::engine(py, &error))
}

/// A threshold in its range.
pub(crate) fn checked(threshold: f32) -> PyResult<f32> {
    if (0.0..=1.0).contains(&threshold) {
        Ok(threshold)
    } else {
        Err(error::value("threshold", "in 0 to 1", threshold))
    }
}

/// The rate that a model hears.
pub(crate) fn rate_hz(model: &polyspot::Model) -> u32 {
    model.manifest().front_end.sample_rate_hz
}
