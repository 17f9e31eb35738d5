//! What can be measured of one channel, or of the mean of all.

use crate::level::dbfs;

/// A level is that of the loudest stretch of this length.
const STRETCH_MS: usize = 100;
/// Samples from this magnitude on are full-scale …
const FULL_SCALE: f32 = 0.999;
/// … and clipped if so many follow on each other: a lone one may be a peak.
const CLIPPED_RUN: usize = 3;
/// Zeros for at least so long, and no longer than this, between sounds are a hole.
const HOLE_MS: [usize; 2] = [2, 500];
/// A hole is cut into a sound: the samples beside it are above this.
const HOLE_EDGE: f32 = 0.02;

/// Measures a signal as it comes.
pub(crate) struct SignalMeter {
    stretch_samples: usize,
    hole_samples: [usize; 2],
    stretch: Stretch,
    loudest: f64,
    samples: u64,
    sum: f64,
    peak: f32,
    full_scale_run: usize,
    clipped: u64,
    zeros: usize,
    /// The last sample that was not zero.
    before_zeros: f32,
    holes: u64,
}

#[derive(Default)]
struct Stretch {
    samples: usize,
    sum: f64,
    sum_of_squares: f64,
}

/// A signal that was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signal {
    pub(crate) peak: f32,
    /// Root mean square of the loudest tenth of a second, without its mean.
    pub(crate) loudest: f32,
    /// Of all samples: 0 without an offset.
    pub(crate) mean: f32,
    /// Times that it was cut off at full scale.
    pub(crate) clipped: u64,
    /// Times that it stops and goes on without fading.
    pub(crate) holes: u64,
}

impl SignalMeter {
    pub(crate) fn new(sample_rate_hz: u32) -> Self {
        let samples = |ms: usize| (sample_rate_hz as usize * ms / 1_000).max(1);
        Self {
            stretch_samples: samples(STRETCH_MS),
            hole_samples: HOLE_MS.map(samples),
            stretch: Stretch::default(),
            loudest: 0.0,
            samples: 0,
            sum: 0.0,
            peak: 0.0,
            full_scale_run: 0,
            clipped: 0,
            zeros: 0,
            before_zeros: 0.0,
            holes: 0,
        }
    }

    pub(crate) fn push(&mut self, sample: f32) {
        self.samples += 1;
        self.sum += f64::from(sample);
        self.peak = self.peak.max(sample.abs());
        self.look_for_clipping(sample);
        self.look_for_holes(sample);
        let Stretch { samples, sum, sum_of_squares } = &mut self.stretch;
        *samples += 1;
        *sum += f64::from(sample);
        *sum_of_squares += f64::from(sample * sample);
        if *samples == self.stretch_samples {
            let length = self.stretch_samples as f64;
            let variance = (*sum_of_squares / length - (*sum / length).powi(2)).max(0.0);
            self.loudest = self.loudest.max(variance.sqrt());
            self.stretch = Stretch::default();
        }
    }

    pub(crate) fn end(&self) -> Signal {
        Signal {
            peak: self.peak,
            loudest: self.loudest as f32,
            mean: (self.sum / self.samples.max(1) as f64) as f32,
            clipped: self.clipped,
            holes: self.holes,
        }
    }

    fn look_for_clipping(&mut self, sample: f32) {
        self.full_scale_run = if sample.abs() >= FULL_SCALE { self.full_scale_run + 1 } else { 0 };
        self.clipped += u64::from(self.full_scale_run == CLIPPED_RUN);
    }

    fn look_for_holes(&mut self, sample: f32) {
        if sample == 0.0 {
            self.zeros += 1;
            return;
        }
        let [shortest, longest] = self.hole_samples;
        let is_cut = self.before_zeros.abs() > HOLE_EDGE && sample.abs() > HOLE_EDGE;
        self.holes += u64::from(is_cut && (shortest..=longest).contains(&self.zeros));
        (self.zeros, self.before_zeros) = (0, sample);
    }
}

impl Signal {
    pub(crate) fn peak_dbfs(&self) -> f32 {
        dbfs(self.peak)
    }

    pub(crate) fn loudest_dbfs(&self) -> f32 {
        dbfs(self.loudest)
    }
}
