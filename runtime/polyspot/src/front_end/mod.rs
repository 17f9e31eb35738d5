//! From audio samples to MFCC frames, as a stream.

mod logarithm;
mod mfcc;
mod spec;
mod stream;

pub use spec::{Dct, FrontEndSpec, FrontEndSpecError, MelScale, WindowFunction};
pub use stream::FrontEnd;
