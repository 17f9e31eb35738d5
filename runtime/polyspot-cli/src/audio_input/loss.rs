//! Samples that were lost before they reached us, seen by the clock.

use std::time::Duration;

/// A delay that grows by less is a clock that runs a little slower than ours, or chance.
const TOLERANCE_SECONDS: f64 = 0.015;

/// No clock of a sound card is off by so much …
const ODD: f64 = 0.02;
/// … in so many windows one after the other.
const ODD_WINDOWS: u32 = 3;

/// Estimates how much audio a device lost, which some report to nobody.
///
/// Samples arrive in blocks and late ones catch up, so the delay (time passed less audio delivered) goes up
/// and down; but its lowest value over a window of some seconds rises only when audio is missing. The steps of that
/// value are added up. Comparing the totals would not do: a sound card's clock is off by seconds a day.
pub(crate) struct LossMeter {
    sample_rate_hz: u32,
    /// A moment without delay is expected in each window of this length.
    window: Duration,
    window_end: Duration,
    /// The lowest delay of the first window, the last one and this one.
    first: Option<Moment>,
    lowest_before: Option<Moment>,
    lowest: Option<Moment>,
    lost_seconds: f64,
    /// Windows in which the rate was off in the same direction, up to the last one.
    odd: Odd,
}

/// A delay and when it was seen, in seconds.
#[derive(Clone, Copy)]
struct Moment {
    delay: f64,
    at: f64,
}

#[derive(Clone, Copy, Default)]
struct Odd {
    windows: u32,
    /// Seconds of audio missing per second, summed over these windows; negative: too many.
    sum: f64,
}

impl LossMeter {
    pub(crate) fn new(sample_rate_hz: u32, window: Duration) -> Self {
        Self {
            sample_rate_hz,
            window,
            window_end: window,
            first: None,
            lowest_before: None,
            lowest: None,
            lost_seconds: 0.0,
            odd: Odd::default(),
        }
    }

    /// Notes that so many frames were delivered in all, this long after the first of them.
    pub(crate) fn observe(&mut self, elapsed: Duration, delivered: u64) {
        let at = elapsed.as_secs_f64();
        let delay = at - delivered as f64 / f64::from(self.sample_rate_hz);
        let lowest = self.lowest.filter(|lowest| lowest.delay <= delay).unwrap_or(Moment { delay, at });
        self.lowest = Some(lowest);
        if elapsed < self.window_end {
            return;
        }
        if let Some(before) = self.lowest_before {
            let step = lowest.delay - before.delay;
            if step.abs() > TOLERANCE_SECONDS {
                // Downwards: what was missing came after all.
                self.lost_seconds = (self.lost_seconds + step).max(0.0);
            }
            self.odd.add(step / (lowest.at - before.at).max(f64::MIN_POSITIVE));
        }
        self.first.get_or_insert(lowest);
        self.lowest_before = Some(lowest);
        self.lowest = None;
        self.window_end = elapsed + self.window;
    }

    /// Frames lost so far, at the device's rate.
    pub(crate) fn lost(&self) -> u64 {
        (self.lost_seconds * f64::from(self.sample_rate_hz)).round() as u64
    }

    /// Frames per second, from the first window to the last, if they are at least a window apart: moments that are nearer, at the end of
    /// one window and at the beginning of the next, tell of single blocks.
    pub(crate) fn rate_hz(&self) -> Option<f64> {
        let is_apart = |(first, last): &(Moment, Moment)| last.at - first.at >= self.window.as_secs_f64();
        let (first, last) = self.first.zip(self.lowest.or(self.lowest_before)).filter(is_apart)?;
        let missing = (last.delay - first.delay) / (last.at - first.at);
        Some(f64::from(self.sample_rate_hz) * (1.0 - missing))
    }

    /// The rate that samples have come at for several windows, if it is another.
    pub(crate) fn odd_rate_hz(&self) -> Option<f64> {
        let Odd { windows, sum } = self.odd;
        (windows >= ODD_WINDOWS).then(|| f64::from(self.sample_rate_hz) * (1.0 - sum / f64::from(windows)))
    }
}

impl Odd {
    /// Notes a window's share of missing audio.
    fn add(&mut self, share: f64) {
        let goes_on = share * self.sum >= 0.0;
        *self = match share.abs() > ODD {
            true if goes_on => Self { windows: self.windows + 1, sum: self.sum + share },
            true => Self { windows: 1, sum: share },
            false => Self::default(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 48_000;

    fn lost(rate_error: f64, late_ms: impl Fn(u64) -> u64, missing: impl Fn(u64) -> u64) -> u64 {
        play(rate_error, late_ms, missing).lost()
    }

    /// Plays 60 s in blocks of 100 ms, each late by what `late_ms` says.
    fn play(rate_error: f64, late_ms: impl Fn(u64) -> u64, missing: impl Fn(u64) -> u64) -> LossMeter {
        let mut meter = LossMeter::new(RATE_HZ, Duration::from_secs(5));
        let mut delivered = 0;
        for block in 0..600 {
            let end_ms = 100 * (block + 1);
            delivered += (4_800.0 * rate_error) as u64 - missing(block);
            meter.observe(Duration::from_millis(end_ms + late_ms(block) - 100), delivered);
        }
        meter
    }

    #[test]
    fn a_rate_that_is_another_is_measured_and_a_hole_is_none() {
        let late = |block| block * 37 % 90;
        for error in [0.918_75, 1.088] {
            let measured = play(error, late, |_| 0).odd_rate_hz().unwrap();
            assert!((measured / (48_000.0 * error) - 1.0).abs() < 0.005, "{measured} Hz for {error}");
        }
        assert_eq!(play(1.0, late, |block| 4_800 * u64::from(block == 300)).odd_rate_hz(), None);
    }

    #[test]
    fn a_block_that_comes_early_between_two_windows_is_no_other_rate() {
        // The third window is over, or nearly so.
        for end_ms in [5_900, 6_000] {
            let mut meter = LossMeter::new(RATE_HZ, Duration::from_secs(2));
            for ms in (10..=end_ms).step_by(10) {
                let delivered_ms = if (1_990..=2_040).contains(&ms) { 2_040 } else { ms };
                meter.observe(Duration::from_millis(ms), delivered_ms * u64::from(RATE_HZ) / 1_000);
            }
            let measured = meter.rate_hz().unwrap();
            assert!((measured / 48_000.0 - 1.0).abs() < 0.03, "{measured} Hz after {end_ms} ms");
        }
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
