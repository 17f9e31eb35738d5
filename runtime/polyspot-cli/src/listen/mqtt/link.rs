//! A connection to a broker, in the clear or through TLS. Nothing here waits for long.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use polyspot_text::shown_path;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::address::Address;
use super::packet::{self, Answer};

/// To connect, and for each write: whoever needs longer is taken to be gone.
const PATIENCE: Duration = Duration::from_secs(5);
/// To look for answers; the least that sockets know on every system.
const GLANCE: Duration = Duration::from_millis(1);

/// Whom we trust with TLS.
pub(super) type Trust = Arc<ClientConfig>;

/// Trusts the certificates of the system, or only those of a PEM file.
///
/// # Errors
/// When there are none.
pub(super) fn trust(file: Option<&Path>) -> anyhow::Result<Trust> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = file {
        let shown = shown_path(path);
        let certificates = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| anyhow!("{shown}: expected certificates as PEM: {error}"))?;
        ensure!(!certificates.is_empty(), "{shown}: expected certificates as PEM, found none");
        for certificate in certificates {
            roots.add(certificate).with_context(|| format!("{shown}: a certificate is broken"))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        ensure!(
            !roots.is_empty(),
            "this system has no certificates to trust (Debian: apt install ca-certificates); name some with --mqtt-ca FILE"
        );
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// An open connection.
pub(super) struct Link {
    stream: Stream,
    received: Vec<u8>,
}

enum Stream {
    Clear(TcpStream),
    Secure(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Link {
    /// Connects, with TLS if there is someone to trust; tries each address that the host's name has.
    pub(super) fn open(address: &Address, trust: Option<&Trust>) -> anyhow::Result<Self> {
        let (host, port) = (&*address.host, address.port);
        let mut outcome = Err(anyhow!("{host} has no address"));
        for place in (host, port).to_socket_addrs()? {
            outcome = TcpStream::connect_timeout(&place, PATIENCE).map_err(Into::into);
            if outcome.is_ok() {
                break;
            }
        }
        let socket = outcome?;
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let stream = match trust {
            None => Stream::Clear(socket),
            Some(trust) => {
                let name = ServerName::try_from(host.to_owned())?;
                let mut stream = StreamOwned::new(ClientConnection::new(Arc::clone(trust), name)?, socket);
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock).context("TLS")?;
                }
                Stream::Secure(Box::new(stream))
            }
        };
        Ok(Self { stream, received: Vec::new() })
    }

    /// Sends a packet.
    pub(super) fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        let sent = match &mut self.stream {
            Stream::Clear(socket) => socket.write_all(packet),
            Stream::Secure(stream) => stream.write_all(packet).and_then(|()| stream.flush()),
        };
        sent.map_err(|error| if is_timeout(&error) { too_slow() } else { error })
    }

    /// Waits for the next answer, as long as connecting may take.
    pub(super) fn wait_for_answer(&mut self) -> io::Result<Answer> {
        self.socket().set_read_timeout(Some(PATIENCE))?;
        self.next()?.ok_or_else(too_slow)
    }

    /// The next answer that is there.
    pub(super) fn next_answer(&mut self) -> io::Result<Option<Answer>> {
        self.socket().set_read_timeout(Some(GLANCE))?;
        self.next()
    }

    fn next(&mut self) -> io::Result<Option<Answer>> {
        loop {
            if let Some(answer) = packet::answer(&mut self.received)? {
                return Ok(Some(answer));
            }
            // No answer is longer than a few bytes: whatever comes, only so much is kept.
            let mut piece = [0; 256];
            let count = match &mut self.stream {
                Stream::Clear(socket) => socket.read(&mut piece),
                Stream::Secure(stream) => stream.read(&mut piece),
            };
            match count {
                Ok(0) => {
                    return Err(io::Error::new(ErrorKind::UnexpectedEof, "the broker closed the connection"));
                }
                Ok(count) => self.received.extend(&piece[..count]),
                Err(error) if is_timeout(&error) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn socket(&self) -> &TcpStream {
        match &self.stream {
            Stream::Clear(socket) => socket,
            Stream::Secure(stream) => &stream.sock,
        }
    }
}

/// What a socket says when its time is over, on one system or another.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn too_slow() -> io::Error {
    let seconds = PATIENCE.as_secs();
    io::Error::new(ErrorKind::TimedOut, format!("the broker took more than {seconds} s"))
}
