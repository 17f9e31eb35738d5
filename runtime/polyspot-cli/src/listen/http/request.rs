//! Requests, as they come from strangers: bounded in length and in time.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};

/// A request has to be there by then.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest head, and longest body, in bytes.
const LONGEST_HEAD: usize = 8 << 10;
const LONGEST_BODY: usize = 4 << 10;
const MOST_HEADERS: usize = 64;

/// What is asked for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Request {
    pub(super) method: String,
    /// Without its query.
    pub(super) path: String,
    pub(super) host: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) content_type: Option<String>,
    /// The token that comes with it, or the password that a browser has asked for.
    pub(super) token: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// When it is none, too long ([`ErrorKind::FileTooLarge`]), or does not come in time.
    pub(super) fn read(socket: &mut TcpStream) -> io::Result<Self> {
        let deadline = Instant::now() + PATIENCE;
        let mut received = Vec::new();
        let (mut request, length, head) = loop {
            receive(socket, &mut received, deadline)?;
            if let Some(head) = parse(&received)? {
                break head;
            }
            if received.len() > LONGEST_HEAD {
                return Err(io::Error::new(ErrorKind::FileTooLarge, "the head is too long"));
            }
        };
        if length > LONGEST_BODY {
            return Err(io::Error::new(ErrorKind::FileTooLarge, "the body is too long"));
        }
        while received.len() < head + length {
            receive(socket, &mut received, deadline)?;
        }
        request.body = received[head..head + length].to_vec();
        Ok(request)
    }
}

/// Receives a little more.
fn receive(socket: &mut TcpStream, received: &mut Vec<u8>, deadline: Instant) -> io::Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    socket.set_read_timeout(Some(left))?;
    let mut piece = [0; 1_024];
    let count = socket.read(&mut piece)?;
    if count == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    received.extend(&piece[..count]);
    Ok(())
}

/// The request, and the lengths of its body and of its head; none if the head is not all there.
fn parse(received: &[u8]) -> io::Result<Option<(Request, usize, usize)>> {
    let invalid = |what: &str| io::Error::new(ErrorKind::InvalidData, what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let status = parsed.parse(received).map_err(|error| invalid(&error.to_string()))?;
    let httparse::Status::Complete(head) = status else { return Ok(None) };
    let path = parsed.path.unwrap_or_default();
    let mut request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    let mut length = 0;
    for header in &*parsed.headers {
        let Ok(value) = str::from_utf8(header.value) else { continue };
        let text = || Some(value.trim().to_owned());
        match header.name.to_ascii_lowercase().as_str() {
            // Two of them could mean different things to different readers.
            "host" if request.host.is_some() => return Err(invalid("two hosts")),
            "host" => request.host = text(),
            "origin" => request.origin = text(),
            "content-type" => request.content_type = text(),
            "authorization" => request.token = token(value.trim()),
            "content-length" => {
                length = value.trim().parse().map_err(|_| invalid("expected a length"))?;
            }
            "transfer-encoding" => return Err(invalid("expected a body of known length")),
            _ => {}
        }
    }
    Ok(Some((request, length, head)))
}

/// The token of `Bearer TOKEN`, or the password of `Basic`, as browsers and scrapers send it.
fn token(authorization: &str) -> Option<String> {
    let (scheme, rest) = authorization.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(rest.trim().to_owned()),
        "basic" => {
            let pair = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
            pair.split_once(':').map(|(_, password)| password.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What is read of a client that sends these pieces, and then nothing more.
    fn read(pieces: &[&[u8]]) -> io::Result<Request> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut socket, _) = listener.accept().unwrap();
        thread::scope(|scope| {
            let reading = scope.spawn(move || Request::read(&mut socket));
            for piece in pieces {
                // A server that has enough closes the connection.
                let _ = client.write_all(piece);
            }
            let _ = client.shutdown(std::net::Shutdown::Write);
            reading.join().unwrap()
        })
    }

    #[test]
    fn a_request_is_read_however_it_is_cut() {
        let text = b"POST /language?x=1 HTTP/1.1\r\nHost: localhost:80\r\nOrigin: http://localhost:80\r\n\
            Authorization: Basic cG9seXNwb3Q6b3BlbjpzZXNhbWU=\r\ncontent-type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        let whole = read(&[text]).unwrap();
        let expected = Request {
            method: "POST".into(),
            path: "/language".into(),
            host: Some("localhost:80".into()),
            origin: Some("http://localhost:80".into()),
            content_type: Some("application/json".into()),
            token: Some("open:sesame".into()),
            body: b"{}".into(),
        };
        assert_eq!(whole, expected);
        assert_eq!(read(&text.chunks(1).collect::<Vec<_>>()).unwrap(), expected);
        assert_eq!(token("Bearer  abc "), Some("abc".into()));
        assert_eq!(token("Digest abc"), None);
    }

    #[test]
    fn what_is_no_request_or_too_long_is_refused() {
        let long = vec![b'x'; 2 * LONGEST_HEAD];
        let head = b"POST / HTTP/1.1\r\n";
        let kind = |pieces: &[&[u8]]| read(pieces).unwrap_err().kind();
        assert_eq!(kind(&[head, b"A: ", &long]), ErrorKind::FileTooLarge);
        assert_eq!(kind(&[head, b"Content-Length: 9223372036854775807\r\n\r\n"]), ErrorKind::FileTooLarge);
        assert_eq!(kind(&[head, b"Content-Length: 99999999999999999999\r\n\r\n"]), ErrorKind::InvalidData);
        assert_eq!(kind(&[head, b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]), ErrorKind::InvalidData);
        assert_eq!(kind(&[head, b"Host: a\r\nHost: b\r\n\r\n"]), ErrorKind::InvalidData);
        assert_eq!(kind(&[b"\x16\x03\x01 TLS\r\n\r\n"]), ErrorKind::InvalidData);
        assert_eq!(kind(&[head]), ErrorKind::UnexpectedEof);
    }
}
