//! A model as streams see it: its network, and what is to be known of it.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use core::fmt;

use super::engine::GeneralEngine;
use super::error::MismatchError;
use super::spec::{StreamSpec, StreamSpecError};
use crate::kernel::{Cost, Network};

/// A network with its specification: immutable, to be shared among streams in an [`Arc`].
pub struct StreamModel {
    spec: StreamSpec,
    program: Program,
    cost: Cost,
}

/// What runs the network.
enum Program {
    Kernel(Network),
    General(Box<dyn GeneralEngine>),
}

impl StreamModel {
    /// A model that the kernel runs.
    ///
    /// # Errors
    /// When [`StreamSpec::check`] refuses the specification, or it is at odds with the network.
    pub fn new(spec: StreamSpec, network: Network) -> Result<Self, StreamSpecError> {
        spec.check()?;
        agree("front_end.coefficients", spec.front_end.coefficients, network.coefficients())?;
        agree("labels", spec.labels.len(), network.outputs())?;
        agree("network.stride_frames", spec.network.stride_frames, network.stride_frames())?;
        let cost = network.cost();
        Ok(Self { spec, program: Program::Kernel(network), cost })
    }

    /// A model that another engine runs at this cost, which has been checked against the specification.
    ///
    /// # Errors
    /// When [`StreamSpec::check`] refuses the specification.
    pub fn with_engine(
        spec: StreamSpec,
        engine: Box<dyn GeneralEngine>,
        cost: Cost,
    ) -> Result<Self, StreamSpecError> {
        spec.check()?;
        Ok(Self { spec, program: Program::General(engine), cost })
    }

    /// The same network with other decisions: with a specification that differs in thresholds and periods of the detector.
    ///
    /// # Errors
    /// As [`StreamModel::new`]; of another engine than the kernel also when coefficients, labels, stride or pulse differ in number.
    /// That the front end is the one that the network was trained on is not checked.
    pub fn with_spec(self, spec: StreamSpec) -> Result<Self, StreamSpecError> {
        let Self { spec: before, program, cost } = self;
        match program {
            Program::Kernel(network) => Self::new(spec, network),
            Program::General(engine) => {
                agree("front_end.coefficients", spec.front_end.coefficients, before.front_end.coefficients)?;
                agree("labels", spec.labels.len(), before.labels.len())?;
                agree("network.stride_frames", spec.network.stride_frames, before.network.stride_frames)?;
                agree("network.pulse_frames", spec.network.pulse_frames, before.network.pulse_frames)?;
                Self::with_engine(spec, engine, cost)
            }
        }
    }

    /// What streams must know of it.
    pub fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    /// The network, if the kernel runs it.
    pub fn network(&self) -> Option<&Network> {
        match &self.program {
            Program::Kernel(network) => Some(network),
            Program::General(_) => None,
        }
    }

    /// What runs the network, if the kernel does not.
    pub(super) fn engine(&self) -> Option<&dyn GeneralEngine> {
        match &self.program {
            Program::Kernel(_) => None,
            Program::General(engine) => Some(&**engine),
        }
    }

    /// Frames before the last one that a posterior can rest on: what was heard before them changes nothing.
    pub fn context_frames(&self) -> usize {
        self.cost.context_frames
    }

    /// What running it takes.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Whether one stream can be heard by both models at once.
    ///
    /// # Errors
    /// In what they differ: front end, stride and pulse must be the same.
    pub fn can_listen_with(&self, other: &Self) -> Result<(), MismatchError> {
        let (a, b) = (&self.spec, &other.spec);
        let mismatch = |what: &'static str, own: &dyn fmt::Debug, others: &dyn fmt::Debug| MismatchError {
            languages: [a, b].map(|spec| Arc::clone(&spec.language)),
            what,
            found: [format!("{own:?}"), format!("{others:?}")],
        };
        if a.front_end != b.front_end {
            return Err(mismatch("front end", &a.front_end, &b.front_end));
        }
        let rhythm = |spec: &StreamSpec| (spec.network.stride_frames, spec.network.pulse_frames);
        if rhythm(a) != rhythm(b) {
            return Err(mismatch("stride and pulse in frames", &rhythm(a), &rhythm(b)));
        }
        Ok(())
    }
}

impl AsRef<StreamModel> for StreamModel {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Debug for StreamModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamModel").field("language", &self.spec.language).finish_non_exhaustive()
    }
}

/// Checks that a specification says what the network is.
fn agree(field: &'static str, said: usize, found: usize) -> Result<(), StreamSpecError> {
    if said == found {
        return Ok(());
    }
    Err(StreamSpecError::value(field, format!("{found}, as the network has"), &said))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::super::shipped;
    use super::*;
    use crate::kernel::{Layer, NetworkDescription, Operation};
    use crate::simd::Instructions;

    /// A network that normalises its input, of so many channels, and no more.
    fn network(channels: usize) -> Network {
        let (mean, scale) = (vec![0.0; channels].into(), vec![1.0; channels].into());
        let layers = vec![Layer { name: "input".into(), operation: Operation::Normalise { mean, scale } }];
        let description = NetworkDescription { coefficients: channels, layers };
        Network::new(&description, Instructions::best()).expect("a network")
    }

    #[test]
    fn a_specification_is_of_its_network() {
        let spec = shipped::model("en").spec().clone();
        for (channels, expected) in [
            (39, "front_end.coefficients must be 39, as the network has, found 40"),
            (40, "labels must be 40, as the network has, found 12"),
        ] {
            let refused = StreamModel::new(spec.clone(), network(channels)).expect_err("another network");
            assert_eq!(refused.to_string(), expected);
        }
        let mut labels = spec.labels.clone();
        labels.resize(40, spec.labels[11].clone());
        let refused =
            StreamModel::new(StreamSpec { labels, ..spec }, network(40)).expect_err("another stride");
        assert_eq!(refused.to_string(), "network.stride_frames must be 1, as the network has, found 4");
    }
}
