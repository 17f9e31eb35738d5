//! Clients as they come.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::client::{Client, turn_away};
use super::conversation::Served;
use super::log::Log;
use super::places::{Admission, Places};

/// Where the system has no more connections or threads, clients wait this long.
const AGAIN: Duration = Duration::from_millis(100);

/// Gives each client a place and a thread.
pub(super) struct Listener {
    socket: TcpListener,
    served: Arc<Served>,
    log: Arc<Log>,
    places: Arc<Places>,
}

impl Listener {
    pub(super) fn new(socket: TcpListener, served: Arc<Served>, log: Arc<Log>, places: Arc<Places>) -> Self {
        Self { socket, served, log, places }
    }

    /// Never ends.
    pub(super) fn run(&self) {
        loop {
            let taken =
                self.socket.accept().and_then(|(connection, address)| self.welcome(connection, address));
            if let Err(error) = taken {
                self.log.say(format_args!("a client cannot be served: {error}"));
                thread::sleep(AGAIN);
            }
        }
    }

    fn welcome(&self, connection: TcpStream, address: SocketAddr) -> std::io::Result<()> {
        let place = match self.places.admit(&connection, address)? {
            Admission::Full => {
                let most = self.places.most();
                self.log.say(format_args!("{address} was turned away: all {most} places are taken"));
                // It is a courtesy: one who is gone already cannot be told.
                let _ = turn_away(&connection, &self.served, most);
                return Ok(());
            }
            Admission::Taken { place, of } => {
                if let Some(of) = of {
                    self.log.say(format_args!("{of} was silent, and gives its place to {address}"));
                }
                place
            }
        };
        self.log.say(format_args!("{address} has come, {} clients", self.places.taken()));
        let client = Client::new(address, Arc::clone(&self.served), Arc::clone(&self.log), place);
        thread::Builder::new().name("client".into()).spawn(move || client.run(connection))?;
        Ok(())
    }
}
