//! Handles: numbers that C holds for pointers.

use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock};

use crate::error::{Error, guarded};
use crate::model_entry::ModelEntry;
use crate::stream::Stream;

/// A model: a language's network and what it says of itself. It never changes; any number of spotters and threads may use it.
pub struct Model {
    _opaque: (),
}

/// One stream of audio, listened to by one model or several. Calls from several threads wait for each other.
pub struct Spotter {
    _opaque: (),
}

/// Everything that C has handles of, of one kind.
struct Registry<T> {
    kind: &'static str,
    entries: LazyLock<RwLock<HashMap<usize, Arc<T>>>>,
}

static MODELS: Registry<ModelEntry> = Registry::new("model");
static SPOTTERS: Registry<Mutex<Stream>> = Registry::new("spotter");
/// Of both kinds, so that one is never taken for the other; 0 is NULL.
static NEXT: AtomicUsize = AtomicUsize::new(1);

impl<T> Registry<T> {
    const fn new(kind: &'static str) -> Self {
        Self { kind, entries: LazyLock::new(Default::default) }
    }

    fn add(&self, entry: T) -> Result<usize, Error> {
        // A number given out twice could find what another part of the program owns.
        let next = NEXT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| next.checked_add(1));
        let number =
            next.map_err(|_| Error::argument(format!("there are no more handles for a {}", self.kind)))?;
        // Every change of the map is one call that cannot panic half-way.
        self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(number, Arc::new(entry));
        Ok(number)
    }

    fn find(&self, number: usize) -> Result<Arc<T>, Error> {
        let found = self.entries.read().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
        found.ok_or_else(|| {
            let found = if number == 0 { "NULL" } else { "one that was freed, or never was one" };
            Error::argument(format!("the {} must be a handle of one, found {found}", self.kind))
        })
    }

    /// Whether there was one. Whoever uses it now does so to the end.
    fn remove(&self, number: usize) -> bool {
        let entry = self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
        entry.is_some()
    }
}

pub(crate) fn add_model(model: ModelEntry) -> Result<*mut Model, Error> {
    MODELS.add(model).map(ptr::without_provenance_mut)
}

pub(crate) fn find_model(model: *const Model) -> Result<Arc<ModelEntry>, Error> {
    MODELS.find(model.addr())
}

pub(crate) fn add_spotter(stream: Stream) -> Result<*mut Spotter, Error> {
    SPOTTERS.add(Mutex::new(stream)).map(ptr::without_provenance_mut)
}

/// Runs a call on the stream of a spotter.
pub(crate) fn with_stream<T>(
    spotter: *const Spotter,
    call: impl FnOnce(&mut Stream) -> Result<T, Error>,
) -> Result<T, Error> {
    let stream = SPOTTERS.find(spotter.addr())?;
    let mut stream = stream.lock().map_err(|_| {
        Error::argument("the spotter must be one in which no call has panicked, found one that has: free it")
    })?;
    call(&mut stream)
}

/// Frees a model or a spotter; NULL is nothing to free. A model may be freed while spotters listen with it: they keep what they need.
///
/// Gives 0, or `POLYSPOT_INVALID_ARGUMENT` if the handle was freed before or never was one.
#[unsafe(no_mangle)]
pub extern "C" fn polyspot_free(handle: *mut c_void) -> i32 {
    guarded(|| {
        let number = handle.addr();
        if number == 0 || MODELS.remove(number) || SPOTTERS.remove(number) {
            Ok(0)
        } else {
            Err(Error::argument(
                "the handle must be one of a model or a spotter, found one that was freed, or never was one",
            ))
        }
    })
}
