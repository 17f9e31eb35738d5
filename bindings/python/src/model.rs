//! Models, with the thresholds that they are loaded with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyspot::ModelStore;
use polyspot::manifest::{Label, LabelKind};
use polyspot::profile::Profile;
use polyspot::stream::PosteriorStream;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::error;
use crate::input::{Input, StreamError};
use crate::results::{flush, push, rows};
use crate::samples::samples;

/// The languages of the models that are part of the package, the default first.
const BUILT_IN: [&str; 3] = ["en", "ar", "zh"];

/// An immutable network with its manifest.
#[pyclass(frozen, module = "polyspot")]
pub(crate) struct Model {
    pub(crate) model: Arc<polyspot::Model>,
    /// Where it came from.
    from: String,
}

/// Decisions other than the model's own.
#[derive(FromPyObject)]
pub(crate) enum Thresholds {
    /// For all keywords.
    All(f32),
    /// For some.
    Of(BTreeMap<String, f32>),
}

impl Model {
    /// Gives a loaded model the thresholds of a profile, then those that are named.
    pub(crate) fn new(
        py: Python<'_>,
        mut model: polyspot::Model,
        from: String,
        thresholds: Option<Thresholds>,
        profile: Option<&Path>,
    ) -> PyResult<Self> {
        if let Some(path) = profile {
            model = Profile::from_path(path)
                .and_then(|profile| profile.apply(model))
                .map_err(|error| error::profile(py, &error, path))?;
        }
        if let Some(thresholds) = thresholds {
            model = with_thresholds(model, thresholds)?;
        }
        Ok(Self { model: Arc::new(model), from })
    }

    pub(crate) fn sample_rate_hz(&self) -> u32 {
        self.model.manifest().front_end.sample_rate_hz
    }

    fn labels_of(&self, is_listed: impl Fn(LabelKind) -> bool) -> Vec<&str> {
        let labels = self.model.manifest().labels.iter();
        labels.filter(|label| is_listed(label.kind)).map(|label| label.name.as_str()).collect()
    }
}

/// The built-in model that is nearest to a language, and its file.
fn built_in(py: Python<'_>, language: &str) -> PyResult<(Arc<str>, PathBuf)> {
    // The tag is found as the program finds it; nothing is loaded here.
    let mut store = ModelStore::new(0);
    for language in BUILT_IN {
        store.add_bytes(language, b"");
    }
    let Some(found) = store.find(language) else {
        return Err(error::value(
            "language",
            &format!("one of {}, or use Model.from_path", BUILT_IN.join(", ")),
            format_args!("{language:?}"),
        ));
    };
    let folder: PathBuf = py.import("polyspot._types")?.getattr("MODELS")?.extract()?;
    let path = folder.join(format!("{found}.onnx"));
    Ok((found.into(), path))
}

#[pymethods]
impl Model {
    #[staticmethod]
    #[pyo3(signature = (language = BUILT_IN[0], *, thresholds = None, profile = None))]
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn load(
        py: Python<'_>,
        language: &str,
        thresholds: Option<Thresholds>,
        profile: Option<PathBuf>,
    ) -> PyResult<Self> {
        let (found, path) = built_in(py, language)?;
        let model = py.detach(|| polyspot::Model::from_path(&path));
        let model = model.map_err(|error| error::model(py, &error, Some(&path)))?;
        Self::new(py, model, format!("built in, {found}"), thresholds, profile.as_deref())
    }

    #[staticmethod]
    #[pyo3(signature = (language = BUILT_IN[0]))]
    fn file(py: Python<'_>, language: &str) -> PyResult<String> {
        Ok(built_in(py, language)?.1.display().to_string())
    }

    #[staticmethod]
    #[pyo3(signature = (path, *, thresholds = None, profile = None))]
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn from_path(
        py: Python<'_>,
        path: PathBuf,
        thresholds: Option<Thresholds>,
        profile: Option<PathBuf>,
    ) -> PyResult<Self> {
        let model = py.detach(|| polyspot::Model::from_path(&path));
        let model = model.map_err(|error| error::model(py, &error, Some(&path)))?;
        Self::new(py, model, path.display().to_string(), thresholds, profile.as_deref())
    }

    #[staticmethod]
    #[pyo3(signature = (data, *, thresholds = None, profile = None))]
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn from_bytes(
        py: Python<'_>,
        data: &Bound<'_, PyBytes>,
        thresholds: Option<Thresholds>,
        profile: Option<PathBuf>,
    ) -> PyResult<Self> {
        let bytes = data.as_bytes();
        let model = py.detach(|| polyspot::Model::from_bytes(bytes));
        let model = model.map_err(|error| error::model(py, &error, None))?;
        Self::new(py, model, "bytes".into(), thresholds, profile.as_deref())
    }

    #[getter]
    fn manifest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let json = self.model.manifest().to_json().map_err(|error| error::manifest(&error))?;
        Ok(py.import("json")?.call_method1("loads", (json,))?.cast_into()?)
    }

    #[getter]
    fn language(&self) -> &str {
        &self.model.manifest().language
    }

    #[getter]
    fn labels(&self) -> Vec<&str> {
        self.labels_of(|_| true)
    }

    #[getter]
    fn keywords(&self) -> Vec<&str> {
        self.labels_of(|kind| kind == LabelKind::Keyword)
    }

    #[getter]
    fn thresholds(&self) -> BTreeMap<&str, f32> {
        let keywords = self.model.manifest().keywords();
        keywords.filter_map(|(_, label)| Some((label.name.as_str(), label.threshold?))).collect()
    }

    #[getter]
    fn sha256(&self) -> &str {
        self.model.sha256()
    }

    #[getter]
    fn parameters(&self) -> usize {
        self.model.parameters()
    }

    #[getter]
    fn sample_rate(&self) -> u32 {
        self.sample_rate_hz()
    }

    #[getter]
    fn step_samples(&self) -> usize {
        self.model.manifest().step_samples()
    }

    #[getter]
    fn window_samples(&self) -> usize {
        self.model.manifest().window_samples()
    }

    #[pyo3(signature = (samples, *, sample_rate = None))]
    fn posteriors<'py>(
        &self,
        samples: &Bound<'py, PyAny>,
        sample_rate: Option<u32>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = samples.py();
        let samples = self::samples(samples)?;
        let mut input = Input::new(py, sample_rate, self.sample_rate_hz())?;
        let model = &self.model;
        let values = py.detach(|| {
            let mut stream = PosteriorStream::new(model)?;
            let mut values = Vec::new();
            push(&mut stream, input.push(&samples)?, &mut values)?;
            push(&mut stream, input.flush()?, &mut values)?;
            flush(&mut stream, &mut values)?;
            Ok::<_, StreamError>(values)
        });
        let values = values.map_err(|error| error.into_py(py))?;
        Ok(rows(py, values, model.manifest().labels.len())?.into_any())
    }

    fn __repr__(&self) -> String {
        let manifest = self.model.manifest();
        let keywords = manifest.keywords().count();
        format!("<polyspot.Model {} with {keywords} keywords, from {}>", manifest.language, self.from)
    }
}

/// The models that are to listen: one, or several at once.
pub(crate) fn models(given: &Bound<'_, PyAny>) -> PyResult<Vec<Arc<polyspot::Model>>> {
    if let Ok(one) = given.cast::<Model>() {
        return Ok(vec![Arc::clone(&one.get().model)]);
    }
    let expected = |found: &Bound<'_, PyAny>| {
        let found = found.get_type().name().map_or_else(|_| "?".into(), |name| name.to_string());
        PyTypeError::new_err(format!("models must be a Model or a list of Models, found {found}"))
    };
    let mut models = Vec::new();
    for item in given.try_iter().map_err(|_| expected(given))? {
        let item = item?;
        let model = item.cast::<Model>().map_err(|_| expected(&item))?;
        models.push(Arc::clone(&model.get().model));
    }
    if models.is_empty() {
        return Err(PyValueError::new_err("models must be at least one, found none"));
    }
    Ok(models)
}

fn with_thresholds(model: polyspot::Model, thresholds: Thresholds) -> PyResult<polyspot::Model> {
    let manifest = model.manifest();
    let all: Vec<f32> = match thresholds {
        Thresholds::All(threshold) => manifest.keywords().map(|_| threshold).collect(),
        Thresholds::Of(some) => {
            let is_known = |name: &String| manifest.keywords().any(|(_, label)| label.name == *name);
            if let Some(unknown) = some.keys().find(|name| !is_known(name)) {
                let known: Vec<&str> = manifest.keywords().map(|(_, label)| label.name.as_str()).collect();
                let expected = format!("for keywords of the model ({})", known.join(", "));
                return Err(error::value("thresholds", &expected, format_args!("{unknown:?}")));
            }
            let of = |label: &Label| some.get(&label.name).copied().or(label.threshold);
            manifest.keywords().map(|(_, label)| of(label).unwrap_or(f32::NAN)).collect()
        }
    };
    let detector = manifest.detector.clone();
    model.with_decisions(detector, &all).map_err(|error| error::manifest(&error))
}
