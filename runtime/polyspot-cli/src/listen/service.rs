//! What a service manager is told: that we listen, and that we are alive.

use std::time::Instant;

/// Talks to the service manager that started the program, if one did: systemd, by the protocol of `sd_notify`.
pub(super) struct Service {
    /// Whether the microphone is open; none before it was the first time.
    is_open: Option<bool>,
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
    pub(super) fn new() -> Self {
        let watchdog = sd_notify::watchdog_enabled().map(|time| Watchdog { every: time / 2, last: None });
        Self { is_open: None, watchdog }
    }

    /// Says what has changed, and now and then that we are alive.
    pub(super) fn tell(&mut self, is_open: Option<bool>, now: Instant) {
        use sd_notify::NotifyState::{Ready, Status, Watchdog};
        if is_open != self.is_open {
            // Ready once: what it is ready for does not end with the microphone, which is waited for.
            let is_first = self.is_open.is_none();
            self.is_open = is_open;
            let status =
                Status(if is_open == Some(true) { "listening" } else { "waiting for the microphone" });
            if is_first {
                notify(&[Ready, status]);
            } else {
                notify(&[status]);
            }
        }
        if let Some(watchdog) = &mut self.watchdog
            && watchdog.last.is_none_or(|last| now - last >= watchdog.every)
        {
            watchdog.last = Some(now);
            notify(&[Watchdog]);
        }
    }

    pub(super) fn stopping() {
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
    pub(super) fn new() -> Self {
        Self { is_open: None }
    }

    pub(super) fn tell(&mut self, is_open: Option<bool>, _now: Instant) {
        self.is_open = is_open;
    }

    pub(super) fn stopping() {}
}
