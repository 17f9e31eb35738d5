//! What a thread has used of the processor.

use std::time::Duration;

/// The processor time of this thread, which the load of the machine does not change.
#[cfg(unix)]
pub(super) fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Elsewhere nobody tells: clients are held only to what their connection can carry.
#[cfg(not(unix))]
pub(super) fn processor_time() -> Duration {
    Duration::ZERO
}
