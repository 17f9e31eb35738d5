//! Places for clients, of which there are only so many.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Whoever has said nothing for so long gives his place to another, if there is no other. Satellites send sound all the time.
const SILENT: Duration = Duration::from_secs(10);

/// All places.
pub(super) struct Places {
    most: usize,
    begin: Instant,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    guests: HashMap<u64, Guest>,
    /// Of the guest that came last.
    last: u64,
}

struct Guest {
    address: SocketAddr,
    /// The connection, to end it from outside.
    connection: TcpStream,
    /// When an event of his last came, in milliseconds since the beginning.
    heard: Arc<AtomicU64>,
}

/// A client's place, until it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    heard: Arc<AtomicU64>,
}

/// What became of a client who asked for a place.
pub(super) enum Admission {
    /// He has one, which somebody else may have lost for it.
    Taken { place: Place, of: Option<SocketAddr> },
    /// All are taken.
    Full,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self { most, begin: Instant::now(), taken: Mutex::default() }
    }

    /// Places taken.
    pub(super) fn taken(&self) -> usize {
        self.lock().guests.len()
    }

    /// All places there are.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Gives a client a place: a free one, or that of the one who has been silent longest.
    ///
    /// # Errors
    /// When the system has no second handle of the connection.
    pub(super) fn admit(
        self: &Arc<Self>,
        connection: &TcpStream,
        address: SocketAddr,
    ) -> io::Result<Admission> {
        let connection = connection.try_clone()?;
        let now = self.now();
        let mut taken = self.lock();
        let mut of = None;
        if taken.guests.len() >= self.most {
            let longest = taken.guests.iter().min_by_key(|(_, guest)| guest.heard.load(Ordering::Relaxed));
            let Some((&number, guest)) = longest else { return Ok(Admission::Full) };
            let silent = now.saturating_sub(guest.heard.load(Ordering::Relaxed));
            if u128::from(silent) < SILENT.as_millis() {
                return Ok(Admission::Full);
            }
            let guest = taken.guests.remove(&number);
            of = guest.map(|guest| {
                end(&guest.connection);
                guest.address
            });
        }
        taken.last += 1;
        let number = taken.last;
        let heard = Arc::new(AtomicU64::new(now));
        taken.guests.insert(number, Guest { address, connection, heard: Arc::clone(&heard) });
        Ok(Admission::Taken { place: Place { places: Arc::clone(self), number, heard }, of })
    }

    /// Ends all connections.
    pub(super) fn close(&self) {
        self.lock().guests.values().for_each(|guest| end(&guest.connection));
    }

    fn now(&self) -> u64 {
        self.begin.elapsed().as_millis() as u64
    }

    /// What a panicking thread left is whole: every change above is one call.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Notes that the client said something.
    pub(super) fn heard(&self) {
        self.heard.store(self.places.now(), Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().guests.remove(&self.number);
    }
}

/// Whoever reads or writes there finds that it is over. A connection that is gone already needs no end.
fn end(connection: &TcpStream) {
    let _ = connection.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn only_the_silent_give_their_place_away_and_the_longest_silent_first() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = || TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut places = Places::new(2);
        places.begin = Instant::now().checked_sub(3 * SILENT).unwrap();
        let places = Arc::new(places);
        let admit = |port| match places.admit(&connect(), address(port)).unwrap() {
            Admission::Taken { place, of } => Some((place, of.map(|of| of.port()))),
            Admission::Full => None,
        };
        let (first, _) = admit(1).unwrap();
        let (second, of) = admit(2).unwrap();
        assert_eq!((of, places.taken()), (None, 2));
        assert!(admit(3).is_none(), "nobody was silent for long");
        second.heard.store(1_000, Ordering::Relaxed);
        first.heard.store(500, Ordering::Relaxed);
        first.heard();
        let (third, of) = admit(3).unwrap();
        assert_eq!((of, places.taken()), (Some(2), 2));
        drop(second);
        assert_eq!(places.taken(), 2, "the place was no longer his");
        drop(third);
        drop(first);
        assert_eq!(places.taken(), 0);
    }
}
