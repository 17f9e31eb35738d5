//! Whatever one client of `polyspot serve` sends, or does not, the others are heard, and he is told why he is sent away.

use std::io::Write;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use crate::program::session;
use crate::serving::attacks::ATTACKS;
use crate::serving::{Client, Server};

const SAID: [&str; 3] = ["yes", "no", "stop"];

#[test]
fn what_is_no_event_is_refused_in_words() {
    let server = Server::start(&[]);
    let long = "a".repeat(70_000);
    let deep = format!("{{\"type\": \"a\", \"data\": {{\"a\": {}", "[".repeat(10_000));
    for (sent, expected) in [
        (&b"GET / HTTP/1.1\r\nHost: polyspot\r\n\r\n"[..], "expected a header"),
        (b"\n", "expected a header"),
        (b"\xff\xfe\xfd\n", "expected a header"),
        (b"[1, 2]\n", "expected a header"),
        (
            b"{\"type\": \"audio-chunk\", \"payload_length\": 9223372036854775808}\n",
            "found 9223372036854775808",
        ),
        (b"{\"type\": \"detect\", \"data_length\": 18446744073709551615}\n", "at most 65536 bytes"),
        (b"{\"type\": \"detect\", \"data_length\": 3}\n[1]", "expected a JSON object as data"),
        (
            b"{\"type\": \"audio-chunk\", \"data\": {\"rate\": 16000, \"width\": 2, \"channels\": 64}}\n",
            "expected 1 to 8",
        ),
        (b"{\"type\": \"audio-chunk\"}\n", "as rate, found nothing"),
        (b"{\"type\": \"detect\", \"data\": {\"names\": \"stop\"}}\n", "expected a list of texts"),
        (b"{\"type\": \"descr", "within an event"),
        (b"{\"type\": \"a\", \"payload_length\": 1000}\nabc", "within an event"),
        (long.as_bytes(), "at most 65536 bytes"),
        (deep.as_bytes(), "within an event"),
    ] {
        let mut client = Client::connect(server.address);
        // The server may have ended the connection before all was sent.
        let _ = client.connection.write_all(sent);
        let _ = client.connection.shutdown(Shutdown::Write);
        let shown = String::from_utf8_lossy(&sent[..sent.len().min(60)]).into_owned();
        let Some((kind, data)) = client.answer().unwrap_or_else(|error| panic!("{shown}: {error}")) else {
            panic!("{shown}: no answer")
        };
        assert_eq!(kind, "error", "{shown}");
        assert!(data["text"].as_str().unwrap().contains(expected), "{shown}: {data}");
        // There may be bytes that it has not read: the connection then ends with an error.
        assert!(matches!(client.answer(), Ok(None) | Err(_)), "{shown}: the connection is over");
        server.wait_for("was sent away");
    }
    assert_eq!(Client::connect(server.address).hear(&session(&SAID, "en-us")), SAID);
}

#[test]
fn others_are_heard_while_clients_stall_lie_flood_and_do_not_read() {
    let server = Server::start(&[]);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for (_, attack) in ATTACKS.iter().chain(&ATTACKS) {
            scope.spawn(|| attack(server.address, &stop));
        }
        for _ in 0..3 {
            assert_eq!(Client::connect(server.address).hear(&session(&SAID, "en-us")), SAID);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(Client::connect(server.address).hear(&session(&SAID, "en-us")), SAID);
}

#[test]
fn there_are_so_many_places_and_no_more() {
    let server = Server::start(&["--clients", "2"]);
    let mut clients = [0, 1].map(|_| Client::connect(server.address));
    for client in &mut clients {
        assert!(client.answers().is_empty(), "has a place");
    }
    let (kind, data) = Client::connect(server.address).answer().unwrap().unwrap();
    assert_eq!((kind.as_str(), &data["text"]), ("error", &json!("all 2 places are taken")));
    let [first, mut second] = clients;
    drop(first);
    server.wait_for("left");
    assert_eq!(Client::connect(server.address).hear(&session(&SAID, "en-us")), SAID);
    assert_eq!(second.hear(&session(&SAID, "en-us")), SAID, "who has a place keeps it");
}
