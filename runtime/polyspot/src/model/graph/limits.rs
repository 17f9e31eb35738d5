//! How much a network may take, and whether it is what its manifest says.
//!
//! Found out before an engine sees the graph: a few bytes of shapes, paddings or repeated nodes
//! could make one take all memory or hours.

use super::error::{GraphError, unsupported};
use super::shapes::{MAX_CONTEXT_FRAMES, Shapes};
use super::{Graph, Value};
use crate::model::manifest::Manifest;

/// Largest number of nodes accepted.
pub(in crate::model) const MAX_NODES: usize = 500;

/// Most weights of all convolutions together, as engines pack them: 16 MiB.
const MAX_WEIGHTS: f64 = 4_194_304.0;

/// Most numbers that all signals of a stream take together, as far back as a posterior can rest on: 32 MiB.
const MAX_STATE: f64 = 8_388_608.0;

/// Most multiply-accumulates for one second of audio: about a hundred times those of a shipped model.
const MAX_MACS_PER_SECOND: f64 = 1e9;

/// Frames that an engine runs at once where so many are at hand.
const BATCH_FRAMES: usize = 32;

impl Graph {
    /// Checks the network against its manifest and the limits; gives its shapes.
    ///
    /// # Errors
    /// Where an operation does not fit what comes before it, it all takes too much, it is at odds
    /// with the manifest, or a number may overflow.
    pub(in crate::model) fn check(&self, manifest: &Manifest) -> Result<Shapes, GraphError> {
        agree("input", Some(self.coefficients), manifest.front_end.coefficients, "coefficients")?;
        agree("output", self.labels, manifest.labels.len(), "labels")?;
        let shapes = Shapes::infer(self, &manifest.front_end)?;
        check_size(&shapes, manifest)?;
        let found = shapes.signals[self.output];
        let [found, expected] =
            [[found.channels, found.stride], [manifest.labels.len(), manifest.network.stride_frames]];
        if found != expected {
            let words =
                |[channels, stride]: [usize; 2]| format!("of {channels} channels every {stride} frames");
            let part = format!("output {:?}", self.name(Value::Signal(self.output)));
            return Err(unsupported(
                part,
                format!("{}, as its manifest says", words(expected)),
                words(found),
            ));
        }
        shapes.check_bounds(self)?;
        Ok(shapes)
    }
}

/// Checks that an end of the graph has the channels that the manifest says.
fn agree(part: &str, found: Option<usize>, expected: usize, channels_are: &str) -> Result<(), GraphError> {
    if found == Some(expected) {
        return Ok(());
    }
    let found = found.map_or_else(|| "any".to_owned(), |channels| channels.to_string());
    let expected = format!("32-bit floats of shape [1, {expected} {channels_are}, any time]");
    Err(unsupported(part, expected, format!("shape [1, {found}, any]")))
}

fn check_size(shapes: &Shapes, manifest: &Manifest) -> Result<(), GraphError> {
    let (cost, front_end) = (shapes.cost, &manifest.front_end);
    let frames_per_second = f64::from(front_end.sample_rate_hz) / front_end.hop_samples as f64;
    let frames = cost.context_frames.saturating_add(manifest.network.pulse_frames.max(BATCH_FRAMES));
    let numbers = shapes.numbers_in(frames);
    for (part, found, most, of_what) in [
        ("context", cost.context_frames as f64, MAX_CONTEXT_FRAMES as f64, "frames"),
        (
            "weights",
            cost.padded_weights as f64,
            MAX_WEIGHTS,
            "in all convolutions, channels padded to vectors",
        ),
        ("state", numbers as f64, MAX_STATE, "numbers in all signals, as far back as its context"),
        (
            "cost",
            cost.padded_macs_per_frame * frames_per_second,
            MAX_MACS_PER_SECOND,
            "multiply-accumulates for a second of audio",
        ),
    ] {
        if found > most {
            return Err(unsupported(part, format!("at most {most} {of_what}"), found.round()));
        }
    }
    Ok(())
}
