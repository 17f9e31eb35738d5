//! polyspot for C and C++: what `polyspot.h` declares.
//!
//! A handle is a number that stands in a pointer: it is looked up, never followed, and never given out twice. So a handle that was
//! freed, or is of the other kind, is an error and not a crash. What a caller's pointer points to is looked at in [`memory`] alone.
//! No panic crosses the boundary ([`error::guarded`]).

mod abi;
mod error;
mod handle;
mod memory;
mod model;
mod model_entry;
mod names;
mod rate;
mod spotter;
mod stream;
mod version;

pub use abi::POLYSPOT_ABI;
pub use error::{POLYSPOT_FAILED, POLYSPOT_INVALID_ARGUMENT, POLYSPOT_PANICKED, polyspot_error};
pub use handle::{Model, Spotter, polyspot_free};
pub use model::{
    POLYSPOT_LABEL, POLYSPOT_LANGUAGE, POLYSPOT_MANIFEST, POLYSPOT_SHA256, polyspot_model_built_in,
    polyspot_model_from_bytes, polyspot_model_from_file, polyspot_model_posteriors, polyspot_model_text,
};
pub use spotter::{
    polyspot_spotter_arm, polyspot_spotter_flush, polyspot_spotter_new, polyspot_spotter_push,
    polyspot_spotter_push_i16, polyspot_spotter_reset, polyspot_spotter_set_thresholds,
    polyspot_spotter_set_wake, polyspot_spotter_swap,
};
pub use stream::Detection;
pub use version::polyspot_version;
