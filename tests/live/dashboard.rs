//! The pages that show what is heard, and whom they are shown to.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::fixture;
use super::program::{Listening, polyspot};
use super::sound_server::{MICROPHONE, SoundServer};

/// Starts to listen with pages at an address that the program says.
fn listen(server: &SoundServer, arguments: &[&str]) -> (Listening, String) {
    // To be read while it runs.
    let talk = server.path("talk");
    let mut command = Command::new("sh");
    command.args(["-c", "talk=$1; shift; exec \"$@\" 2> \"$talk\"", "sh"]).arg(&talk);
    command.arg(env!("CARGO_BIN_EXE_polyspot")).args(["listen", "--device"]);
    command.arg(format!("pulseaudio:{MICROPHONE}")).args(arguments);
    server.attach(&mut command);
    let (listening, _) = Listening::begin(&mut command);
    let said = fs::read_to_string(&talk).unwrap();
    let address = said.lines().find_map(|line| line.strip_prefix("polyspot: http://")?.split('/').next());
    let address = address.unwrap_or_else(|| panic!("no address: {said}")).to_owned();
    (listening, address)
}

/// The status and the whole answer to a request with these headers.
fn ask(address: &str, line: &str, headers: &str, body: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let length = body.len();
    write!(socket, "{line} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer:?}")).parse().unwrap();
    (status, answer)
}

/// A page that is open: the events that it is sent.
struct Page(BufReader<TcpStream>);

impl Page {
    fn open(address: &str) -> Self {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(socket, "GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        Self(BufReader::new(socket))
    }

    fn wait_for(&mut self, kind: &str) -> Value {
        let mut line = String::new();
        while self.0.read_line(&mut line).unwrap() > 0 {
            if let Some(event) = line.trim_end().strip_prefix("data: {") {
                let event: Value = serde_json::from_str(&format!("{{{event}")).unwrap();
                if event["event"] == kind {
                    return event;
                }
            }
            line.clear();
        }
        panic!("the page ended before {kind}");
    }
}

#[test]
fn a_page_shows_what_is_heard_and_changes_the_language() {
    let server = SoundServer::start();
    let (mut listening, address) = listen(&server, &["--http", "127.0.0.1:0", "--level-interval", "0"]);
    let own = format!("Host: {address}\r\n");
    let (status, page) = ask(&address, "GET /", &own, "");
    assert_eq!(status, 200);
    assert!(page.contains("EventSource(\"events\")") && page.contains("frame-ancestors 'none'"), "{page}");
    assert_eq!(ask(&address, "GET /health", "", "").0, 200);

    let mut page = Page::open(&address);
    page.wait_for("ready");
    assert!(page.wait_for("level")["posteriors"]["stop"].is_number());
    server.play(&fixture("stop"));
    let detection = listening.wait_for("detection", |event| event["keyword"] == "stop");
    assert_eq!(page.wait_for("detection"), detection);
    let (_, metrics) = ask(&address, "GET /metrics", &own, "");
    assert!(
        metrics.contains("\npolyspot_detections_total{language=\"en\",keyword=\"stop\"} 1\n"),
        "{metrics}"
    );
    assert!(metrics.contains("\npolyspot_listening 1\n"), "{metrics}");

    // What a page of somebody else could send.
    let arabic = r#"{"language":"ar"}"#;
    let json = "Content-Type: application/json\r\n";
    let change = |headers: String| ask(&address, "POST /language", &headers, arabic).0;
    assert_eq!(change(format!("{own}{json}Origin: http://evil.example\r\n")), 403);
    assert_eq!(change(format!("Host: evil.example\r\n{json}")), 403);
    assert_eq!(change(own.clone()), 415);
    assert_eq!(ask(&address, "GET /events", "Host: evil.example\r\n", "").0, 403);
    assert_eq!(change(format!("{own}{json}Origin: http://{address}\r\n")), 202);
    let changed = listening.wait_for("model-changed", |_| true);
    assert_eq!((&changed["old"], &changed["new"]), (&"en".into(), &"ar".into()));
    assert_eq!(page.wait_for("model-changed"), changed);
    listening.interrupt();
    page.wait_for("summary");
    listening.wait_for("summary", |_| true);
    assert_eq!(listening.end().0.code(), Some(0));
    assert_eq!(
        listening.seen.iter().filter(|event| event["event"] == "level").count(),
        0,
        "levels are for the page"
    );
}

/// More clients than there are places for, which send a byte now and then, read nothing, or lie.
#[test]
fn clients_that_mean_harm_cost_no_sample() {
    let server = SoundServer::start();
    let (mut listening, address) = listen(&server, &["--http", "127.0.0.1:0"]);
    let connect = || TcpStream::connect(&address).unwrap();
    let slow: Vec<_> = (0..20).map(|_| connect()).collect();
    let mut deaf: Vec<_> = (0..20).map(|_| connect()).collect();
    for client in &mut deaf {
        let _ = write!(client, "GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n");
    }
    for mut client in (0..50).map(|_| connect()) {
        let _ = client.write_all(b"POST /language HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n");
    }
    let end = Instant::now() + Duration::from_secs(8);
    while Instant::now() < end {
        for mut client in &slow {
            // Some were turned away already.
            let _ = client.write_all(b"G");
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    server.play(&fixture("stop"));
    listening.wait_for("detection", |event| event["keyword"] == "stop");
    assert!(listening.status("Threads") < 32 + 20, "{} threads", listening.status("Threads"));
    // The slow ones were turned away.
    assert_eq!(ask(&address, "GET /health", "", "").0, 200);
    drop((slow, deaf));
    listening.interrupt();
    let summary = listening.wait_for("summary", |_| true);
    assert_eq!(
        (&summary["samples_dropped"], &summary["samples_missing"]),
        (&0.into(), &0.into()),
        "{summary}"
    );
    assert_eq!(listening.end().0.code(), Some(0));
}

#[test]
fn other_machines_need_a_token() {
    let Output { status, stderr, .. } = polyspot(&["listen", "--http", "0.0.0.0:0"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("needs a token: --http-token-file FILE, or POLYSPOT_HTTP_TOKEN"), "{stderr}");

    let server = SoundServer::start();
    let file = server.path("token");
    fs::write(&file, "open sesame\n").unwrap();
    let arguments = ["--http", "0.0.0.0:0", "--http-token-file", file.to_str().unwrap()];
    let (mut listening, address) = listen(&server, &arguments);
    let address = address.replace("0.0.0.0", "127.0.0.1");
    let status = |headers: &str| ask(&address, "GET /metrics", headers, "").0;
    assert_eq!(status("Host: pi.lan\r\n"), 401);
    assert_eq!(status("Authorization: Bearer wrong\r\n"), 401);
    assert_eq!(status("Host: pi.lan\r\nAuthorization: Bearer open sesame\r\n"), 200);
    // Any name, and the token as its password: what a browser sends after it has asked.
    assert_eq!(status("Authorization: Basic bWU6b3BlbiBzZXNhbWU=\r\n"), 200);
    listening.interrupt();
    listening.wait_for("summary", |_| true);
    assert_eq!(listening.end().0.code(), Some(0));
}
