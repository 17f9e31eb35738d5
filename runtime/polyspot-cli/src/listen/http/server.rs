//! The server: a thread for each client, of which there are few at a time. None of them touches the listening thread.

use std::io::{self, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::access::{Access, Refusal};
use super::board::{Board, News, Seen};
use super::metrics;
use super::request::Request;
use crate::listen::control::{self, Desk};
use crate::listen::output::Work;

const PAGE: &str = include_str!("page.html");
/// So many clients at once.
const MOST_CLIENTS: usize = 32;
/// A client takes what it is sent within this time, for each part of it.
const PATIENCE: Duration = Duration::from_secs(5);
/// A client that watches is written to at least so often: that is how it is found out that it has gone.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Without samples for so long we do not listen.
const SILENCE: Duration = Duration::from_secs(3);
/// The page loads nothing from anywhere, talks to nobody but us, and stands in no other page.
const HEADERS: &str = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\nX-Frame-Options: DENY\r\n\
    Content-Security-Policy: default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nConnection: close\r\n";

/// What clients are served from.
pub(super) struct Server {
    pub(super) access: Access,
    pub(super) board: Arc<Board>,
    pub(super) work: Arc<Work>,
    pub(super) sample_rate_hz: u32,
    /// Where other languages are asked for.
    pub(super) desk: Arc<Desk>,
    /// What can be asked for, as JSON.
    pub(super) languages: String,
    pub(super) clients: AtomicUsize,
}

/// A client's place.
struct Place(Arc<Server>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves until the program ends.
pub(super) fn serve(server: &Arc<Server>, listener: &TcpListener) {
    for socket in listener.incoming() {
        let Ok(socket) = socket else {
            // No file is left to be opened: that may change.
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        let place = Place(Arc::clone(server));
        let before = server.clients.fetch_add(1, Ordering::Relaxed);
        if before >= MOST_CLIENTS {
            // A new connection takes so little without waiting.
            let _ = respond(&socket, "503 Service Unavailable", "text/plain", "too many clients\n");
            continue;
        }
        // Without a thread the client is turned away.
        let _ = thread::Builder::new().name("http client".to_owned()).spawn(move || {
            // A client that goes, or stops reading, is none of our troubles.
            let _ = place.0.attend(socket);
        });
    }
}

impl Server {
    fn attend(&self, mut socket: TcpStream) -> io::Result<()> {
        socket.set_write_timeout(Some(PATIENCE))?;
        let request = match Request::read(&mut socket) {
            Ok(request) => request,
            Err(error) => {
                let status = match error.kind() {
                    ErrorKind::FileTooLarge => "413 Content Too Large",
                    ErrorKind::TimedOut | ErrorKind::WouldBlock => "408 Request Timeout",
                    _ => "400 Bad Request",
                };
                return respond(&socket, status, "text/plain", "");
            }
        };
        let outcome = match (&*request.method, &*request.path) {
            // Whoever starts and stops programs asks without a token, and learns nothing else.
            ("GET", "/health") => {
                let (status, text) = if self.is_listening() {
                    ("200 OK", "listening\n")
                } else {
                    ("503 Service Unavailable", "no sound comes\n")
                };
                return respond(&socket, status, "text/plain", text);
            }
            ("GET", _) => self.access.to_read(&request),
            ("POST", "/language") => self.access.to_change(&request),
            _ => return respond(&socket, "405 Method Not Allowed", "text/plain", ""),
        };
        if let Err(refusal) = outcome {
            return refuse(&socket, &refusal);
        }
        match (&*request.method, &*request.path) {
            ("GET", "/") => respond(&socket, "200 OK", "text/html; charset=utf-8", PAGE),
            ("GET", "/events") => self.stream(&socket),
            ("GET", "/metrics") => {
                let counts = self.board.counts();
                let text = metrics::text(&self.work, self.sample_rate_hz, &counts, self.is_listening());
                respond(&socket, "200 OK", "text/plain; version=0.0.4; charset=utf-8", &text)
            }
            ("POST", _) if !names_language(&request.body) => {
                respond(&socket, "400 Bad Request", "text/plain", "expected {\"language\": TAG}\n")
            }
            ("POST", _) => match control::ask(&self.desk, &String::from_utf8_lossy(&request.body)) {
                Ok(()) => respond(&socket, "202 Accepted", "text/plain", ""),
                Err(error) => respond(&socket, "400 Bad Request", "text/plain", &format!("{error:#}\n")),
            },
            _ => respond(&socket, "404 Not Found", "text/plain", ""),
        }
    }

    fn is_listening(&self) -> bool {
        self.work.silence().is_some_and(|silence| silence < SILENCE)
    }

    /// Sends events as they come (<https://html.spec.whatwg.org/multipage/server-sent-events.html>); of levels, those that the client
    /// takes in time.
    fn stream(&self, mut socket: &TcpStream) -> io::Result<()> {
        let (_viewer, _watcher) = (self.work.view(), self.board.watch());
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
        write!(socket, "{head}{HEADERS}\r\nevent: languages\ndata: {}\n\n", self.languages)?;
        let mut seen = Seen::default();
        loop {
            let News { events, level, is_over } = self.board.wait_for_news(&mut seen, HEARTBEAT);
            // A comment, if there is nothing to tell.
            let mut text = b":\n\n".to_vec();
            for json in events.iter().chain(&level) {
                write!(text, "data: {json}\n\n")?;
            }
            socket.write_all(&text)?;
            if is_over {
                return Ok(());
            }
        }
    }
}

fn refuse(socket: &TcpStream, refusal: &Refusal) -> io::Result<()> {
    let (status, text) = match refusal {
        Refusal::NoToken => {
            ("401 Unauthorized", "expected the token: Authorization: Bearer TOKEN, or as a password\n")
        }
        Refusal::OtherHost => ("403 Forbidden", "expected localhost or a loopback address as the host\n"),
        Refusal::OtherOrigin => ("403 Forbidden", "this page may not do that\n"),
        Refusal::NotJson => ("415 Unsupported Media Type", "expected Content-Type: application/json\n"),
    };
    respond(socket, status, "text/plain", text)
}

fn respond(mut socket: &TcpStream, status: &str, kind: &str, body: &str) -> io::Result<()> {
    // Browsers then ask for the token.
    let ask = if status.starts_with("401") { "WWW-Authenticate: Basic realm=\"polyspot\"\r\n" } else { "" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{ask}{HEADERS}\r\n"
    );
    socket.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice())
}

/// Whether a request asks for a language. Other lines of standard input are not for the network.
fn names_language(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("language").is_some())
}
