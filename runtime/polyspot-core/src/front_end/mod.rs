//! From audio samples to MFCC frames, as a stream.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the processor's vector instructions"
)]

mod fourier;
mod frame_buffer;
mod logarithm;
mod mfcc;
mod precision;
mod spec;
mod stream;

pub use spec::{Dct, FrontEndSpec, FrontEndSpecError, MelScale, WindowFunction};
pub use stream::FrontEnd;
