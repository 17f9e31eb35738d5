//! What the library promises, each promise in a module named after it.

mod signal;
mod streaming_equals_offline;
