//! What thresholds are found from.

use std::sync::Arc;

use polyspot::evaluation::{Trace, TraceRecorder};
use polyspot::{EngineError, Model};

/// The lowest threshold that is considered.
pub(super) const FLOOR: f32 = 0.1;

/// What was recorded or read, as the model hears it.
pub(super) struct Heard {
    /// Recordings of the room, without keywords.
    pub(super) ambient: Vec<Trace>,
    /// Takes, each with the number of its keyword among the model's.
    pub(super) takes: Vec<(usize, Trace)>,
    /// Whether there was nothing but zeros in the ambient sound.
    pub(super) is_silent: bool,
}

/// Prepares to hear one recording after the other.
pub(super) fn recorder(model: &Arc<Model>) -> Result<TraceRecorder, EngineError> {
    TraceRecorder::new(model, FLOOR)
}
