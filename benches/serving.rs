//! Honest and hostile clients of `polyspot serve` at once: what the honest half loses, and what memory does.
//!
//! ```sh
//! cargo bench -p polyspot-cli --bench serving -- 600 25 25   # seconds, honest clients, hostile ones
//! ```
//! Honest clients speak five words in turn, in real time. What they are to hear, and at which chunk, a single client is asked before.
//! Fails if a detection is lost or too many, if one comes later than 100 ms after the chunk that completes it, or if memory (a median)
//! is more than 5 % larger in the last tenth of the time than in the second.

#[path = "../tests/program.rs"]
#[expect(dead_code, reason = "tests need more")]
mod program;
#[path = "../tests/serving/mod.rs"]
#[expect(dead_code, reason = "tests need more")]
mod serving;
#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "tests need more")]
mod support;

use std::io::BufReader;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use serving::attacks::ATTACKS;
use serving::client::CHUNK;
use serving::{Client, Server};

const CHUNK_TIME: Duration = Duration::from_millis(64);
const LATEST: Duration = Duration::from_millis(100);
const LOOK: Duration = Duration::from_secs(1);
/// Part of the memory that it may grow by.
const GROWTH: f64 = 0.05;

/// A keyword, and the chunk that completes it.
type Heard = (usize, String);

/// What one honest client has seen.
struct Seen {
    heard: Vec<Heard>,
    delays: Vec<Duration>,
    /// How much later than it should a chunk was sent, at most: the machine's own lateness.
    latest_chunk: Duration,
}

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let number = |at: usize, usual| numbers.get(at).copied().unwrap_or(usual);
    let (seconds, honest, hostile) = (number(0, 20), number(1, 25) as usize, number(2, 25) as usize);
    let server = Server::start(&["--clients", "64"]);
    let chunks = (Duration::from_secs(seconds).as_millis() / CHUNK_TIME.as_millis()) as usize;
    let words = program::session(&["yes", "no", "stop", "go", "left"], "en-us");
    let sound: Vec<i16> = words.iter().copied().cycle().take(chunks * CHUNK).collect();
    let expected = reference(server.address, &sound);
    println!(
        "{honest} honest and {hostile} hostile clients for {seconds} s; {} detections each",
        expected.len()
    );

    let stop = AtomicBool::new(false);
    let (seen, memory, connections) = thread::scope(|scope| {
        let attacking: Vec<_> = (0..hostile)
            .map(|n| {
                let (name, attack) = ATTACKS[n % ATTACKS.len()];
                let (address, stop) = (server.address, &stop);
                (name, scope.spawn(move || attack(address, stop)))
            })
            .collect();
        let id = server.child.id();
        let stop_looking = &stop;
        let looking = scope.spawn(move || memory(id, stop_looking));
        let speaking: Vec<_> = (0..honest)
            .map(|n| {
                scope.spawn({
                    let sound = &sound;
                    move || speak(server.address, sound, n)
                })
            })
            .collect();
        let seen: Vec<Seen> = speaking.into_iter().map(|client| client.join().unwrap()).collect();
        stop.store(true, Ordering::Relaxed);
        let connections: Vec<_> =
            attacking.into_iter().map(|(name, attack)| (name, attack.join().unwrap())).collect();
        (seen, looking.join().unwrap(), connections)
    });
    for (name, _) in ATTACKS {
        let tries: u64 = connections.iter().filter(|(other, _)| *other == name).map(|(_, tries)| tries).sum();
        println!("attack {name:<22} {tries} connections");
    }
    if judge(&seen, &expected, &memory) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is heard in sound when nobody else is there.
fn reference(address: SocketAddr, sound: &[i16]) -> Vec<Heard> {
    let mut client = Client::connect(address);
    thread::scope(|scope| {
        let mut sender = sender(&client);
        scope.spawn(move || {
            for (index, chunk) in sound.chunks(CHUNK).enumerate() {
                sender.chunk(chunk, index as i64).unwrap();
            }
            sender.send("describe", &json!({}), &[]).unwrap();
        });
        std::iter::from_fn(|| heard(&mut client)).collect()
    })
}

/// The same client, to send while another thread reads what it is answered.
fn sender(client: &Client) -> Client {
    let connection = client.connection.try_clone().unwrap();
    Client { reader: BufReader::new(connection.try_clone().unwrap()), connection }
}

/// The next keyword; none when `describe` is answered, which was asked last.
fn heard(client: &mut Client) -> Option<Heard> {
    let (kind, data) = client.answer().unwrap().expect("the connection is open");
    match kind.as_str() {
        "detection" => {
            Some((data["timestamp"].as_u64().unwrap() as usize, data["name"].as_str().unwrap().to_owned()))
        }
        "info" => None,
        other => panic!("{other}: {data}"),
    }
}

/// Speaks in real time, beginning at a moment of its own.
fn speak(address: SocketAddr, sound: &[i16], number: usize) -> Seen {
    let mut client = Client::connect(address);
    let begin = Instant::now() + Duration::from_millis(37 * number as u64);
    thread::scope(|scope| {
        let mut sender = sender(&client);
        let sending = scope.spawn(move || {
            let mut sent = Vec::new();
            let mut latest_chunk = Duration::ZERO;
            for (index, chunk) in sound.chunks(CHUNK).enumerate() {
                let due = begin + CHUNK_TIME * index as u32;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                latest_chunk = latest_chunk.max(due.elapsed());
                sent.push(Instant::now());
                sender.chunk(chunk, index as i64).unwrap();
            }
            sender.send("describe", &json!({}), &[]).unwrap();
            (sent, latest_chunk)
        });
        let mut received = Vec::new();
        while let Some(heard) = heard(&mut client) {
            received.push((heard, Instant::now()));
        }
        let (sent, latest_chunk) = sending.join().unwrap();
        let delays = received.iter().map(|((index, _), at)| *at - sent[*index]).collect();
        Seen { heard: received.into_iter().map(|(heard, _)| heard).collect(), delays, latest_chunk }
    })
}

/// Resident memory in KiB, second by second.
fn memory(id: u32, stop: &AtomicBool) -> Vec<u64> {
    let mut kib = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        kib.extend(support::process::status(id, "VmRSS"));
        thread::sleep(LOOK);
    }
    kib
}

fn judge(seen: &[Seen], expected: &[Heard], memory: &[u64]) -> bool {
    let wrong = seen.iter().filter(|seen| seen.heard != expected).count();
    let mut delays: Vec<Duration> = seen.iter().flat_map(|seen| seen.delays.iter().copied()).collect();
    delays.sort_unstable();
    let at = |part: f64| delays.get(((delays.len() - 1) as f64 * part) as usize).copied().unwrap_or_default();
    let latest_chunk = seen.iter().map(|seen| seen.latest_chunk).max().unwrap_or_default();
    println!(
        "{} detections of {} heard; {wrong} clients heard others than they should",
        delays.len(),
        expected.len() * seen.len()
    );
    println!(
        "from the chunk to the detection: {:.2?} (median), {:.2?} (99 %), {:.2?} (longest)",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    println!("the clients themselves were late by up to {latest_chunk:.2?}");
    let tenth = (memory.len() / 10).max(1);
    // How many of the hostile clients are connected at once changes by the moment.
    let early = median(&memory[tenth..(2 * tenth).max(tenth + 1).min(memory.len())]);
    let late = median(&memory[memory.len() - tenth..]);
    let most = memory.iter().max().copied().unwrap_or_default();
    println!("memory: {early} KiB in the second tenth of the time, {late} in the last, {most} at most");
    let is_flat = late as f64 <= early as f64 * (1.0 + GROWTH);
    wrong == 0 && at(1.0) <= LATEST && is_flat
}

fn median(kib: &[u64]) -> u64 {
    let mut sorted = kib.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
