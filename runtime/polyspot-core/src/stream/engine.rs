//! What runs a network that the kernel cannot.

use alloc::boxed::Box;

use super::error::EngineError;

/// An engine that has made a network ready which is not of the kernel's family.
///
/// The crate has none itself: this is the place where another crate puts one in.
pub trait GeneralEngine: Send + Sync {
    /// The network's state in a stream that has heard nothing.
    ///
    /// # Errors
    /// When the engine cannot set up its state.
    fn start(&self) -> Result<Box<dyn GeneralStream>, EngineError>;
}

/// A network's running state in one stream.
pub trait GeneralStream: Send + Sync {
    /// Takes frames `[n, coefficients]`, n a multiple of the pulse, and delivers the posteriors that the engine has then. It may have
    /// fewer than the frames complete, and the others later.
    ///
    /// # Errors
    /// When the engine fails.
    fn run(&mut self, frames: &[f32], on_posterior: &mut dyn FnMut(&[f32])) -> Result<(), EngineError>;
}
