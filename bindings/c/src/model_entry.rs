//! What stands behind the handle of a model.

use std::ffi::CString;
use std::sync::Arc;

use engine::Model;

use crate::error::Error;
use crate::names::c_text;

/// A model with its texts as C may keep them.
pub(crate) struct ModelEntry {
    pub(crate) model: Arc<Model>,
    pub(crate) manifest: CString,
    pub(crate) language: CString,
    pub(crate) sha256: CString,
    pub(crate) labels: Vec<CString>,
}

impl ModelEntry {
    pub(crate) fn new(model: Arc<Model>) -> Result<Self, Error> {
        let manifest = model.manifest();
        let json = manifest.to_json().map_err(|error| Error::failed("the model", &error))?;
        Ok(Self {
            manifest: c_text(&json),
            language: c_text(&manifest.language),
            sha256: c_text(model.sha256()),
            labels: manifest.labels.iter().map(|label| c_text(&label.name)).collect(),
            model,
        })
    }
}
