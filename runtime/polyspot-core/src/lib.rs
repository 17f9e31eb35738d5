//! Keyword spotting without files or an operating system: samples in, detections out.
//!
//! The crate needs `alloc` and no more, so that it runs in a browser and on a microcontroller as it does on a server. Whoever has
//! model files wants the crate `polyspot`, which reads and checks them and gives all that is here. A program without files gets its
//! network from a [`NetworkDescription`] and everything else from a [`StreamSpec`]:
//!
//! ```
//! use std::sync::Arc;
//! use polyspot_core::{Network, NetworkDescription, Spotter, StreamModel, StreamSpec};
//! use polyspot_core::simd::Instructions;
//!
//! fn listen(
//!     spec: StreamSpec,
//!     description: &NetworkDescription,
//!     samples: &[f32],
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let network = Network::new(description, Instructions::best())?;
//!     let mut spotter = Spotter::new(Arc::new(StreamModel::new(spec, network)?))?;
//!     for heard in spotter.push(samples)? {
//!         println!("{} ({:.2})", heard.keyword, heard.score);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Rooms, each of which uses those before it only: [`simd`], [`front_end`], [`kernel`], [`stream`], [`enrolment`].

#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod enrolment;
mod float;
pub mod front_end;
pub mod kernel;
pub mod simd;
pub mod stream;

pub use front_end::{FrontEnd, FrontEndSpec};
pub use kernel::{Network, NetworkDescription};
pub use stream::{Detection, Detector, PosteriorStream, Spotter, StreamModel, StreamSpec};
