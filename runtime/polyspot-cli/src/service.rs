//! What a service manager is told: that we are ready, what we do, and that we are alive.

use std::time::Instant;

/// Talks to the service manager that started the program, if one did: systemd, by the protocol of `sd_notify`.
pub(crate) struct Service {
    /// What was told last; none before there was anything to tell.
    status: Option<String>,
    #[cfg(target_os = "linux")]
    watchdog: Option<Watchdog>,
}

/// A service manager that wants to hear from us.
#[cfg(target_os = "linux")]
struct Watchdog {
    /// Half the time after which it takes us for dead.
    every: std::time::Duration,
    last: Option<Instant>,
}

#[cfg(target_os = "linux")]
impl Service {
    pub(crate) fn new() -> Self {
        let watchdog = sd_notify::watchdog_enabled().map(|time| Watchdog { every: time / 2, last: None });
        Self { status: None, watchdog }
    }

    /// Says what has changed, and now and then that we are alive. With the first status we are ready.
    pub(crate) fn tell(&mut self, status: Option<&str>, now: Instant) {
        use sd_notify::NotifyState::{Ready, Status, Watchdog};
        if let Some(status) = status
            && self.status.as_deref() != Some(status)
        {
            // Ready once: what we are ready for does not end with a change of status.
            if self.status.replace(status.to_owned()).is_none() {
                notify(&[Ready, Status(status)]);
            } else {
                notify(&[Status(status)]);
            }
        }
        if let Some(watchdog) = &mut self.watchdog
            && watchdog.last.is_none_or(|last| now - last >= watchdog.every)
        {
            watchdog.last = Some(now);
            notify(&[Watchdog]);
        }
    }

    pub(crate) fn stopping() {
        notify(&[sd_notify::NotifyState::Stopping]);
    }
}

/// A service manager that does not listen is none of our troubles.
#[cfg(target_os = "linux")]
fn notify(state: &[sd_notify::NotifyState<'_>]) {
    let _ = sd_notify::notify(state);
}

/// Only Linux has systemd.
#[cfg(not(target_os = "linux"))]
impl Service {
    pub(crate) fn new() -> Self {
        Self { status: None }
    }

    pub(crate) fn tell(&mut self, status: Option<&str>, _now: Instant) {
        self.status = status.map(str::to_owned).or(self.status.take());
    }

    pub(crate) fn stopping() {}
}
