//! A stream of audio: from samples to posteriors and detections, in one language or in several at once.

mod detection;
mod detector;
mod engine;
mod error;
mod gate;
mod history;
mod language_identification;
mod model;
mod network_state;
mod posterior;
#[cfg(test)]
mod shipped;
mod spec;
mod spotter;

pub use detection::Detection;
pub use detector::{Decision, Detector};
pub use engine::{GeneralEngine, GeneralStream};
pub use error::{EngineError, MismatchError};
pub use gate::{Gate, GateEvent, GateSpec};
pub use language_identification::LanguageIdentifier;
pub use model::StreamModel;
pub use network_state::NetworkState;
pub use posterior::{Posterior, PosteriorStream};
pub use spec::{DetectorSpec, LabelKind, LabelSpec, NetworkSpec, StreamSpec, StreamSpecError};
pub use spotter::Spotter;
