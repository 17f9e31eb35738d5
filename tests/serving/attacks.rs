//! Clients that mean no good. Each goes on until it is told to stop, and gives how often it has connected.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Between one connection and the next.
const AGAIN: Duration = Duration::from_millis(10);
/// So long the server may let a client wait before it connects anew.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) type Attack = fn(SocketAddr, &AtomicBool) -> u64;

pub(crate) const ATTACKS: [(&str, Attack); 11] = [
    ("truncated header", |address, stop| repeat(address, stop, b"{\"type\": \"audio-ch")),
    ("length of 2^63", |address, stop| {
        repeat(address, stop, b"{\"type\": \"audio-chunk\", \"payload_length\": 9223372036854775808}\n")
    }),
    ("one byte a second", |address, stop| slowly(address, stop, b"{\"type\": \"describe\"}\n")),
    ("no reading", |address, stop| flood(address, stop, |_| b"{\"type\": \"describe\"}\n".repeat(1_000))),
    ("sound without pause", |address, stop| flood(address, stop, |_| sound(16_000))),
    ("detect without pause", |address, stop| {
        flood(address, stop, |_| [&b"{\"type\": \"detect\"}\n"[..], &sound(16_000)].concat().repeat(20))
    }),
    ("another rate each time", |address, stop| {
        flood(address, stop, |n| sound(8_025 + 25 * (n as u32 % 7_000)))
    }),
    ("no UTF-8", |address, stop| repeat(address, stop, b"\xff\xfe\xfd\xfc\n")),
    ("no word at all", |address, stop| slowly(address, stop, b"")),
    ("payload that never ends", |address, stop| {
        let header = b"{\"type\": \"x\", \"payload_length\": 1048576}\n";
        flood(address, stop, |n| if n % 65 == 0 { header.to_vec() } else { vec![b'x'; 16 << 10] })
    }),
    ("small events", |address, stop| flood(address, stop, |_| b"{\"type\":\"x\"}\n".repeat(1_000))),
];

/// A chunk of noise at a rate.
fn sound(rate_hz: u32) -> Vec<u8> {
    let payload: Vec<u8> = (0..2_048u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let header = format!(
        "{{\"type\": \"audio-chunk\", \"data\": {{\"rate\": {rate_hz}, \"width\": 2, \"channels\": 1}}, \"payload_length\": {}}}\n",
        payload.len()
    );
    [header.as_bytes(), &payload].concat()
}

/// Connects, as long as the server is there.
fn connect(address: SocketAddr, stop: &AtomicBool) -> Option<TcpStream> {
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    let connection = TcpStream::connect(address).ok()?;
    connection.set_write_timeout(Some(PATIENCE)).ok()?;
    connection.set_read_timeout(Some(PATIENCE)).ok()?;
    Some(connection)
}

/// Says one thing, hears the answer and goes, again and again.
fn repeat(address: SocketAddr, stop: &AtomicBool, bytes: &[u8]) -> u64 {
    let mut connections = 0;
    while let Some(mut connection) = connect(address, stop) {
        connections += 1;
        // The server may have enough before all is said.
        let _ = connection.write_all(bytes);
        let _ = connection.shutdown(std::net::Shutdown::Write);
        let _ = connection.read_to_end(&mut Vec::new());
        thread::sleep(AGAIN);
    }
    connections
}

/// Says a byte a second, or nothing, until the server has enough.
fn slowly(address: SocketAddr, stop: &AtomicBool, bytes: &[u8]) -> u64 {
    let mut connections = 0;
    while let Some(mut connection) = connect(address, stop) {
        connections += 1;
        let mut bytes = bytes.iter().cycle();
        while !stop.load(Ordering::Relaxed) {
            if let Some(byte) = bytes.next()
                && connection.write_all(&[*byte]).is_err()
            {
                break;
            }
            match connection.read(&mut [0; 4_096]) {
                Ok(0) => break,
                // A second has passed.
                Err(error)
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) => {}
                Ok(_) => thread::sleep(PATIENCE),
                Err(_) => break,
            }
        }
    }
    connections
}

/// Sends as fast as it can, never reads, and goes on where the server lets it wait.
fn flood(address: SocketAddr, stop: &AtomicBool, part: impl Fn(usize) -> Vec<u8>) -> u64 {
    let mut connections = 0;
    while let Some(mut connection) = connect(address, stop) {
        connections += 1;
        'connection: for number in 0.. {
            let part = part(number);
            let mut rest = &part[..];
            while !rest.is_empty() {
                if stop.load(Ordering::Relaxed) {
                    break 'connection;
                }
                match connection.write(rest) {
                    Ok(written) => rest = &rest[written..],
                    Err(error)
                        if matches!(
                            error.kind(),
                            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                        ) => {}
                    Err(_) => break 'connection,
                }
            }
        }
        thread::sleep(AGAIN);
    }
    connections
}
