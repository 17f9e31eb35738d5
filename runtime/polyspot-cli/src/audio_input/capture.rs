//! One open device: the thread that its stream lives on, and our end of it.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TryRecvError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use super::ring;
use super::stream::{Input, OpenDevice, Opener};
use super::workers::Workers;

/// How long an open stream may take to close at the end before it is left to itself.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// A device that is delivering samples.
pub(super) struct Capture {
    pub(super) input: Input,
    pub(super) samples: ring::Source,
    errors: Receiver<cpal::Error>,
    /// Dropped to end the stream.
    keep_open: Sender<()>,
}

/// A device that is being opened on another thread. Opening, starting and dropping a stream can each block for good
/// when a sound server hangs, and then only this thread is lost.
pub(super) struct Opening {
    opened: Receiver<anyhow::Result<Capture>>,
    /// Open, but nothing has come yet: some devices take seconds to wake up.
    silent: Option<Capture>,
    since: Instant,
    /// Disconnected when the stream is closed, or the attempt is over.
    pub(super) ended: Receiver<()>,
}

/// The device opens, but its callback is not called.
#[derive(Debug)]
pub(crate) struct NothingComes {
    seconds: u64,
}

impl fmt::Display for NothingComes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the microphone opens but delivers nothing for {} s", self.seconds)
    }
}

impl std::error::Error for NothingComes {}

impl Opening {
    /// Begins to open the microphone that is meant.
    pub(super) fn begin(
        wanted: Option<String>,
        open: &Opener,
        workers: &mut Workers,
        now: Instant,
    ) -> anyhow::Result<Self> {
        let (report, opened) = mpsc::sync_channel(1);
        let (alive, ended) = mpsc::channel();
        let open = Arc::clone(open);
        let work = move || {
            own_stream(wanted.as_deref(), &open, &report);
            alive
        };
        workers.spawn(work).context("no thread for the audio device")?;
        Ok(Self { opened, silent: None, since: now, ended })
    }

    /// The capture, once its first samples are there; too long a wait for them is an error.
    pub(super) fn poll(&mut self, now: Instant, deadline: Duration) -> Option<anyhow::Result<Capture>> {
        if self.silent.is_none() {
            match self.opened.try_recv() {
                Ok(Ok(capture)) => self.silent = Some(capture),
                Ok(Err(error)) => return Some(Err(error)),
                Err(TryRecvError::Disconnected) => return Some(Err(anyhow!("the audio thread ended"))),
                Err(TryRecvError::Empty) => {}
            }
        }
        if let Some(capture) = self.silent.take_if(|capture| capture.samples.delivered() > 0) {
            return Some(Ok(capture));
        }
        if let Some(error) = self.silent.as_ref().and_then(Capture::fatal_error) {
            return Some(Err(error));
        }
        let is_late = now - self.since > deadline;
        is_late.then(|| Err(NothingComes { seconds: deadline.as_secs() }.into()))
    }
}

impl Capture {
    /// Why the stream is over, if it is. Other errors, such as an overrun, show in the number of samples.
    pub(super) fn fatal_error(&self) -> Option<anyhow::Error> {
        use cpal::ErrorKind::{DeviceChanged, DeviceNotAvailable, RealtimeDenied, Xrun};
        let is_fatal = |error: &cpal::Error| !matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun);
        let error = self.errors.try_iter().find(is_fatal)?;
        let is_gone = error.kind() == DeviceNotAvailable;
        let error = anyhow::Error::from(error);
        Some(if is_gone { error.context("the device is gone") } else { error })
    }

    /// Closes the stream, without waiting for that.
    pub(super) fn close(self) -> ring::Source {
        self.samples
    }

    /// Closes the stream, or leaves it to its thread when it does not close in time.
    pub(super) fn close_and_wait(self, ended: &Receiver<()>) -> ring::Source {
        drop(self.keep_open);
        let _ = ended.recv_timeout(CLOSE_DEADLINE);
        self.samples
    }
}

/// Opens the device, hands our end of it out, and closes it when nobody wants it any more.
fn own_stream(wanted: Option<&str>, open: &Opener, report: &SyncSender<anyhow::Result<Capture>>) {
    match open(wanted) {
        Ok(OpenDevice { input, samples, errors, streams }) => {
            let (keep_open, until_closed) = mpsc::channel();
            // Nobody is waiting any more when it took too long: it is closed at once.
            if report.send(Ok(Capture { input, samples, errors, keep_open })).is_ok() {
                let _ = until_closed.recv();
            }
            drop(streams);
        }
        Err(error) => {
            let _ = report.send(Err(error));
        }
    }
}
