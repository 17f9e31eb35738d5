//! `polyspot doctor` on microphones that are well, and on sick ones.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use super::fixture;
use super::program::polyspot;
use super::sound_server::{MICROPHONE, SoundServer};
use super::support::wav;

/// Examines the microphone, does something as soon as that has begun, and gives exit code and diagnosis.
fn examine(server: &SoundServer, act: impl FnOnce()) -> (Option<i32>, Value) {
    let mut command = polyspot(&["doctor", &format!("pulseaudio:{MICROPHONE}"), "--json"]);
    server.attach(&mut command);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut talk = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut talk).unwrap();
    act();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

fn findings(diagnosis: &Value) -> Vec<&str> {
    let findings = diagnosis["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["finding"].as_str().unwrap()).collect()
}

/// Writes a second of a tone that is cut off at full scale.
fn write_clipped(path: &Path) {
    // The cast keeps to the range of `i16`.
    wav::write(path, 1, (0..16_000).map(|index| (80_000.0 * (f64::from(index) * 0.1).sin()) as i16));
}

/// Writes noise to a pipe, so many samples per second, until dropped.
struct Feeder {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    fn start(pipe: &Path, rate_hz: usize) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let (seen, mut pipe) = (Arc::clone(&done), OpenOptions::new().write(true).open(pipe).unwrap());
        let thread = thread::spawn(move || {
            let (begin, mut written) = (Instant::now(), 0);
            let mut random = SmallRng::seed_from_u64(1);
            while !seen.load(Ordering::Relaxed) {
                let due = (begin.elapsed().as_secs_f64() * rate_hz as f64) as usize;
                let noise = (written..due).map(|_| random.random_range(-4_096..4_096_i16));
                let bytes: Vec<u8> = noise.flat_map(i16::to_le_bytes).collect();
                // The pipe is broken when the microphone is unplugged.
                if pipe.write_all(&bytes).is_err() {
                    return;
                }
                written = due;
                thread::sleep(Duration::from_millis(10));
            }
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[test]
fn doctor_calls_a_microphone_well_that_is_well() {
    let server = SoundServer::start();
    let (code, diagnosis) = examine(&server, || server.play(&fixture("stop")));
    assert_eq!((code, findings(&diagnosis)), (Some(0), vec![]), "{diagnosis}");
    assert_eq!((&diagnosis["event"], &diagnosis["schema"]), (&"diagnosis".into(), &1.into()));
    let rate = diagnosis["measured"]["measured_hz"].as_f64().unwrap();
    assert!((rate / 48_000.0 - 1.0).abs() < 0.02, "{diagnosis}");
}

#[test]
fn doctor_finds_silence_clipping_and_removal() {
    let server = SoundServer::start();
    let (code, diagnosis) = examine(&server, || {});
    assert_eq!((code, findings(&diagnosis)), (Some(5), vec!["silence"]), "{diagnosis}");

    let clipped = server.path("clipped.wav");
    write_clipped(&clipped);
    let (code, diagnosis) = examine(&server, || server.play(&clipped));
    assert_eq!((code, findings(&diagnosis)), (Some(5), vec!["clipping"]), "{diagnosis}");

    let (code, diagnosis) = examine(&server, || {
        server.play(&fixture("stop"));
        server.unplug();
    });
    assert_eq!(code, Some(5), "{diagnosis}");
    assert!(findings(&diagnosis).contains(&"dead-callbacks"), "{diagnosis}");
}

#[test]
fn doctor_finds_a_wrong_rate_and_a_microphone_that_delivers_nothing() {
    let server = SoundServer::start();
    server.unplug();
    let pipe = server.path("pipe");
    server.plug_in_pipe(&pipe, 48_000);
    let (code, diagnosis) = examine(&server, || {});
    assert_eq!((code, findings(&diagnosis)), (Some(5), vec!["dead-callbacks"]), "{diagnosis}");

    let _feeder = Feeder::start(&pipe, 44_100);
    let (code, diagnosis) = examine(&server, || {});
    assert_eq!(code, Some(5), "{diagnosis}");
    assert!(findings(&diagnosis).contains(&"wrong-rate"), "{diagnosis}");
    let rate = diagnosis["measured"]["measured_hz"].as_f64().unwrap();
    assert!((rate / 44_100.0 - 1.0).abs() < 0.01, "{diagnosis}");
}

#[test]
fn doctor_says_what_to_do_without_a_sound_server() {
    for (arguments, finding) in [
        (&["doctor", "--json"][..], "no-default-device"),
        (&["doctor", "pulseaudio:fakemic", "--json"], "cannot-be-opened"),
        (&["doctor", "headset", "--json"], "cannot-be-opened"),
    ] {
        let mut command = polyspot(arguments);
        command.env("PULSE_SERVER", "unix:/nonexistent").env("ALSA_CONFIG_PATH", "/dev/null");
        let output = command.output().unwrap();
        let diagnosis: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), findings(&diagnosis)), (Some(5), vec![finding]), "{diagnosis}");
        assert!(output.stderr.is_empty(), "{output:?}");
        let advice = diagnosis["findings"][0]["advice"].as_str().unwrap();
        assert!(advice.contains("polyspot devices"), "{advice}");
    }
}
