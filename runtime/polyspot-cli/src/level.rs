//! How loud it is.

/// Digital silence is shown as this.
pub(crate) const FLOOR_DBFS: f32 = -120.0;

/// Level of a stretch of audio, in dB relative to a full-scale sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    pub(crate) rms_dbfs: f32,
    pub(crate) peak_dbfs: f32,
}

/// Gathers samples until their level is asked for.
#[derive(Default)]
pub(crate) struct LevelMeter {
    samples: usize,
    sum_of_squares: f64,
    peak: f32,
}

impl LevelMeter {
    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len();
        for sample in samples {
            self.sum_of_squares += f64::from(sample * sample);
            self.peak = self.peak.max(sample.abs());
        }
    }

    /// Samples gathered.
    #[cfg(feature = "devices")]
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// The level of what was gathered, and begins anew.
    pub(crate) fn take(&mut self) -> Level {
        let Self { samples, sum_of_squares, peak } = std::mem::take(self);
        let rms = (sum_of_squares / samples.max(1) as f64).sqrt() as f32;
        Level { rms_dbfs: dbfs(rms), peak_dbfs: dbfs(peak) }
    }
}

impl Level {
    /// The level of a mean of squares.
    pub(crate) fn of_power(mean_of_squares: f64) -> f32 {
        dbfs(mean_of_squares.sqrt() as f32)
    }
}

/// An amplitude, relative to a full-scale sample.
pub(crate) fn dbfs(amplitude: f32) -> f32 {
    (20.0 * amplitude.log10()).max(FLOOR_DBFS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_relative_to_full_scale() {
        let mut meter = LevelMeter::default();
        meter.push(&[0.5, -0.5]);
        meter.push(&[0.5, -0.5]);
        assert_eq!(meter.samples(), 4);
        let Level { rms_dbfs, peak_dbfs } = meter.take();
        assert!((rms_dbfs + 6.02).abs() < 0.01 && (peak_dbfs + 6.02).abs() < 0.01);
        meter.push(&[0.0; 3]);
        let silence = Level { rms_dbfs: FLOOR_DBFS, peak_dbfs: FLOOR_DBFS };
        assert_eq!([meter.take(), meter.take()], [silence; 2]);
    }
}
