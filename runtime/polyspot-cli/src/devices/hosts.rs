//! The sound systems of this machine.

use std::sync::{Arc, Mutex, PoisonError};

use cpal::traits::HostTrait;
use cpal::{Host, HostId};

/// Sound systems, each connected to once for as long as its connection lasts.
///
/// A connection to `PulseAudio` is not closed when it is dropped (<https://github.com/colinmarc/pulseaudio-rs/issues/6>): it keeps a
/// thread, three files and a megabyte, and a server has room for 64. Whoever looks for a lost microphone again and again must
/// not connect each time.
#[derive(Default)]
pub(crate) struct Hosts {
    pulse_audio: Mutex<Option<Arc<Host>>>,
}

impl Hosts {
    /// Every sound system; cpal names a sound server before the bare hardware that the server may hold.
    pub(super) fn all(&self) -> impl Iterator<Item = (HostId, Result<Arc<Host>, cpal::Error>)> {
        cpal::available_hosts().into_iter().map(|id| (id, self.one(id)))
    }

    /// The sound system with this id.
    pub(super) fn one(&self, id: HostId) -> Result<Arc<Host>, cpal::Error> {
        if id.name() != "PulseAudio" {
            return Ok(Arc::new(cpal::host_from_id(id)?));
        }
        // Not locked while the server is spoken to: it may not answer.
        let known = self.pulse_audio.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(host) = known.filter(|host| host.devices().is_ok()) {
            return Ok(host);
        }
        let host = Arc::new(cpal::host_from_id(id)?);
        *self.pulse_audio.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&host));
        Ok(host)
    }
}
