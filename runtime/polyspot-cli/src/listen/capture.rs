//! One open device: the thread that its stream lives on, and our end of it.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use super::ring;
use super::stream::{self, Input, OpenDevice};

/// How long an open stream may take to close before it is left to itself.
const CLOSE_DEADLINE: Duration = Duration::from_secs(1);

/// A device that is delivering samples.
pub(super) struct Capture {
    pub(super) input: Input,
    pub(super) samples: ring::Source,
    errors: Receiver<cpal::Error>,
    owner: Owner,
}

/// The thread that a stream lives on. Opening, starting and dropping a stream can each block for good when a
/// sound server hangs, and then only this thread is lost.
struct Owner {
    /// Dropped to end it.
    keep_open: Sender<()>,
    /// Disconnected when it has ended.
    ended: Receiver<()>,
}

/// A device that is being opened on a thread of its own.
pub(super) struct Opening {
    opened: Receiver<anyhow::Result<Capture>>,
    /// Open, but nothing has come yet: some devices take seconds to wake up.
    silent: Option<Capture>,
    since: Instant,
}

impl Opening {
    /// Begins to open the microphone that `devices::choose` finds.
    pub(super) fn begin(wanted: Option<String>) -> anyhow::Result<Self> {
        let (report, opened) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("audio device".to_owned())
            .spawn(move || own_stream(wanted.as_deref(), &report))
            .context("no thread for the audio device")?;
        Ok(Self { opened, silent: None, since: Instant::now() })
    }

    /// The capture, once its first samples are there; too long a wait for them is an error.
    pub(super) fn poll(&mut self, deadline: Duration) -> Option<anyhow::Result<Capture>> {
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
        let is_late = self.since.elapsed() > deadline;
        is_late
            .then(|| Err(anyhow!("the microphone opens but delivers nothing for {} s", deadline.as_secs())))
    }
}

impl Capture {
    /// Why the stream is over, if it is. Other errors, such as an overrun, show in the number of samples.
    pub(super) fn fatal_error(&self) -> Option<anyhow::Error> {
        use cpal::ErrorKind::{DeviceChanged, DeviceNotAvailable, RealtimeDenied, Xrun};
        let is_fatal = |error: &cpal::Error| !matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun);
        self.errors.try_iter().find(is_fatal).map(|error| match error.kind() {
            DeviceNotAvailable => anyhow!("the device is gone ({error})"),
            _ => error.into(),
        })
    }

    /// Closes the stream, or leaves it to its thread when it does not close in time.
    pub(super) fn close(self) -> ring::Source {
        let Owner { keep_open, ended } = self.owner;
        drop(keep_open);
        let _ = ended.recv_timeout(CLOSE_DEADLINE);
        self.samples
    }
}

/// Opens the device, hands our end of it out, and closes it when nobody wants it any more.
fn own_stream(wanted: Option<&str>, report: &SyncSender<anyhow::Result<Capture>>) {
    let (keep_open, until_closed) = mpsc::channel();
    let (_ended, ended) = mpsc::channel();
    let owner = Owner { keep_open, ended };
    match stream::open(wanted) {
        Ok(OpenDevice { input, samples, errors, streams }) => {
            // Nobody is waiting any more when it took too long: it is closed at once.
            if report.send(Ok(Capture { input, samples, errors, owner })).is_ok() {
                let _ = until_closed.recv();
            }
            drop(streams);
        }
        Err(error) => {
            let _ = report.send(Err(error));
        }
    }
}
