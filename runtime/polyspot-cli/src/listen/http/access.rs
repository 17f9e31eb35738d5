//! Who is let in.
//!
//! A page of somebody else in the user's browser can send requests to this machine. It cannot read the answers, unless its own name
//! comes to mean this machine (DNS rebinding): so names are checked. And it could make changes without reading: so where a change
//! comes from is checked.

use std::net::{IpAddr, SocketAddr};

use super::request::Request;

/// The rules.
pub(super) struct Access {
    /// Who has it may do everything; without one everyone may who gets here, which only this machine's users do.
    pub(super) token: Option<String>,
}

/// Why a request is refused.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// It is for another host: somebody else's name means this machine.
    OtherHost,
    /// There is no token with it, or a wrong one.
    NoToken,
    /// A change that comes from somebody else's page.
    OtherOrigin,
    /// A change that is not sent as JSON, as only a page of ours can without asking.
    NotJson,
}

impl Access {
    /// Whether a token is needed to be safe at this address.
    pub(super) fn needs_token(address: SocketAddr) -> bool {
        !address.ip().to_canonical().is_loopback()
    }

    /// Whether a request may read.
    pub(super) fn to_read(&self, request: &Request) -> Result<(), Refusal> {
        match &self.token {
            // A page under another name has no token of ours: browsers keep it for the name that it was given for.
            Some(token) if request.token.as_deref().is_some_and(|given| is_same(given, token)) => Ok(()),
            Some(_) => Err(Refusal::NoToken),
            None if request.host.as_deref().is_some_and(is_this_machine) => Ok(()),
            None => Err(Refusal::OtherHost),
        }
    }

    /// Whether a request may change something.
    pub(super) fn to_change(&self, request: &Request) -> Result<(), Refusal> {
        self.to_read(request)?;
        let Request { origin, host, content_type, .. } = request;
        // Browsers say where a change comes from; programs do not.
        if let Some(origin) = origin
            && origin.split_once("://").map(|(_, from)| from) != host.as_deref()
        {
            return Err(Refusal::OtherOrigin);
        }
        let media_type = content_type.as_deref().and_then(|text| text.split(';').next()).map(str::trim);
        if media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json")) {
            Ok(())
        } else {
            Err(Refusal::NotJson)
        }
    }
}

/// Whether a host, with or without a port, can mean nothing but this machine.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let is_loopback = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || name.eq_ignore_ascii_case("localhost")
}

/// Compares in a time that says nothing of where they differ.
fn is_same(given: &str, expected: &str) -> bool {
    let pairs = given.bytes().zip(expected.bytes());
    given.len() == expected.len() && pairs.fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(host: &str, origin: Option<&str>) -> Request {
        Request {
            host: Some(host.to_owned()),
            origin: origin.map(str::to_owned),
            content_type: Some("application/json; charset=utf-8".to_owned()),
            ..Request::default()
        }
    }

    #[test]
    fn names_of_others_are_refused() {
        let open = Access { token: None };
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080"] {
            assert_eq!(open.to_read(&request(host, None)), Ok(()), "{host}");
        }
        for host in
            ["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::2]", "10.0.0.1"]
        {
            assert_eq!(open.to_read(&request(host, None)), Err(Refusal::OtherHost), "{host}");
        }
        assert_eq!(open.to_read(&Request::default()), Err(Refusal::OtherHost));
    }

    #[test]
    fn changes_come_from_our_page_or_from_a_program() {
        let open = Access { token: None };
        let (own, host) = ("http://localhost:8080", "localhost:8080");
        assert_eq!(open.to_change(&request(host, Some(own))), Ok(()));
        assert_eq!(open.to_change(&request(host, None)), Ok(()));
        for other in ["http://evil.example", "http://localhost:9090", "null", "http://localhost"] {
            assert_eq!(open.to_change(&request(host, Some(other))), Err(Refusal::OtherOrigin), "{other}");
        }
        // What a form of another page can send without asking.
        let form = Request { content_type: Some("text/plain".into()), ..request(host, None) };
        assert_eq!(open.to_change(&form), Err(Refusal::NotJson));
        assert_eq!(open.to_change(&Request { content_type: None, ..form }), Err(Refusal::NotJson));
        assert_eq!(open.to_change(&request("evil.example", None)), Err(Refusal::OtherHost));
    }

    #[test]
    fn where_there_is_a_token_it_is_needed_and_names_do_not_matter() {
        let closed = Access { token: Some("sesame".into()) };
        let with =
            |token: &str| Request { token: Some(token.into()), ..request("pi.lan", Some("http://pi.lan")) };
        assert_eq!(closed.to_change(&with("sesame")), Ok(()));
        for wrong in ["", "sesam", "sesamE", "sesame2"] {
            assert_eq!(closed.to_read(&with(wrong)), Err(Refusal::NoToken), "{wrong}");
        }
        assert_eq!(closed.to_read(&request("localhost", None)), Err(Refusal::NoToken));
        for (address, is_needed) in [
            ("127.0.0.1:1", false),
            ("[::1]:1", false),
            ("[::ffff:127.0.0.1]:1", false),
            ("0.0.0.0:1", true),
            ("[::]:1", true),
        ] {
            assert_eq!(Access::needs_token(address.parse().unwrap()), is_needed, "{address}");
        }
    }
}
