//! One client's connection, on a thread of its own.

use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use polyspot_text::shown;

use super::conversation::{Answer, Conversation, Served};
use super::log::Log;
use super::places::Place;
use super::processor_time::processor_time;
use super::protocol::{Broken, EventReader};
use crate::pace::Pace;

/// How long a whole event may take to come, and the first one of a connection; and how long an answer may wait for its reader.
const PER_EVENT: Duration = Duration::from_secs(10);
/// After so long without an event a client is taken to be gone: one whose power failed never says so.
const LONGEST_SILENCE: Duration = Duration::from_mins(10);
/// So often who waits looks up.
const LOOK_UP: Duration = Duration::from_millis(500);
/// A client may take so much of one processor …
const SHARE: u32 = 20; // one in so many parts
/// … and in advance this, counted in the time that it would last: 15 minutes of sound at once, in one language.
const IN_ADVANCE: Duration = Duration::from_secs(5);

/// A client's connection.
pub(super) struct Client {
    address: SocketAddr,
    conversation: Conversation,
    served: Arc<Served>,
    log: Arc<Log>,
    place: Place,
    detections: u64,
}

impl Client {
    pub(super) fn new(address: SocketAddr, served: Arc<Served>, log: Arc<Log>, place: Place) -> Self {
        let conversation = Conversation::new(Arc::clone(&served));
        Self { address, conversation, served, log, place, detections: 0 }
    }

    /// Answers until the client goes, or cannot be understood.
    pub(super) fn run(mut self, connection: TcpStream) {
        let why = match self.serve(connection) {
            Ok(()) => "left".to_owned(),
            Err(Broken::Gone(error)) => format!("is gone: {error}"),
            Err(Broken::Refused(error)) => format!("was sent away: {error:#}"),
        };
        let Self { address, detections, log, place, .. } = self;
        // Whoever reads that he is gone finds his place free.
        drop(place);
        log.say(format_args!("{address} {why}, after {detections} detections"));
    }

    fn serve(&mut self, connection: TcpStream) -> Result<(), Broken> {
        connection.set_read_timeout(Some(LOOK_UP)).map_err(Broken::Gone)?;
        connection.set_write_timeout(Some(PER_EVENT)).map_err(Broken::Gone)?;
        // A detection is to come at once.
        connection.set_nodelay(true).map_err(Broken::Gone)?;
        let mut reader = EventReader::new(connection);
        let outcome = self.talk(&mut reader);
        if let Err(Broken::Refused(error)) = &outcome {
            let refusal = Answer::Error { text: format!("{error:#}"), code: "refused" };
            // Whoever does not read why he was sent away need not know.
            let _ = refusal.bytes(&self.served).map(|bytes| reader.get_ref().write_all(&bytes));
        }
        let _ = reader.get_ref().shutdown(Shutdown::Both);
        outcome
    }

    fn talk(&mut self, reader: &mut EventReader<TcpStream>) -> Result<(), Broken> {
        let (begin, mut pace, mut answers) = (Instant::now(), Pace::of_time(IN_ADVANCE), Vec::new());
        let (mut last, mut patience) = (begin, PER_EVENT);
        let mut spent = processor_time();
        loop {
            let may_wait = |coming: Option<Duration>| {
                let (waited, most, what) = match coming {
                    Some(coming) => (coming, PER_EVENT, "a whole event"),
                    None => (last.elapsed(), patience, "an event"),
                };
                ensure!(waited < most, "expected {what} within {most:?}");
                Ok(())
            };
            let Some(event) = reader.next(may_wait)? else { return Ok(()) };
            self.place.heard();
            let mut heard = Vec::new();
            let taken = self.conversation.take(&event, |answer| {
                if let Answer::Detection { word, score, .. } = &answer {
                    heard.push(format!("{} ({}, {score:.2})", word.keyword, word.language));
                }
                // An event that serde cannot write is a bug, not the client's: there is none.
                answers.extend(answer.bytes(&self.served).unwrap_or_default());
            });
            if !answers.is_empty() {
                write(reader.get_ref(), &answers)?;
                answers.clear();
                answers.shrink_to(64 << 10);
            }
            for heard in heard {
                self.detections += 1;
                self.log.say(format_args!("{} said {}", self.address, shown(&heard)));
            }
            taken.map_err(Broken::Refused)?;
            let now = processor_time();
            pace.spend(begin.elapsed(), now.saturating_sub(spent) * SHARE);
            spent = now;
            thread::sleep(pace.wait(begin.elapsed()));
            (last, patience) = (Instant::now(), LONGEST_SILENCE);
        }
    }
}

/// Writes all within the time that answers have, also to a reader who takes them byte by byte.
fn write(mut connection: &TcpStream, mut bytes: &[u8]) -> Result<(), Broken> {
    let begin = Instant::now();
    let late = || Broken::Refused(anyhow!("expected that answers are read within {PER_EVENT:?}"));
    while !bytes.is_empty() {
        match connection.write(bytes) {
            Ok(0) => return Err(Broken::Gone(ErrorKind::WriteZero.into())),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Err(late());
            }
            Err(error) => return Err(Broken::Gone(error)),
        }
        if !bytes.is_empty() && begin.elapsed() >= PER_EVENT {
            return Err(late());
        }
    }
    Ok(())
}

/// Tells a client that there is no place for him; one who does not read it at once need not know.
pub(super) fn turn_away(mut connection: &TcpStream, served: &Served, most: usize) -> io::Result<()> {
    let text = format!("all {most} places are taken");
    connection.set_nonblocking(true)?;
    connection.write_all(&Answer::Error { text, code: "full" }.bytes(served)?)
}
