//! From the end of a spoken word to the command that it runs: words are written to a virtual microphone as they would be spoken, and the
//! command tells this program that it runs. Needs `PulseAudio`, of which it starts its own.
//!
//! ```sh
//! cargo bench --workspace --bench word_to_command -- 100   # words
//! ```

#[path = "../tests/live/program.rs"]
#[expect(dead_code, reason = "the tests say more to the program")]
mod program;
#[path = "../tests/live/sound_server.rs"]
#[expect(dead_code, reason = "the tests break it in more ways")]
mod sound_server;
#[path = "../tests/support/mod.rs"]
#[expect(dead_code, reason = "tests need more")]
mod support;

use std::fs::File;
use std::io::Write;
use std::net::UdpSocket;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use program::Listening;
use sound_server::SoundServer;
use support::wav;

const WORDS: [&str; 10] = ["yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"];
/// Of the microphone and of the recordings.
const RATE_HZ: u32 = 16_000;
/// So much is written at once.
const PIECE: Duration = Duration::from_millis(10);
/// From the end of a word to the beginning of the next.
const PAUSE: Duration = Duration::from_millis(1_700);
/// With this argument the program is the command.
const COMMAND: &str = "--tell";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, command, port, keyword] = arguments.as_slice()
        && command == COMMAND
    {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(keyword.as_bytes(), format!("127.0.0.1:{port}")).unwrap();
        return;
    }
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(20);
    measure(count);
}

fn measure(count: usize) {
    let server = SoundServer::start();
    let pipe = server.path("microphone");
    server.plug_in_pipe(&pipe, RATE_HZ);
    let (tell, ends) = mpsc::channel();
    let speaker = thread::spawn(move || speak(&pipe, count, &tell));

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let program = std::env::current_exe().unwrap();
    let command = format!("'{}' {COMMAND} {port} {{keyword}}", program.display());
    let mut listening = Listening::start(&server, &["--threshold", "0.4", "--on-detection", &command]);
    let (mut late, missed) = gather(&socket, &ends);
    speaker.join().unwrap();
    let summary = listening.finish();
    late.sort_unstable();
    assert!(!late.is_empty(), "no word was heard: {summary}");
    let quantile = |share: f64| late[((share * late.len() as f64).ceil() as usize).max(1) - 1].as_millis();
    println!(
        "{} words, {missed} not heard; from a word's end to its command: median {} ms, 95th percentile {} ms, longest {} ms",
        late.len() + missed,
        quantile(0.5),
        quantile(0.95),
        quantile(1.0)
    );
}

/// Waits for the command of each word until the next word begins.
fn gather(socket: &UdpSocket, ends: &Receiver<(&'static str, Instant)>) -> (Vec<Duration>, usize) {
    let (mut late, mut missed) = (Vec::new(), 0);
    for (word, end) in ends {
        let mut told = [0; 64];
        loop {
            let left = (end + PAUSE).saturating_duration_since(Instant::now());
            socket.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
            match socket.recv(&mut told) {
                Ok(length) if &told[..length] == word.as_bytes() => late.push(end.elapsed()),
                // Another word was heard.
                Ok(_) => continue,
                Err(_) => missed += 1,
            }
            break;
        }
    }
    (late, missed)
}

/// Writes silence and words at the pace of time; tells when each word has ended.
fn speak(pipe: &Path, count: usize, tell: &Sender<(&'static str, Instant)>) {
    let mut pipe = File::options().write(true).open(pipe).unwrap();
    let piece = (PIECE.as_secs_f64() * f64::from(RATE_HZ)) as usize;
    let (begin, mut written) = (Instant::now(), 0);
    // Gives when the last of the samples was due.
    let mut write = |samples: &[i16]| {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        pipe.write_all(&bytes).unwrap();
        written += samples.len();
        let due = begin + Duration::from_secs_f64(written as f64 / f64::from(RATE_HZ));
        thread::sleep(due.saturating_duration_since(Instant::now()));
        due
    };
    let silence = |time: Duration| vec![0; (time.as_secs_f64() * f64::from(RATE_HZ)) as usize];
    // Until the program listens.
    for samples in silence(Duration::from_secs(5)).chunks(piece) {
        write(samples);
    }
    for word in WORDS.into_iter().cycle().take(count) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/keywords");
        let samples = wav::read(format!("{folder}/{word}/en-us.wav"));
        let (spoken, rest) = samples.split_at(end_of_word(&samples));
        let end = spoken.chunks(piece).map(&mut write).last().unwrap();
        tell.send((word, end)).unwrap();
        for samples in rest.chunks(piece).chain(silence(PAUSE).chunks(piece)) {
            write(samples);
        }
    }
}

/// Behind the last 10 ms within 30 dB of the loudest, as `polyspot-tools evaluate` has it.
fn end_of_word(samples: &[i16]) -> usize {
    let power = |piece: &[i16]| piece.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>();
    let pieces = samples.chunks(RATE_HZ as usize / 100).map(power);
    let loudest = pieces.clone().fold(0.0, f64::max);
    let last = pieces.enumerate().rfind(|(_, power)| *power >= loudest / 1_000.0);
    last.map_or(samples.len(), |(index, _)| ((index + 1) * RATE_HZ as usize / 100).min(samples.len()))
}
