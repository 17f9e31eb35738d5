//! Memory and processor time of this process.

use std::time::Duration;

use crate::support::process;

/// Processor time of this thread, which other work on the machine hardly changes.
#[cfg(unix)]
pub(super) fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Elsewhere the time that passes.
#[cfg(not(unix))]
pub(super) fn thread_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// What pushes of one round cost.
pub(super) struct Costs {
    pub(super) median: Duration,
    pub(super) percentile_99: Duration,
    /// Memory of this process, where the system tells it.
    pub(super) resident_kib: Option<u64>,
}

impl Costs {
    /// Sorts what is given.
    pub(super) fn of(pushes: &mut [Duration]) -> Self {
        pushes.sort_unstable();
        let at = |share: usize| pushes.get(pushes.len() * share / 100).copied().unwrap_or_default();
        Self {
            median: at(50),
            percentile_99: at(99),
            resident_kib: process::status(std::process::id(), "VmRSS"),
        }
    }
}
