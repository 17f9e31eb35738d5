//! `polyspot doctor` on microphones that are well, and on sick ones.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::fixture;
use super::program::polyspot;
use super::sound_server::{MICROPHONE, SoundServer};

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
    let spec = hound::WavReader::open(fixture("stop")).unwrap().spec();
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for index in 0..spec.sample_rate {
        // The cast keeps to the range of `i16`.
        wav.write_sample((80_000.0 * (f64::from(index) * 0.1).sin()) as i16).unwrap();
    }
    wav.finalize().unwrap();
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
            let mut random = 1u32;
            while !seen.load(Ordering::Relaxed) {
                let due = (begin.elapsed().as_secs_f64() * rate_hz as f64) as usize;
                let mut bytes = Vec::new();
                for _ in written..due {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    bytes.extend((((random >> 16) as i16) / 8).to_le_bytes());
                }
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
fn a_microphone_that_is_well_is_called_well() {
    let server = SoundServer::start();
    let (code, diagnosis) = examine(&server, || server.play(&fixture("stop")));
    assert_eq!((code, findings(&diagnosis)), (Some(0), vec![]), "{diagnosis}");
    assert_eq!((&diagnosis["event"], &diagnosis["schema"]), (&"diagnosis".into(), &1.into()));
    let rate = diagnosis["measured"]["measured_hz"].as_f64().unwrap();
    assert!((rate / 48_000.0 - 1.0).abs() < 0.02, "{diagnosis}");
}

#[test]
fn silence_clipping_and_removal_are_found() {
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
fn a_wrong_rate_is_found_and_so_is_a_microphone_that_delivers_nothing() {
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
fn without_a_sound_server_it_says_what_to_do() {
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
