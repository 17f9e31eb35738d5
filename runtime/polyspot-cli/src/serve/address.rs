//! Where clients are waited for.

use std::fmt;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::str::FromStr;

use anyhow::{Context, anyhow};

use crate::exit::Failure;

/// An address as the protocol's clients write it: `tcp://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: u16,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected tcp://HOST:PORT, as tcp://127.0.0.1:10400, found {text}");
        let (host, port) =
            text.strip_prefix("tcp://").and_then(|rest| rest.rsplit_once(':')).ok_or_else(expected)?;
        let port = port.parse().map_err(|_| expected())?;
        // An IPv6 address stands in brackets.
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host);
        if host.is_empty() || host.contains(['/', '[', ']', '@']) || (bare.is_none() && host.contains(':')) {
            return Err(expected());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "tcp://[{host}]:{port}") } else { write!(f, "tcp://{host}:{port}") }
    }
}

impl Address {
    /// Waits for clients there.
    pub(super) fn bind(&self) -> Result<TcpListener, Failure> {
        let found: Vec<SocketAddr> = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .with_context(|| format!("{self} is not known here"))
            .map_err(Failure::usage)?
            .collect();
        if found.is_empty() {
            return Err(Failure::usage(anyhow!("{self} is not known here")));
        }
        let listener =
            TcpListener::bind(&found[..]).with_context(|| format!("{self} cannot be listened on"))?;
        Ok(listener)
    }
}

/// Who can reach an address, for people.
pub(super) fn reach(address: IpAddr) -> &'static str {
    if address.is_loopback() {
        "this machine only"
    } else {
        "every machine that can reach this address: there is no password"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for text in ["tcp://127.0.0.1:10400", "tcp://0.0.0.0:0", "tcp://[::1]:10400", "tcp://localhost:1"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "10400",
            "127.0.0.1:10400",
            "tcp://:10400",
            "tcp://::1:10400",
            "tcp://a:70000",
            "tcp://a/b:1",
            "unix:///a",
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.starts_with("expected tcp://HOST:PORT"), "{text}: {error}");
        }
    }
}
