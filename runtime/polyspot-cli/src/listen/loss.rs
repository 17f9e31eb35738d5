//! Samples that were lost before they reached us, seen by the clock.

use std::time::Duration;

/// A moment without delay is expected in each window of this length.
const WINDOW: Duration = Duration::from_secs(5);

/// A delay that grows by less is a clock that runs a little slower than ours, or chance.
const TOLERANCE_SECONDS: f64 = 0.015;

/// Estimates how much audio a device lost, which some report to nobody.
///
/// Samples arrive in blocks and late ones catch up, so the delay (time passed less audio delivered) goes up
/// and down; but its lowest value over some seconds rises only when audio is missing. The steps of that
/// value are added up. Comparing the totals would not do: a sound card's clock is off by seconds a day.
pub(super) struct LossMeter {
    sample_rate_hz: u32,
    window_end: Duration,
    lowest_before: Option<f64>,
    lowest: f64,
    lost_seconds: f64,
}

impl LossMeter {
    pub(super) fn new(sample_rate_hz: u32) -> Self {
        Self {
            sample_rate_hz,
            window_end: WINDOW,
            lowest_before: None,
            lowest: f64::INFINITY,
            lost_seconds: 0.0,
        }
    }

    /// Notes that so many frames were delivered in all, this long after the first of them.
    pub(super) fn observe(&mut self, elapsed: Duration, delivered: u64) {
        let delay = elapsed.as_secs_f64() - delivered as f64 / f64::from(self.sample_rate_hz);
        self.lowest = self.lowest.min(delay);
        if elapsed < self.window_end {
            return;
        }
        if let Some(before) = self.lowest_before {
            let step = self.lowest - before;
            if step.abs() > TOLERANCE_SECONDS {
                // Downwards: what was missing came after all.
                self.lost_seconds = (self.lost_seconds + step).max(0.0);
            }
        }
        self.lowest_before = Some(self.lowest);
        self.lowest = f64::INFINITY;
        self.window_end = elapsed + WINDOW;
    }

    /// Frames lost so far, at the device's rate.
    pub(super) fn lost(&self) -> u64 {
        (self.lost_seconds * f64::from(self.sample_rate_hz)).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 48_000;

    /// Plays 60 s in blocks of 100 ms, each late by what `late_ms` says, and gives the loss seen.
    fn lost(rate_error: f64, late_ms: impl Fn(u64) -> u64, missing: impl Fn(u64) -> u64) -> u64 {
        let mut meter = LossMeter::new(RATE_HZ);
        let mut delivered = 0;
        for block in 0..600 {
            let end_ms = 100 * (block + 1);
            delivered += (4_800.0 * rate_error) as u64 - missing(block);
            meter.observe(Duration::from_millis(end_ms + late_ms(block) - 100), delivered);
        }
        meter.lost()
    }

    #[test]
    fn blocks_that_come_late_and_a_clock_that_drifts_are_no_loss() {
        assert_eq!(lost(1.0, |block| block * 37 % 90, |_| 0), 0);
        assert_eq!(lost(0.999_8, |block| block * 37 % 90, |_| 0), 0);
    }

    #[test]
    fn missing_blocks_are_counted() {
        let missing = |block| if block == 150 || block == 350 { 2_400 } else { 0 };
        let seen = lost(1.0, |block| block * 37 % 90, missing);
        assert!((4_500..=5_100).contains(&seen), "{seen} of 4800");
    }

    #[test]
    fn a_long_wait_that_is_made_up_for_is_no_loss() {
        // For 12 s each block is 300 ms late.
        let late = |block| if (200..320).contains(&block) { 300 } else { 0 };
        assert_eq!(lost(1.0, late, |_| 0), 0);
    }
}
