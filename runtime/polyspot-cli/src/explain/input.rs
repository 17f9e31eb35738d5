//! How a recording sounds, measured as it comes.

use std::collections::VecDeque;

use crate::level::{Level, LevelMeter};

/// The loudest stretch of so many hundredths of a second tells how loud a word is.
const STRETCH: usize = 30;

/// At this part of full scale and beyond a sample counts as clipped.
const CLIPPED: f32 = 0.999;

/// How the recording sounds.
pub(super) struct Input {
    pub(super) peak_dbfs: f32,
    /// Of the loudest stretch.
    pub(super) loudest_dbfs: f32,
    pub(super) clipped_samples: usize,
    /// The level of 10 ms each, root mean square.
    pub(super) envelope: Vec<f32>,
}

/// Measures it.
pub(super) struct InputMeter {
    /// Samples in 10 ms.
    chunk: usize,
    all: LevelMeter,
    clipped_samples: usize,
    envelope: Vec<f32>,
    /// The sum of squares of the last 10 ms that are not complete, and how many samples they have.
    open: (f32, usize),
    /// The sums of squares of the last stretch.
    stretch: VecDeque<f64>,
    /// The largest mean of squares of a stretch.
    loudest: Option<f64>,
}

impl InputMeter {
    pub(super) fn new(rate_hz: u32) -> Self {
        Self {
            chunk: (rate_hz as usize / 100).max(1),
            all: LevelMeter::default(),
            clipped_samples: 0,
            envelope: Vec::new(),
            open: (0.0, 0),
            stretch: VecDeque::with_capacity(STRETCH),
            loudest: None,
        }
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.all.push(samples);
        self.clipped_samples += samples.iter().filter(|sample| sample.abs() >= CLIPPED).count();
        for sample in samples {
            self.open.0 += sample * sample;
            self.open.1 += 1;
            if self.open.1 == self.chunk {
                self.close();
            }
        }
    }

    /// Ends 10 ms.
    fn close(&mut self) {
        let (sum, samples) = std::mem::take(&mut self.open);
        self.envelope.push((sum / samples as f32).sqrt());
        if samples < self.chunk {
            return;
        }
        if self.stretch.len() == STRETCH {
            self.stretch.pop_front();
        }
        self.stretch.push_back(sum.into());
        if self.stretch.len() == STRETCH {
            let mean = self.stretch.iter().sum::<f64>() / (STRETCH * self.chunk) as f64;
            self.loudest = Some(self.loudest.map_or(mean, |loudest| loudest.max(mean)));
        }
    }

    pub(super) fn end(mut self) -> Input {
        if self.open.1 > 0 {
            self.close();
        }
        let Level { peak_dbfs, rms_dbfs } = self.all.take();
        Input {
            peak_dbfs,
            loudest_dbfs: self.loudest.map_or(rms_dbfs, Level::of_power),
            clipped_samples: self.clipped_samples,
            envelope: self.envelope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_stretch_is_found_however_the_sound_comes() {
        // 1 s soft, 0.3 s loud, 1 s soft, and a few samples more.
        let mut samples = vec![0.01; 16_000];
        samples.extend(vec![0.5; 4_800]);
        samples.extend(vec![-0.01; 16_037]);
        samples[20] = -1.0;
        for at_once in [1, 160, 999, samples.len()] {
            let mut meter = InputMeter::new(16_000);
            samples.chunks(at_once).for_each(|part| meter.push(part));
            let input = meter.end();
            assert!((input.loudest_dbfs + 6.02).abs() < 0.01, "{}", input.loudest_dbfs);
            assert_eq!((input.peak_dbfs, input.clipped_samples), (0.0, 1));
            assert_eq!(input.envelope.len(), samples.len().div_ceil(160));
        }
        // Shorter than a stretch: the level of all.
        let mut meter = InputMeter::new(16_000);
        meter.push(&[0.5; 1_000]);
        assert!((meter.end().loudest_dbfs + 6.02).abs() < 0.01);
    }
}
