//! Finding the base of an adapter: by its hash, which is computed once for each file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use prost::bytes::Bytes;

use crate::model::base::Base;
use crate::model::error::{BaseError, FileError, ModelError};
use crate::model::file::{decode_onnx, read, sha256};

/// The bases that adapters have asked for, and what is known of the files beside them.
#[derive(Default)]
pub(super) struct Bases {
    in_use: HashMap<String, Arc<Base>>,
    files: HashMap<PathBuf, Known>,
}

/// A file as it was when it was looked into.
struct Known {
    version: Option<(SystemTime, u64)>,
    /// Its SHA-256, if it is a base.
    base_sha256: Option<String>,
}

impl Bases {
    /// The base with this SHA-256: one that is in use, or one of the folder.
    pub(super) fn find(&mut self, wanted: &str, folder: &Path) -> Result<Arc<Base>, ModelError> {
        if let Some(base) = self.in_use.get(wanted) {
            return Ok(Arc::clone(base));
        }
        let mut found = Vec::new();
        for path in onnx_files(folder).map_err(FileError::from)? {
            let Some(sha256) = self.base_sha256(&path) else { continue };
            if sha256 == wanted {
                return self.open(wanted, &path);
            }
            found.push(sha256.to_owned());
        }
        let found = if found.is_empty() { "no base beside it".to_owned() } else { found.join(", ") };
        Err(BaseError::OtherBase { expected: wanted.to_owned(), found }.into())
    }

    fn open(&mut self, wanted: &str, path: &Path) -> Result<Arc<Base>, ModelError> {
        let bytes = read(path)?;
        let base = Arc::new(Base::of_file(&bytes)?);
        if base.sha256() != wanted {
            // Replaced since it was looked into.
            let found = base.sha256().to_owned();
            return Err(BaseError::OtherBase { expected: wanted.to_owned(), found }.into());
        }
        self.in_use.insert(wanted.to_owned(), Arc::clone(&base));
        Ok(base)
    }

    /// The SHA-256 of a file that is a base; one that cannot be read is none, and as a model it is complained about by itself.
    fn base_sha256(&mut self, path: &Path) -> Option<&str> {
        let version = version(path);
        let is_known = self.files.get(path).is_some_and(|known| known.version == version);
        if !is_known {
            let bytes = read(path).ok();
            let is_base =
                |bytes: &Bytes| decode_onnx(bytes).is_ok_and(|proto| proto.metadata(Base::KEY).is_some());
            let base_sha256 = bytes.filter(is_base).map(|bytes| sha256(&bytes));
            self.files.insert(path.to_owned(), Known { version, base_sha256 });
        }
        self.files.get(path)?.base_sha256.as_deref()
    }
}

/// By what a file's contents are known to be others: when it was written, and its length.
fn version(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The `.onnx` files of a folder, in the order of their names.
pub(super) fn onnx_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "onnx"));
    paths.sort();
    Ok(paths)
}
