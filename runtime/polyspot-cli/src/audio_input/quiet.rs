//! ALSA's talk, kept off the terminal.

/// Keeps what ALSA says on the calling thread off standard error: it reports each device that it tries in
/// vain, and every error comes back as a result anyway.
#[cfg(target_os = "linux")]
pub(super) fn keep_alsa_quiet() {
    // alsa-rs holds the handler, and with it the buffer, in a thread local; without one there is only noise.
    let _ = alsa::Output::local_error_handler();
}

/// Only Linux has ALSA.
#[cfg(not(target_os = "linux"))]
pub(super) fn keep_alsa_quiet() {}
