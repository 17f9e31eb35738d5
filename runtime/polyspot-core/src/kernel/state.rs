//! The kernel's running state in one stream.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use pulp::{Simd, WithSimd};

use super::network::{Network, Step};
use super::signal::Signal;

/// One stream's signals, for one network or for several that hear the same frames.
///
/// Networks whose first steps are equal, bit for bit, share the signals that these make: the steps are run once.
pub(crate) struct State {
    signals: Vec<Signal>,
    runs: Vec<NetworkRun>,
}

/// What one of the networks runs by itself: the steps after a prefix that it shares with another.
struct NetworkRun {
    /// The network's number.
    network: usize,
    /// The number of the network whose run of the shared prefix serves this one too.
    prefix_of: Option<usize>,
    /// Its first step that no network before it runs already.
    first_step: usize,
    /// Where each of its signals is in the state.
    place: Vec<usize>,
}

impl State {
    /// A stream that has heard nothing, with room for so many frames at once. Each network has a number of the caller's.
    ///
    /// # Panics
    /// If the networks take frames of different numbers of coefficients.
    pub(crate) fn new(networks: &[(usize, &Network)], most_frames: usize) -> Self {
        let mut state = Self { signals: Vec::new(), runs: Vec::<NetworkRun>::new() };
        for (index, &(number, network)) in networks.iter().enumerate() {
            let nearest = (0..index).max_by_key(|&other| networks[other].1.shared_steps(network));
            let mut run = NetworkRun { network: number, prefix_of: None, first_step: 0, place: vec![0] };
            if let Some(other) = nearest {
                assert_eq!(networks[other].1.signals[0].channels, network.signals[0].channels);
                run.prefix_of = Some(networks[other].0);
                run.first_step = networks[other].1.shared_steps(network);
                run.place = state.runs[other].place[..=run.first_step].to_vec();
            } else {
                state.signals.push(Signal::new(network.signals[0], most_frames));
            }
            for &shape in &network.signals[run.place.len()..] {
                run.place.push(state.signals.len());
                state.signals.push(Signal::new(shape, most_frames));
            }
            state.runs.push(run);
        }
        state
    }

    /// Takes frames `[n, coefficients]`, n a multiple of every network's stride, and delivers the posteriors they complete,
    /// each with its network's number. `network` gives the network of a number.
    ///
    /// However many frames are run at once, the posteriors are the same bits.
    ///
    /// # Panics
    /// If there are more frames than there is room for.
    pub(crate) fn run<'a>(
        &mut self,
        network: impl Fn(usize) -> Option<&'a Network>,
        frames: &[f32],
        mut on_posterior: impl FnMut(usize, &[f32]),
    ) {
        let Some(input) = self.signals.first_mut() else { return };
        let coefficients = input.shape.channels;
        let count = frames.len() / coefficients;
        for (index, frame) in frames.chunks_exact(coefficients).enumerate() {
            input.row_mut(index).copy_from_slice(frame);
        }
        for run in &self.runs {
            let Some(network) = network(run.network) else { continue };
            run.run(network, &mut self.signals, count);
            let output = &self.signals[run.place[network.output()]];
            let shape = output.shape;
            for row in 0..count / shape.frames_per_row {
                on_posterior(run.network, &output.row(row)[..shape.channels]);
            }
        }
        for signal in &mut self.signals {
            signal.advance(count / signal.shape.frames_per_row);
        }
    }

    /// Which network's first steps, and how many, serve a network too.
    pub(crate) fn shared_prefix(&self, network: usize) -> Option<(usize, usize)> {
        let run = self.runs.iter().find(|run| run.network == network)?;
        run.prefix_of.filter(|_| run.first_step > 0).map(|other| (other, run.first_step))
    }

    /// As before the stream.
    pub(crate) fn reset(&mut self) {
        self.signals.iter_mut().for_each(Signal::reset);
    }
}

impl NetworkRun {
    /// Runs a network's own steps on so many frames.
    ///
    /// Apart from the callers, each of which has a copy of the code around it: of the steps' one is enough.
    #[inline(never)]
    fn run(&self, network: &Network, signals: &mut [Signal], frames: usize) {
        let (steps, place) = (&network.steps[self.first_step..], &self.place[..]);
        network.instructions.dispatch(Run { steps, place, signals, frames });
    }
}

/// Steps of a network, compiled for the processor's vector instructions.
struct Run<'a> {
    steps: &'a [Arc<Step>],
    place: &'a [usize],
    signals: &'a mut [Signal],
    frames: usize,
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for step in self.steps {
            step.run(simd, self.place, self.signals, self.frames);
        }
    }
}
