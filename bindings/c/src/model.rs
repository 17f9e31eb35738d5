//! Models: made, asked, run over a recording.

use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;

use engine::stream::{Posterior, PosteriorStream};
use engine::{Base, Model as EngineModel, ModelStore};

use crate::error::{Error, guarded};
use crate::handle::{Model, add_model, find_model};
use crate::memory::{bytes_of_text, read, room, text};
use crate::model_entry::ModelEntry;

/// For `polyspot_model_text`: the model's manifest as JSON: its labels, front end, thresholds and the evidence behind them.
pub const POLYSPOT_MANIFEST: i32 = 0;
/// For `polyspot_model_text`: the model's language, a BCP 47 tag.
pub const POLYSPOT_LANGUAGE: i32 = 1;
/// For `polyspot_model_text`: SHA-256 of the model's file (or of the adapter's), in hexadecimal.
pub const POLYSPOT_SHA256: i32 = 2;
/// For `polyspot_model_text`: the label of the network's output number `index`.
pub const POLYSPOT_LABEL: i32 = 3;

fn hand_out(model: Arc<EngineModel>) -> Result<*mut Model, Error> {
    add_model(ModelEntry::new(model)?)
}

/// The models that are part of the library.
#[cfg(feature = "built-in-models")]
const BUILT_IN: &[(&str, &[u8])] =
    &[("en", polyspot_models::EN), ("ar", polyspot_models::AR), ("zh", polyspot_models::ZH)];
#[cfg(not(feature = "built-in-models"))]
const BUILT_IN: &[(&str, &[u8])] = &[];

/// The built-in model of a language, by a BCP 47 tag such as `"en"` or `"zh-Hans"`. NULL if there is none; the error names those there
/// are.
///
/// # Safety
/// `language` is a C text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_model_built_in(language: *const c_char) -> *mut Model {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let language = unsafe { text(language, "language")? };
        let mut store = ModelStore::new(0);
        for (tag, bytes) in BUILT_IN {
            store.add_bytes(tag, bytes);
        }
        hand_out(store.load(language).map_err(|error| Error::failed("built-in models", &error))?)
    })
}

/// The model of a file: a model file, or an adapter whose base lies in the same folder. NULL if it is refused.
///
/// # Safety
/// `path` is a C text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_model_from_file(path: *const c_char) -> *mut Model {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let name = unsafe { bytes_of_text(path, "path")? };
        #[cfg(unix)]
        let path: &Path = {
            use std::os::unix::ffi::OsStrExt;
            std::ffi::OsStr::from_bytes(name.to_bytes()).as_ref()
        };
        #[cfg(not(unix))]
        let path = Path::new(
            name.to_str().map_err(|_| Error::argument("path must be in UTF-8, found other bytes"))?,
        );
        hand_out(of_file(path)?)
    })
}

fn of_file(path: &Path) -> Result<Arc<EngineModel>, Error> {
    let refused = |error: &dyn std::error::Error| Error::failed(path.display(), error);
    // A store finds an adapter's base; it lives on in the models that are fused into it.
    let mut store = ModelStore::new(0);
    store.add_file(path).map_err(|error| refused(&error))?;
    let language = store.languages().next().unwrap_or_default();
    store.load(language).map_err(|error| refused(&error))
}

/// The model of a file's bytes, which may be freed then. With `base` NULL and `base_length` 0 the bytes are a model file's; else they
/// are an adapter's, and `base` has the bytes of its base. NULL if they are refused.
///
/// # Safety
/// So many bytes may be read at both pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_model_from_bytes(
    bytes: *const u8,
    length: usize,
    base: *const u8,
    base_length: usize,
) -> *mut Model {
    guarded(|| {
        // SAFETY: the caller vouches for it.
        let (bytes, base) = unsafe { (read(bytes, length, "bytes")?, read(base, base_length, "base")?) };
        let model = if base.is_empty() {
            EngineModel::from_bytes(bytes).map_err(|error| Error::failed("the model's bytes", &error))?
        } else {
            let base = Base::from_bytes(base).map_err(|error| Error::failed("the base's bytes", &error))?;
            base.fuse(bytes).map_err(|error| Error::failed("the adapter's bytes", &error))?
        };
        hand_out(Arc::new(model))
    })
}

/// What a model says of itself, in UTF-8, valid until it is freed: `what` is `POLYSPOT_MANIFEST`, `POLYSPOT_LANGUAGE`,
/// `POLYSPOT_SHA256` or `POLYSPOT_LABEL`. `index` matters for `POLYSPOT_LABEL` alone: labels are numbered from 0, and behind the last one
/// the text is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn polyspot_model_text(model: *const Model, what: i32, index: usize) -> *const c_char {
    guarded(|| {
        let model = find_model(model)?;
        let text = match what {
            POLYSPOT_MANIFEST => &model.manifest,
            POLYSPOT_LANGUAGE => &model.language,
            POLYSPOT_SHA256 => &model.sha256,
            POLYSPOT_LABEL => model.labels.get(index).ok_or_else(|| {
                let labels = model.labels.len();
                Error::argument(format!("index must be below the number of labels, {labels}, found {index}"))
            })?,
            _ => {
                return Err(Error::argument(format!(
                    "what must be one of POLYSPOT_MANIFEST to POLYSPOT_LABEL, found {what}"
                )));
            }
        };
        // The registry holds the entry, and so the text, until it is freed.
        Ok(text.as_ptr())
    })
}

/// The posteriors of a whole recording (mono, at the model's own sample rate, full scale ±1): `[steps, labels]`, one row for each step of
/// the model, in 0..=1, not smoothed. Writes the first `capacity` numbers to `values`, which may be NULL if `capacity` is 0.
///
/// Gives how many numbers there are in all, steps times labels, or a code below 0.
///
/// # Safety
/// `length` samples may be read at `samples`, and `capacity` numbers written at `values`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn polyspot_model_posteriors(
    model: *const Model,
    samples: *const f32,
    length: usize,
    values: *mut f32,
    capacity: usize,
) -> isize {
    guarded(|| {
        let model = find_model(model)?;
        // SAFETY: the caller vouches for it.
        let (samples, values) =
            unsafe { (read(samples, length, "samples")?, room(values, capacity, "values")?) };
        let mut count = 0;
        let mut write = |posterior: Posterior<'_>| {
            for (place, &probability) in values.iter_mut().skip(count).zip(posterior.probabilities) {
                place.write(probability);
            }
            count += posterior.probabilities.len();
        };
        PosteriorStream::new(&model.model)
            .and_then(|mut stream| {
                stream.push(samples, &mut write)?;
                stream.flush(&mut write)
            })
            .map_err(|error| Error::failed("the model", &error))?;
        Ok(count as isize)
    })
}
