//! `polyspot serve` answers as the public Wyoming clients expect, to the very bytes that they send (`tests/scripts/record_wyoming.py`).

use std::io::Write;

use serde_json::{Value, json};

use crate::program::{data, session};
use crate::serving::client::CHUNK;
use crate::serving::{Client, Server};

const SAID: [&str; 5] = ["yes", "no", "stop", "go", "left"];

/// What a public client sends.
fn recorded(name: &str) -> Vec<u8> {
    std::fs::read(data(&format!("wyoming/{name}.bytes"))).unwrap()
}

/// The answers to what a public client sends, in pieces of so many bytes.
fn exchange(server: &Server, name: &str, piece: usize) -> Vec<(String, Value)> {
    let mut client = Client::connect(server.address);
    for bytes in recorded(name).chunks(piece) {
        client.connection.write_all(bytes).unwrap();
    }
    client.connection.shutdown(std::net::Shutdown::Write).unwrap();
    std::iter::from_fn(|| client.answer().unwrap()).collect()
}

#[test]
fn the_recorded_clients_get_their_keywords_however_their_bytes_are_cut() {
    let server = Server::start(&[]);
    for (name, keyword, info) in
        [("client_1.10.2", "stop", 1), ("client_1.4.1", "stop", 1), ("satellite_1.0.0", "yes", 0)]
    {
        for piece in [1, 1_000, usize::MAX] {
            let answers = exchange(&server, name, piece);
            assert_eq!(answers.len(), info + 1, "{name}, {piece}: {answers:?}");
            assert!(answers[..info].iter().all(|(kind, _)| kind == "info"), "{answers:?}");
            let (kind, data) = &answers[info];
            assert_eq!((kind.as_str(), &data["name"]), ("detection", &json!(keyword)), "{name}, {piece}");
            let timestamp = data["timestamp"].as_i64().unwrap();
            // Satellites count nanoseconds since their machine was started.
            assert!(timestamp > if info == 0 { 1_000_000_000 } else { 0 }, "{timestamp}");
        }
    }
}

#[test]
fn what_is_served_is_described() {
    let server = Server::start(&["--language", "en,ar"]);
    let mut client = Client::connect(server.address);
    client.send("describe", &json!({}), &[]).unwrap();
    let (kind, info) = client.answer().unwrap().unwrap();
    assert_eq!(kind, "info");
    for other in ["asr", "tts", "handle", "intent", "mic", "snd"] {
        assert_eq!(info[other], json!([]), "{other}");
    }
    let program = &info["wake"][0];
    assert_eq!((&program["name"], &program["installed"]), (&json!("polyspot"), &json!(true)));
    assert!(program["attribution"]["name"].as_str().unwrap().contains("Pete Warden"), "{program}");
    let models = program["models"].as_array().unwrap();
    assert_eq!(models.len(), 10 + 40, "keywords alone");
    let stop = models.iter().find(|model| model["name"] == "stop").unwrap();
    assert_eq!(stop["languages"], json!(["en"]));
    assert_eq!(stop["phrase"], "stop");
    assert_eq!(stop["version"].as_str().unwrap().len(), 12);
    let yes = models.iter().find(|model| model["name"] == "نعم").unwrap();
    assert_eq!(yes["languages"], json!(["ar"]));
}

#[test]
fn clients_that_speak_at_once_are_heard_each_for_himself() {
    let server = Server::start(&["--language", "en,ar,zh"]);
    let clips = |clip: &str| -> Vec<i16> {
        (0..5)
            .flat_map(|_| {
                let mut samples = crate::program::samples(clip);
                samples.resize(32_000, 0);
                samples
            })
            .collect()
    };
    let streams = [
        (session(&SAID, "en-us"), SAID.to_vec()),
        (clips("other_languages/ar_front.wav"), vec!["أمام"; 5]),
        (clips("other_languages/zh_voice.wav"), vec!["语音"; 5]),
    ];
    std::thread::scope(|scope| {
        for (samples, expected) in &streams {
            scope.spawn(|| {
                let mut client = Client::connect(server.address);
                let mut names = expected.clone();
                names.dedup();
                client.send("detect", &json!({"names": names}), &[]).unwrap();
                for (number, chunk) in samples.chunks(CHUNK).enumerate() {
                    client.chunk(chunk, number as i64).unwrap();
                }
                assert_eq!(client.answers(), *expected);
            });
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_service_manager_is_told_when_it_is_ready_and_when_it_ends() {
    use std::os::unix::net::UnixDatagram;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_mins(1))).unwrap();
    let mut command = crate::program::command(&["serve", "--wyoming", "tcp://127.0.0.1:0"]);
    let server = Server::begin(command.env("NOTIFY_SOCKET", &path));
    let told = || {
        let mut bytes = [0; 1_000];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    assert_eq!(told(), "READY=1\nSTATUS=0 of 64 clients\n");
    let mut client = Client::connect(server.address);
    assert!(client.answers().is_empty());
    assert_eq!(told(), "STATUS=1 of 64 clients\n");
    assert!(server.end().success());
    while told() != "STOPPING=1\n" {}
    assert!(matches!(client.answer(), Ok(None) | Err(_)), "the connection is ended too");
}

#[test]
fn an_address_that_cannot_be_had_is_said_in_words() {
    let wrong = crate::program::run(&["serve", "--wyoming", "0.0.0.0:10400"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(crate::program::talk(&wrong).contains("expected tcp://HOST:PORT"), "{wrong:?}");
    let server = Server::start(&[]);
    let taken = crate::program::run(&["serve", "--wyoming", &format!("tcp://{}", server.address)]);
    assert_eq!(taken.status.code(), Some(6));
    let expected = format!("tcp://{} cannot be listened on", server.address);
    assert!(crate::program::talk(&taken).contains(&expected), "{taken:?}");
}
