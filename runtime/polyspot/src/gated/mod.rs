//! Keywords that count only after a wake word: which words wake, and a spotter that waits for them.

mod spotter;
mod wake;

pub use spotter::GatedSpotter;
pub use wake::{Wake, WakeError};
