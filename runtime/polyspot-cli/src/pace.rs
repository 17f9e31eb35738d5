//! How often something may happen.

use std::time::Duration;

/// Lets a few things happen at once, and from then on one in each interval. Times count from any moment.
pub(crate) struct Pace {
    /// What one thing takes.
    interval: Duration,
    /// What may be taken in advance: all at once but the last.
    advance: Duration,
    /// When all that has happened would be over if there were an interval before each.
    due: Duration,
}

impl Pace {
    pub(crate) fn new(at_once: u32, interval: Duration) -> Self {
        Self { interval, advance: interval * at_once.saturating_sub(1), due: Duration::ZERO }
    }

    /// For things that take times of their own ([`spend`](Self::spend)): so much of them may be taken in advance.
    pub(crate) fn of_time(advance: Duration) -> Self {
        Self { interval: Duration::ZERO, advance, due: Duration::ZERO }
    }

    /// How long the next thing has to wait.
    pub(crate) fn wait(&self, now: Duration) -> Duration {
        self.due.saturating_sub(self.advance).saturating_sub(now)
    }

    /// Notes that something happens.
    pub(crate) fn note(&mut self, now: Duration) {
        self.spend(now, self.interval);
    }

    /// Notes that something happens which takes so long.
    pub(crate) fn spend(&mut self, now: Duration, time: Duration) {
        self.due = self.due.max(now) + time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_and_then_one_in_each_interval() {
        let mut pace = Pace::new(3, Duration::from_secs(1));
        let now = Duration::from_secs(100);
        for _ in 0..3 {
            assert_eq!(pace.wait(now), Duration::ZERO);
            pace.note(now);
        }
        assert_eq!(pace.wait(now), Duration::from_secs(1));
        let later = now + Duration::from_secs(1);
        assert_eq!(pace.wait(later), Duration::ZERO);
        pace.note(later);
        assert_eq!(pace.wait(later), Duration::from_secs(1));
        // After a rest, as many at once as in the beginning.
        assert_eq!(pace.wait(later + Duration::from_secs(9)), Duration::ZERO);
    }

    #[test]
    fn time_is_spent_in_advance_and_then_waited_for() {
        let seconds = Duration::from_secs;
        let mut pace = Pace::of_time(seconds(5));
        pace.spend(seconds(100), seconds(4));
        assert_eq!(pace.wait(seconds(100)), Duration::ZERO);
        pace.spend(seconds(100), seconds(4));
        assert_eq!(pace.wait(seconds(100)), seconds(3));
        assert_eq!(pace.wait(seconds(103)), Duration::ZERO);
        pace.spend(seconds(200), seconds(6));
        assert_eq!(pace.wait(seconds(200)), seconds(1), "what was not spent is not saved");
    }
}
