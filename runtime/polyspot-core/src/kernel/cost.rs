//! What running a network takes, counted operation by operation.

/// Channels of a signal are padded to a multiple of so many at most: two of the widest vectors.
const WIDEST_PANEL: usize = 32;

/// What running a network takes. The one place where that is counted, for whatever engine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Cost {
    /// Frames before an output's last one that it can rest on, as if the operations were all in one
    /// row: at least as many as it does.
    pub context_frames: usize,
    /// Weights of the convolutions, padded.
    pub padded_weights: usize,
    /// Multiply-accumulates of the convolutions for each frame, on the average.
    pub macs_per_frame: f64,
    /// The same with channels padded, and all that is done to single numbers: what engines do.
    pub padded_macs_per_frame: f64,
}

impl Cost {
    /// Counts a convolution to so many outputs, each of which rests on so many channels of its input,
    /// and makes a step for so many frames. Gives its multiply-accumulates for a frame.
    pub fn add_convolution(
        &mut self,
        [outputs, inputs, taps]: [usize; 3],
        is_full: bool,
        frames_per_step: usize,
    ) -> f64 {
        let padded_inputs = if is_full { padded(inputs) } else { inputs };
        let weights = padded(outputs).saturating_mul(padded_inputs).saturating_mul(taps);
        self.padded_weights = self.padded_weights.saturating_add(weights);
        self.padded_macs_per_frame += weights as f64 / frames_per_step as f64;
        let macs = outputs as f64 * inputs as f64 * taps as f64 / frames_per_step as f64;
        self.macs_per_frame += macs;
        macs
    }

    /// Counts an operation on each number of a signal, so many times.
    pub fn add_passes(&mut self, passes: usize, channels: usize, frames_per_step: usize) {
        self.padded_macs_per_frame += passes as f64 * padded(channels) as f64 / frames_per_step as f64;
    }

    /// Counts that an operation looks back over so many steps of its input.
    pub fn add_context(&mut self, steps: usize, frames_per_step: usize) {
        self.context_frames = self.context_frames.saturating_add(steps.saturating_mul(frames_per_step));
    }
}

/// So many channels, as signals have them that any engine runs.
pub fn padded(channels: usize) -> usize {
    channels.checked_next_multiple_of(WIDEST_PANEL).unwrap_or(usize::MAX)
}
