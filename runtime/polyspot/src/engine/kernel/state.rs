//! The kernel's running state in one stream.

use pulp::{Simd, WithSimd};

use super::network::Network;
use super::signal::Signal;

/// One stream's signals.
pub(crate) struct State {
    signals: Vec<Signal>,
    /// Where each of the network's signals is in `signals`.
    place: Vec<usize>,
}

impl State {
    /// A stream that has heard nothing, with room for so many frames at once.
    pub(crate) fn new(network: &Network, most_frames: usize) -> Self {
        Self {
            signals: network.signals.iter().map(|&shape| Signal::new(shape, most_frames)).collect(),
            place: (0..network.signals.len()).collect(),
        }
    }

    /// Takes frames `[n, coefficients]`, n a multiple of the network's stride, and delivers the posteriors they complete.
    ///
    /// However many frames are run at once, the posteriors are the same bits.
    ///
    /// # Panics
    /// If there are more frames than there is room for.
    pub(crate) fn run(&mut self, network: &Network, frames: &[f32], mut on_posterior: impl FnMut(&[f32])) {
        let coefficients = network.signals[0].channels;
        let count = frames.len() / coefficients;
        for (index, frame) in frames.chunks_exact(coefficients).enumerate() {
            self.signals[0].row_mut(index).copy_from_slice(frame);
        }
        network.arch.dispatch(Run { network, state: self, frames: count });
        let output = &self.signals[self.place[network.output()]];
        let shape = output.shape;
        for row in 0..count / shape.frames_per_row {
            on_posterior(&output.row(row)[..shape.channels]);
        }
        for signal in &mut self.signals {
            signal.advance(count / signal.shape.frames_per_row);
        }
    }

    /// As before the stream.
    pub(crate) fn reset(&mut self) {
        self.signals.iter_mut().for_each(Signal::reset);
    }
}

/// All steps of a network, compiled for the processor's vector instructions.
struct Run<'a> {
    network: &'a Network,
    state: &'a mut State,
    frames: usize,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for step in &self.network.steps {
            step.run(simd, &self.state.place, &mut self.state.signals, self.frames);
        }
    }
}
