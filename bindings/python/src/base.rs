//! A base, and the models that adapters make of it.

use std::path::PathBuf;

use polyspot::onnx::FileError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;
use crate::model::{Model, Thresholds};

/// A network that languages are changes to.
#[pyclass(frozen, module = "polyspot")]
pub(crate) struct Base {
    base: polyspot::Base,
}

/// An adapter's file, or its bytes.
#[derive(FromPyObject)]
enum Adapter<'py> {
    Bytes(Bound<'py, PyBytes>),
    File(PathBuf),
}

#[pymethods]
impl Base {
    #[staticmethod]
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn from_path(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let base = py.detach(|| polyspot::Base::from_path(&path));
        Ok(Self { base: base.map_err(|error| error::model(py, &error, Some(&path)))? })
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &Bound<'_, PyBytes>) -> PyResult<Self> {
        let bytes = data.as_bytes();
        let base = py.detach(|| polyspot::Base::from_bytes(bytes));
        Ok(Self { base: base.map_err(|error| error::model(py, &error, None))? })
    }

    #[getter]
    fn sha256(&self) -> &str {
        self.base.sha256()
    }

    #[pyo3(signature = (adapter, *, thresholds = None, profile = None))]
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn fuse(
        &self,
        py: Python<'_>,
        adapter: Adapter<'_>,
        thresholds: Option<Thresholds>,
        profile: Option<PathBuf>,
    ) -> PyResult<Model> {
        let (fused, file) = match adapter {
            Adapter::Bytes(data) => {
                let bytes = data.as_bytes();
                (py.detach(|| self.base.fuse(bytes)), None)
            }
            Adapter::File(path) => {
                let fused = py.detach(|| {
                    let bytes = polyspot_files::read(&path, polyspot::Model::MAX_FILE_BYTES)
                        .map_err(FileError::Io)?;
                    self.base.fuse(&bytes)
                });
                (fused, Some(path))
            }
        };
        let model = fused.map_err(|error| error::model(py, &error, file.as_deref()))?;
        let from = file.map_or_else(|| "bytes".into(), |path| path.display().to_string());
        Model::new(py, model, format!("an adapter, {from}"), thresholds, profile.as_deref())
    }

    fn __repr__(&self) -> String {
        format!("<polyspot.Base {}>", self.base.sha256())
    }
}
