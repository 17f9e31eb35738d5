//! New words from a few takes, in closed form: on the device, without training.
//!
//! The network stays as it is, and its last layer gets one row more: the linear discriminant (Fisher 1936) between the features of
//! the takes and those of all else, whose mean and covariance a model brings along ([`FillerStatistics`]). No recording of the words
//! that the model knows is needed, and their rows do not change. It is the closed form of Complementary Learning Subnetworks (arXiv
//! 2306.11967), without the small network that these train beside it.
//!
//! ```
//! use polyspot_core::enrolment::{Enrolment, EnrolmentError, FillerStatistics};
//! use polyspot_core::{NetworkDescription, StreamSpec};
//!
//! fn enrol(
//!     spec: &StreamSpec,
//!     network: &NetworkDescription,
//!     filler: &FillerStatistics,
//!     takes: &[Vec<f32>],
//! ) -> Result<(StreamSpec, NetworkDescription), EnrolmentError> {
//!     let mut enrolment = Enrolment::new(spec, network, filler)?;
//!     for take in takes {
//!         enrolment.add(take)?;
//!     }
//!     enrolment.finish()?.add_to(spec, network, "kava")
//! }
//! ```

mod error;
mod filler;
mod head;
mod linear;
mod takes;
mod word_place;

pub use error::EnrolmentError;
pub use filler::{FillerGatherer, FillerStatistics};
pub use takes::{Enrolled, Enrolment};
pub use word_place::word_place;
