//! How far a measured figure may be from the truth.

use serde::{Deserialize, Serialize};

/// The normal distribution's quantile at 0.975.
const Z: f64 = 1.959_963_984_540_054;

/// What each of the two ends leaves out.
const TAIL: f64 = 0.025;

/// A 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Wilson's score interval of a rate, in 0..=1, of which `events` in `trials` trials were seen; 0 to 1 without trials.
    ///
    /// Wilson 1927, as given by Newcombe 1998 (Statistics in Medicine 17, 857–872), method 3: without continuity correction.
    ///
    /// # Panics
    /// If `events` > `trials`.
    pub fn wilson(events: u64, trials: u64) -> Self {
        assert!(events <= trials, "{events} events in {trials} trials");
        if trials == 0 {
            return Self { low: 0.0, high: 1.0 };
        }
        let (n, p) = (trials as f64, events as f64 / trials as f64);
        let middle = p + Z * Z / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        // At either end the formula gives exactly 0 or 1, but for rounding.
        let low = if events == 0 { 0.0 } else { (middle - half) / scale };
        let high = if events == trials { 1.0 } else { (middle + half) / scale };
        Self { low, high }
    }

    /// The exact interval of a Poisson mean of which `events` were seen (Garwood 1936, Biometrika 28, 437–442): at its lower
    /// end so many or more would be seen, at its upper end so many or fewer, in one of forty cases.
    pub fn poisson(events: u64) -> Self {
        let low = events.checked_sub(1).map_or(0.0, |fewer| mean_with(fewer, 1.0 - TAIL));
        Self { low, high: mean_with(events, TAIL) }
    }

    /// Both ends times a factor: counts per hour, for example.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }
}

/// The Poisson mean at which at most `count` events are seen with this probability, to the last digits.
fn mean_with(count: u64, probability: f64) -> f64 {
    let spread = 10.0 * ((count + 1) as f64).sqrt() + 10.0;
    let (mut low, mut high) = ((count as f64 - spread).max(0.0), count as f64 + spread);
    let ln_factorial: f64 = (1..=count).map(|i| (i as f64).ln()).sum();
    for _ in 0..80 {
        let mean = f64::midpoint(low, high);
        if at_most(count, mean, ln_factorial) > probability { low = mean } else { high = mean }
    }
    f64::midpoint(low, high)
}

/// The probability of at most `count` events where `mean` are expected: the sum of the distribution's terms, from the last
/// downwards, each made of the one before.
fn at_most(count: u64, mean: f64, ln_factorial: f64) -> f64 {
    let last = (count as f64 * mean.ln() - mean - ln_factorial).exp();
    let (mut term, mut sum) = (last, last);
    for i in (1..=count).rev() {
        term *= i as f64 / mean;
        sum += term;
        if term < 1e-18 * sum && (i as f64) < mean {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_as_published() {
        // Newcombe 1998, table I, method 3.
        for (events, trials, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = Interval::wilson(events, trials);
            assert!(
                (found.low - low).abs() < 5e-5 && (found.high - high).abs() < 5e-5,
                "{events}: {found:?}"
            );
            let others = Interval::wilson(trials - events, trials);
            assert!((others.low - (1.0 - found.high)).abs() < 1e-12, "{others:?} mirrors {found:?}");
        }
        assert_eq!(Interval::wilson(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn poisson_as_published() {
        // Pearson and Hartley, Biometrika Tables for Statisticians I, table 40: limits for 1 - 2α = 0.95.
        for (events, low, high) in [
            (0, 0.0, 3.69),
            (1, 0.0253, 5.57),
            (2, 0.242, 7.22),
            (3, 0.619, 8.77),
            (5, 1.62, 11.67),
            (10, 4.80, 18.39),
            (20, 12.22, 30.89),
            (50, 37.11, 65.92),
        ] {
            let found = Interval::poisson(events);
            assert!(
                (found.low - low).abs() < 0.006 && (found.high - high).abs() < 0.006,
                "{events}: {found:?}"
            );
        }
    }

    #[test]
    fn poisson_of_many_events_nears_the_normal_one() {
        let Interval { low, high } = Interval::poisson(1_000_000);
        assert!((low - (1e6 - Z * 1e3)).abs() < 3.0 && (high - (1e6 + Z * 1e3)).abs() < 4.0, "{low} {high}");
    }

    #[test]
    fn of_no_event_only_the_upper_end_is_known() {
        // exp(-mean) = 0.025.
        let Interval { low, high } = Interval::poisson(0);
        assert_eq!(low, 0.0);
        assert!((high - 40.0_f64.ln()).abs() < 1e-12, "{high}");
    }
}
