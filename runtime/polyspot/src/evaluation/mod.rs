//! How well models hear: what judges recordings and streams at once, for programs that measure.

mod clip;
mod confusion;
mod trace;

pub use clip::ClipClassifier;
pub use confusion::Confusion;
pub use trace::{Trace, TraceRecorder};
