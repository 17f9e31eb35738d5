//! The progress bar, on standard error and only on a terminal.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

const TEMPLATE: &str = "{wide_bar} {pos}/{len} files, {audio} of audio in {elapsed}";

/// Shows how many files are done and how much audio has been heard in all.
pub(super) struct Progress {
    bar: ProgressBar,
    heard_samples: Arc<AtomicU64>,
}

impl Progress {
    pub(super) fn new(files: usize, rate_hz: u32) -> Self {
        let heard_samples = Arc::new(AtomicU64::new(0));
        let shown = Arc::clone(&heard_samples);
        let audio = move |_: &ProgressState, out: &mut dyn Write| {
            let seconds = shown.load(Ordering::Relaxed) / u64::from(rate_hz);
            // A bar that cannot be drawn is no reason to fail.
            let _ = write!(out, "{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        };
        let bar = ProgressBar::new(files as u64);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.with_key("audio", audio));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, heard_samples }
    }

    /// Counts audio heard, from any thread.
    pub(super) fn heard(&self, samples: usize) {
        self.heard_samples.fetch_add(samples as u64, Ordering::Relaxed);
    }

    pub(super) fn file_done(&self) {
        self.bar.inc(1);
    }

    /// Writes something else to the terminal, with the bar out of the way.
    pub(super) fn pause<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
