//! How much was heard, and what it cost: counted by the listening thread, read by whoever wants to know.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts since the beginning.
pub(crate) struct Work {
    begin: Instant,
    samples: AtomicU64,
    busy_nanoseconds: AtomicU64,
    /// When samples came last, in milliseconds since the beginning; 0 while none has come.
    last_milliseconds: AtomicU64,
    /// Those who want to see levels and posteriors.
    viewers: AtomicU64,
}

impl Work {
    pub(crate) fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            begin: Instant::now(),
            samples: zero(),
            busy_nanoseconds: zero(),
            last_milliseconds: zero(),
            viewers: zero(),
        }
    }

    /// Counts samples that were worked on for so long.
    pub(super) fn heard(&self, samples: usize, took: Duration) {
        self.samples.fetch_add(samples as u64, Ordering::Relaxed);
        self.busy_nanoseconds.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
        self.last_milliseconds.store(self.begin.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
    }

    /// Samples heard, at the model's rate.
    pub(crate) fn samples(&self) -> u64 {
        self.samples.load(Ordering::Relaxed)
    }

    /// How long the listening thread has worked on it, in seconds.
    pub(crate) fn busy_seconds(&self) -> f64 {
        Duration::from_nanos(self.busy_nanoseconds.load(Ordering::Relaxed)).as_secs_f64()
    }

    /// Since when nothing has come; none if nothing ever has.
    pub(crate) fn silence(&self) -> Option<Duration> {
        let last = self.last_milliseconds.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.begin.elapsed().saturating_sub(Duration::from_millis(last)))
    }

    /// Makes levels and posteriors be told of, until the viewer is dropped.
    pub(crate) fn view(self: &Arc<Self>) -> Viewer {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        Viewer(Arc::clone(self))
    }

    /// Whether anyone wants to see levels and posteriors.
    pub(super) fn is_viewed(&self) -> bool {
        self.viewers.load(Ordering::Relaxed) > 0
    }
}

/// Someone who wants to see levels and posteriors.
pub(crate) struct Viewer(Arc<Work>);

impl Drop for Viewer {
    fn drop(&mut self) {
        self.0.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_and_viewers_come_and_go() {
        let work = Arc::new(Work::new());
        assert_eq!((work.silence(), work.is_viewed()), (None, false));
        work.heard(8_000, Duration::from_millis(5));
        work.heard(24_000, Duration::from_millis(7));
        assert_eq!((work.samples(), work.busy_seconds()), (32_000, 0.012));
        assert!(work.silence().is_some());
        let (one, two) = (work.view(), work.view());
        drop(one);
        assert!(work.is_viewed());
        drop(two);
        assert!(!work.is_viewed());
    }
}
